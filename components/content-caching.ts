import type { input as gcp } from "@pulumi/gcp/types/index.js";

const HOUR = 3600;
const DAY = 24 * HOUR;

/**
 * How long the content network keeps what. Names in the bucket are never used again, so a recording stays for a month; who may
 * still hear it is decided by the life of each signed URL, not here.
 *
 * The mode must not be FORCE_CACHE_ALL: it would overrule the age of signed answers, and keep what an unsigned request got. Cloud
 * Storage marks objects that are not public as private, so an unsigned answer is never kept, whatever the other ages say.
 * cloud.google.com/cdn/docs/caching, cloud.google.com/cdn/docs/using-signed-urls
 */
export const contentCaching = {
  cacheMode: "CACHE_ALL_STATIC",
  signedUrlCacheMaxAgeSec: 30 * DAY,
  defaultTtl: HOUR,
  maxTtl: DAY,
  clientTtl: HOUR,
  // Without a list of its own Google would keep "not found" for two minutes: a recording that is promoted just then is missed.
  negativeCaching: true,
  negativeCachingPolicies: [
    { code: 404, ttl: 10 },
    { code: 410, ttl: 10 },
  ],
  // Many listeners of a new recording are one request to the bucket.
  requestCoalescing: true,
  serveWhileStale: DAY,
} as const satisfies gcp.compute.BackendBucketCdnPolicy;

/**
 * A condition that leaves the folders of finished objects: what lies in the folder of uploads, or anywhere else, is never
 * delivered. It would break lists, which are asked of the bucket, but the network lists nothing.
 */
export function onlyFolders(bucket: string, folders: readonly string[]) {
  return {
    title: "only-finished-objects",
    description: `Only objects below ${folders.join(" and ")}`,
    expression: folders
      .map((folder) => `resource.name.startsWith("projects/_/buckets/${bucket}/objects/${folder}")`)
      .join(" || "),
  };
}
