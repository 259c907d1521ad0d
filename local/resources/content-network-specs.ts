// The parts of a content network: checked and kept, nothing is delivered.
import type { Properties } from "../store.ts";
import { linked, type RecordedSpec, underProject } from "./recorded-spec.ts";
import { textOf } from "./stored-state.ts";

const note = "nothing is delivered; objects are streamed from the bucket";

const part = (collection: string): RecordedSpec => ({
  note,
  id: (values) => underProject(values, `global/${collection}/${textOf(values, "name")}`),
  outputs: linked,
});

export const contentNetworkSpecs: Readonly<Record<string, RecordedSpec>> = {
  "gcp:compute/backendBucket:BackendBucket": part("backendBuckets"),
  // The real provider gives every key of a backend the backend's id; here two of them could not stand beside each other.
  "gcp:compute/backendBucketSignedUrlKey:BackendBucketSignedUrlKey": {
    note,
    id: (values: Properties) =>
      underProject(
        values,
        `global/backendBuckets/${textOf(values, "backendBucket")}/signedUrlKeys/${textOf(values, "name")}`,
      ),
  },
  "gcp:compute/globalForwardingRule:GlobalForwardingRule": part("forwardingRules"),
  "gcp:compute/managedSslCertificate:ManagedSslCertificate": part("sslCertificates"),
  "gcp:compute/sSLPolicy:SSLPolicy": part("sslPolicies"),
  "gcp:compute/targetHttpsProxy:TargetHttpsProxy": part("targetHttpsProxies"),
  "gcp:compute/uRLMap:URLMap": part("urlMaps"),
};
