import { BackendBucket } from "@pulumi/gcp/compute/backendBucket.js";
import { SecretIamMember } from "@pulumi/gcp/secretmanager/secretIamMember.js";
import { BucketIAMMember } from "@pulumi/gcp/storage/bucketIAMMember.js";
import * as pulumi from "@pulumi/pulumi";
import { contentCaching, onlyFolders } from "./content-caching.ts";
import { ContentFront, type ContentFrontArgs } from "./content-front.ts";
import { ContentSigningKeys, type ContentSigningKeysArgs } from "./content-signing-keys.ts";
import type { MediaBucket } from "./media-bucket.ts";
import { contentFillAgent } from "./service-agents.ts";

export interface ContentNetworkArgs
  extends Omit<ContentFrontArgs, "names" | "backend">, Omit<ContentSigningKeysArgs, "names" | "backendBucket"> {
  names: ContentFrontArgs["names"] & ContentSigningKeysArgs["names"] & { bucket: string };
  /** Bucket that is delivered from. */
  bucket: Pick<MediaBucket, "bucketName" | "projectNumber">;
  /** Folders of finished objects, each with its slash; nothing else is delivered. */
  prefixes: { audio: string; thumbnails: string };
  /** Member that signs URLs, as `serviceAccount:...`. */
  reader: pulumi.Input<string>;
}

/**
 * Delivers finished objects from Google's caches (Cloud CDN) under a domain of one's own, by signed URL only. The bucket stays
 * closed: a signed request that misses the cache is fetched by an account of Google's that may read two folders, an unsigned one
 * reaches the bucket as nobody and is denied. The load balancer's own account (`https-lb`) must never be granted the bucket: it
 * would fetch for unsigned requests too.
 */
export class ContentNetwork extends pulumi.ComponentResource {
  readonly domain: string;
  /** IPv4, for the domain's A record. */
  readonly address: pulumi.Output<string>;
  readonly signingKeys: ContentSigningKeys;
  /** Without these a URL that the service signs is denied, or none is signed. */
  readonly grants: readonly pulumi.Resource[];

  constructor(name: string, args: ContentNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:delivery:ContentNetwork", name, {}, opts);
    const own = { parent: this };
    const { bucket, names } = args;
    const backend = new BackendBucket(
      `${name}-backend`,
      {
        name: names.contentNetwork,
        bucketName: bucket.bucketName,
        enableCdn: true,
        cdnPolicy: contentCaching,
        // Audio and pictures are compressed already.
        compressionMode: "DISABLED",
      },
      own,
    );
    this.signingKeys = new ContentSigningKeys(`${name}-key`, { ...args, backendBucket: backend.name }, own);
    const fill = new BucketIAMMember(
      `${name}-fill`,
      {
        bucket: bucket.bucketName,
        role: "roles/storage.objectViewer",
        member: bucket.projectNumber.apply(contentFillAgent),
        condition: onlyFolders(names.bucket, [args.prefixes.audio, args.prefixes.thumbnails]),
      },
      // The account does not exist before the project's first key.
      { ...own, dependsOn: [...this.signingKeys.keys] },
    );
    const { secret } = this.signingKeys;
    const signer = new SecretIamMember(
      `${secret.logicalName}-reader`,
      { secretId: secret.secretId, role: "roles/secretmanager.secretAccessor", member: args.reader },
      own,
    );
    this.grants = [fill, signer];
    this.domain = args.contentDomain;
    this.address = new ContentFront(`${name}-front`, { ...args, backend: backend.id }, own).address;
    this.registerOutputs({ domain: this.domain, address: this.address });
  }
}

/** The content network where a domain is configured for it; undefined where everybody streams from the bucket. */
export function contentNetwork(
  name: string,
  args: ContentNetworkArgs,
  opts?: pulumi.ComponentResourceOptions,
): ContentNetwork | undefined {
  return args.contentDomain === "" ? undefined : new ContentNetwork(name, args, opts);
}
