// Google's value rules for the parts of a content network. cloud.google.com/compute/docs/reference/rest/v1/backendBuckets
import type { CheckProblem } from "../provider/kind.ts";
import { isObject } from "../provider/schema.ts";
import type { Properties, PropertyValue } from "../store.ts";
import { collected, computeName } from "./network-rules.ts";
import { textOf } from "./stored-state.ts";
import { type AddProblem, between, oneOf } from "./value-rules.ts";

/** What Google's API would refuse, by type. */
export const contentNetworkRules: Readonly<Record<string, (inputs: Properties) => CheckProblem[]>> = {
  "gcp:compute/backendBucket:BackendBucket": collected(backendBucket),
  "gcp:compute/backendBucketSignedUrlKey:BackendBucketSignedUrlKey": collected(signedUrlKey),
  "gcp:compute/globalForwardingRule:GlobalForwardingRule": collected(forwardingRule),
  "gcp:compute/managedSslCertificate:ManagedSslCertificate": collected(certificate),
  "gcp:compute/sSLPolicy:SSLPolicy": collected(sslPolicy),
  "gcp:compute/targetHttpsProxy:TargetHttpsProxy": collected(computeName),
  "gcp:compute/uRLMap:URLMap": collected(computeName),
};

const YEAR = 31_622_400;
const ages = ["clientTtl", "defaultTtl", "maxTtl"] as const;
/** Answers that may be kept although they are errors or redirects, for at most half an hour. */
const negativeCodes = [300, 301, 302, 307, 308, 404, 405, 410, 421, 451, 501];

function backendBucket(inputs: Properties, add: AddProblem): void {
  computeName(inputs, add);
  oneOf(inputs, "compressionMode", "compressionMode", ["AUTOMATIC", "DISABLED"], add);
  const policy = inputs["cdnPolicy"];
  if (!isObject(policy)) return;
  oneOf(policy, "cacheMode", "cdnPolicy.cacheMode", ["USE_ORIGIN_HEADERS", "FORCE_CACHE_ALL", "CACHE_ALL_STATIC"], add);
  for (const age of [...ages, "signedUrlCacheMaxAgeSec"]) between(policy, age, [0, YEAR], "cdnPolicy", add);
  between(policy, "serveWhileStale", [0, 604_800], "cdnPolicy", add);
  const { cacheMode, maxTtl = 86_400 } = policy;
  for (const age of ages) {
    const value = policy[age];
    if (value === undefined) continue;
    if (cacheMode === "USE_ORIGIN_HEADERS") {
      add(
        `cdnPolicy.${age}`,
        `is given with USE_ORIGIN_HEADERS (${JSON.stringify(value)}); expected no value. Remove it.`,
      );
    } else if (typeof value === "number" && typeof maxTtl === "number" && value > maxTtl) {
      add(`cdnPolicy.${age}`, `is above maxTtl (${value}); expected at most ${maxTtl}. Lower it.`);
    }
  }
  negativeCaching(policy, add);
}

function negativeCaching(policy: Properties, add: AddProblem): void {
  const { negativeCaching: enabled, negativeCachingPolicies: policies } = policy;
  if (!Array.isArray(policies)) return;
  if (enabled !== true && policies.length > 0) {
    add("cdnPolicy.negativeCachingPolicies", "is given without negativeCaching (false); expected true. Set it.");
  }
  for (const [index, one] of policies.entries()) {
    if (!isObject(one)) continue;
    const path = `cdnPolicy.negativeCachingPolicies[${index}]`;
    const code: PropertyValue | undefined = one["code"];
    if (typeof code === "number" && !negativeCodes.includes(code)) {
      add(`${path}.code`, `cannot be kept (${code}); expected one of ${negativeCodes.join(", ")}. Remove it.`);
    }
    between(one, "ttl", [0, 1800], path, add);
  }
}

function signedUrlKey(inputs: Properties, add: AddProblem): void {
  computeName(inputs, add);
  const value = inputs["keyValue"];
  if (typeof value !== "string" || /^[\w-]{21}[AQgw](==)?$/.test(value)) return;
  // Never the value: it is a key all the same.
  add("keyValue", `is no key (${value.length} characters); expected 16 bytes in base64url. Generate one.`);
}

function forwardingRule(inputs: Properties, add: AddProblem): void {
  computeName(inputs, add);
  oneOf(
    inputs,
    "loadBalancingScheme",
    "loadBalancingScheme",
    ["EXTERNAL", "EXTERNAL_MANAGED", "INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED"],
    add,
  );
  const ports = textOf(inputs, "portRange");
  const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(ports) ?? [];
  if (ports !== "" && (first === "" || first !== last)) {
    add("portRange", `is no port of a proxy ("${ports}"); expected one, as 443. Correct it.`);
  }
}

function certificate(inputs: Properties, add: AddProblem): void {
  computeName(inputs, add);
  const managed = inputs["managed"];
  const domains = isObject(managed) && Array.isArray(managed["domains"]) ? managed["domains"] : [];
  for (const domain of domains) {
    if (typeof domain !== "string") continue;
    // The name in a certificate holds 64 characters, and Google's own certificates hold no wildcard.
    if (domain.length <= 64 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]\.?$/.test(domain))
      continue;
    add(
      "managed.domains",
      `has no host name ("${domain}"); expected one of at most 64 characters, no wildcard. Correct it.`,
    );
  }
}

function sslPolicy(inputs: Properties, add: AddProblem): void {
  computeName(inputs, add);
  oneOf(inputs, "profile", "profile", ["COMPATIBLE", "MODERN", "RESTRICTED", "CUSTOM", "FIPS_202205"], add);
  oneOf(inputs, "minTlsVersion", "minTlsVersion", ["TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3"], add);
  if (inputs["minTlsVersion"] === "TLS_1_3" && inputs["profile"] !== "RESTRICTED") {
    add("minTlsVersion", "needs another profile (TLS_1_3); expected profile RESTRICTED with it. Set it, or TLS_1_2.");
  }
}
