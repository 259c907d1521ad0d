// What must stand before the first `pulumi up`: names and declarations of what bootstrap makes. Pure.

export interface StackPlace {
  readonly stack: string;
  /** Project that the stack is deployed to (`gcp:project`). */
  readonly project: string;
  readonly region: string;
  /** Addresses of the workflows' accounts, which the stack itself declares: there after its first update. */
  readonly accounts: { readonly deployer: string; readonly previewer: string };
}

/** Pulumi's own words for one key of Cloud KMS. */
export function secretsProvider(home: string, { stack, region }: StackPlace): string {
  return `gcpkms://${keyName(home, { stack, region })}`;
}

export function keyRing(home: string, region: string): { parent: string; id: string } {
  return { parent: `projects/${home}/locations/${region}`, id: "music-library" };
}

/** One key a stack: who may read dev's secrets may not read prod's. */
export function keyName(home: string, { stack, region }: Pick<StackPlace, "stack" | "region">): string {
  const ring = keyRing(home, region);
  return `${ring.parent}/keyRings/${ring.id}/cryptoKeys/state-${stack}`;
}

/** One bucket a stack, for the same reason. */
export function stateBucket(home: string, { stack }: Pick<StackPlace, "stack">): string {
  return `${home}-pulumi-${stack}`;
}

const DAY_SECONDS = 86_400;

/** The state's bucket: no public way in, every version of the last 90 days and ten at least. */
export function bucketBody(home: string, place: StackPlace): Record<string, unknown> {
  return {
    name: stateBucket(home, place),
    location: place.region,
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: "enforced" },
    versioning: { enabled: true },
    lifecycle: {
      rule: [{ action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: 90, numNewerVersions: 10 } }],
    },
    labels: { application: "music-library", environment: place.stack, "managed-by": "bootstrap" },
  };
}

/** A key that is another one every 90 days; what older versions encrypted they still decrypt. */
export function keyBody(now: Date): Record<string, unknown> {
  const period = 90 * DAY_SECONDS;
  return {
    purpose: "ENCRYPT_DECRYPT",
    rotationPeriod: `${period}s`,
    nextRotationTime: new Date(now.getTime() + period * 1000).toISOString(),
    labels: { application: "music-library", "managed-by": "bootstrap" },
  };
}

/** Without these a new project does not even say what it is; they need no billing account. */
export const askedServices = ["cloudresourcemanager.googleapis.com", "cloudbilling.googleapis.com"] as const;

/** What bootstrap itself calls, besides what the stack needs. */
export const ownServices = [
  ...askedServices,
  "storage.googleapis.com",
  "cloudkms.googleapis.com",
  "iam.googleapis.com",
  "iamcredentials.googleapis.com",
  "sts.googleapis.com",
] as const;

export const DEPLOYER_ID = "music-library-deployer-0";

export function deployerEmail(home: string): string {
  return `${DEPLOYER_ID}@${home}.iam.gserviceaccount.com`;
}

/**
 * What the first update creates, and no primitive role. The stack then declares the deployer of the workflows with a role of its
 * own, and this one can go.
 */
export const deployerRoles = [
  "roles/artifactregistry.admin",
  "roles/cloudkms.admin",
  "roles/cloudsql.admin",
  "roles/compute.networkAdmin",
  "roles/iam.roleAdmin",
  "roles/iam.serviceAccountAdmin",
  "roles/iam.serviceAccountUser",
  "roles/iam.workloadIdentityPoolAdmin",
  "roles/logging.configWriter",
  "roles/monitoring.admin",
  "roles/pubsub.admin",
  "roles/resourcemanager.projectIamAdmin",
  "roles/run.admin",
  "roles/secretmanager.admin",
  "roles/servicenetworking.networksAdmin",
  "roles/serviceusage.serviceUsageAdmin",
  "roles/storage.admin",
] as const;
