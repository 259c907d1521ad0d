// Graphs that break or keep the policy on what the internet can reach.
import type { GraphResource } from "../../policy/graph.ts";
import type { Cases } from "./policy-cases.ts";

const BACKEND = "gcp:compute/backendBucket:BackendBucket";
const labels = { environment: "prod", application: "music-library", "managed-by": "pulumi" };

type Change = Record<string, unknown>;
const grant = (type: string, inputs: Change): GraphResource => ({ type, name: "grant", inputs });
const onBucket = (role: string, member: string): GraphResource =>
  grant("gcp:storage/bucketIAMMember:BucketIAMMember", { role, member, bucket: "audio" });
const backend = (inputs: Change): GraphResource => ({
  ...{ type: BACKEND, name: "backend" },
  inputs: { enableCdn: true, cdnPolicy: { cacheMode: "CACHE_ALL_STATIC" }, ...inputs },
});

export const contentCases: Cases = {
  breaking: [
    [
      "a backend that checks no signature",
      [backend({ enableCdn: false })],
      `${BACKEND} "backend": checks no signature (enableCdn false); expected true. Set it.`,
    ],
    [
      "a backend that keeps what came without a signature",
      [backend({ cdnPolicy: { cacheMode: "FORCE_CACHE_ALL" } })],
      `${BACKEND} "backend": keeps what is not to be kept (cdnPolicy.cacheMode FORCE_CACHE_ALL); expected CACHE_ALL_STATIC or USE_ORIGIN_HEADERS. Set it.`,
    ],
    [
      "old TLS",
      [grant("gcp:compute/sSLPolicy:SSLPolicy", { minTlsVersion: "TLS_1_0" })],
      'gcp:compute/sSLPolicy:SSLPolicy "grant": takes old versions of TLS (minTlsVersion TLS_1_0); expected TLS_1_2 or TLS_1_3. Set it.',
    ],
    [
      "a front with Google's default for TLS",
      [grant("gcp:compute/targetHttpsProxy:TargetHttpsProxy", {})],
      'gcp:compute/targetHttpsProxy:TargetHttpsProxy "grant": takes old versions of TLS (sslPolicy not set); expected a policy with TLS 1.2 or newer. Set it.',
    ],
    [
      "a front without TLS",
      [grant("gcp:compute/targetHttpProxy:TargetHttpProxy", {})],
      'gcp:compute/targetHttpProxy:TargetHttpProxy "grant": can be spoken to in clear (gcp:compute/targetHttpProxy:TargetHttpProxy); expected an HTTPS proxy. Remove it.',
    ],
    [
      "the account that fetches for requests without a signature",
      [onBucket("roles/storage.objectViewer", "serviceAccount:service-1@https-lb.iam.gserviceaccount.com")],
      'gcp:storage/bucketIAMMember:BucketIAMMember "grant": lets requests without a signature through to the bucket (serviceAccount:service-1@https-lb.iam.gserviceaccount.com); expected the account that fetches for signed ones, @cloud-cdn-fill. Remove the grant.',
    ],
  ],
  keeping: [
    ["a backend that checks", [backend({})]],
    [
      "the account that fetches for signed requests",
      [onBucket("roles/storage.objectViewer", "serviceAccount:service-1@cloud-cdn-fill.iam.gserviceaccount.com")],
    ],
    [
      "a front with TLS 1.2, and a rule for everybody before it",
      [
        grant("gcp:compute/sSLPolicy:SSLPolicy", { minTlsVersion: "TLS_1_2" }),
        grant("gcp:compute/targetHttpsProxy:TargetHttpsProxy", { sslPolicy: "[unknown]" }),
        grant("gcp:compute/globalForwardingRule:GlobalForwardingRule", { labels, portRange: "443" }),
      ],
    ],
  ],
};
