// The one front that the whole internet may reach: what it must be so that it delivers nothing to whoever has no signed URL.
import { members } from "./access-rules.ts";
import { type GraphResource, isOneOf, shown, valueAt } from "./graph.ts";
import { problem, type ResourceRule } from "./rule.ts";

/** Google's account that a load balancer fetches with for requests without a signature. */
const LOAD_BALANCER = "@https-lb.iam.gserviceaccount.com";

/** Type -> what must stand at a path. */
const required: Readonly<Record<string, readonly [path: string, accepted: readonly unknown[], wrong: string][]>> = {
  "gcp:compute/backendBucket:BackendBucket": [
    ["enableCdn", [true], "checks no signature"],
    ["cdnPolicy.cacheMode", ["CACHE_ALL_STATIC", "USE_ORIGIN_HEADERS"], "keeps what is not to be kept"],
  ],
  "gcp:compute/sSLPolicy:SSLPolicy": [["minTlsVersion", ["TLS_1_2", "TLS_1_3"], "takes old versions of TLS"]],
};

/**
 * A forwarding rule for everybody is no open address range: nothing behind it answers without a signature, and this rule holds
 * that, so it is allowed where `no-public-address-range` allows no source.
 */
export const contentBySignature: ResourceRule = {
  scope: "resource",
  name: "content-by-signature",
  description: "What the internet can reach speaks TLS 1.2 or newer and delivers by signed URL alone.",
  check: (resource) => [
    ...(required[resource.type] ?? [])
      .filter(([path, accepted]) => !isOneOf(resource, path, accepted))
      .map(([path, accepted, wrong]) =>
        problem(resource, {
          wrong,
          seen: `${path} ${shown(valueAt(resource.inputs, path))}`,
          expected: accepted.map(shown).join(" or "),
          next: "Set it",
        }),
      ),
    ...inClear(resource),
    ...members(resource)
      .filter((member) => member.endsWith(LOAD_BALANCER))
      .map((member) =>
        problem(resource, {
          wrong: "lets requests without a signature through to the bucket",
          seen: member,
          expected: "the account that fetches for signed ones, @cloud-cdn-fill",
          next: "Remove the grant",
        }),
      ),
  ],
};

function inClear(resource: GraphResource): string[] {
  const { type, inputs } = resource;
  if (/^gcp:compute\/(region)?targetHttpProxy:/i.test(type)) {
    const expected = "an HTTPS proxy";
    return [problem(resource, { wrong: "can be spoken to in clear", seen: type, expected, next: "Remove it" })];
  }
  if (type !== "gcp:compute/targetHttpsProxy:TargetHttpsProxy" || valueAt(inputs, "sslPolicy") !== undefined) return [];
  const expected = "a policy with TLS 1.2 or newer";
  return [
    problem(resource, { wrong: "takes old versions of TLS", seen: "sslPolicy not set", expected, next: "Set it" }),
  ];
}
