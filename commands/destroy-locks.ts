// Every lock that would stop a destroy half-way: read before its first step, because the engine deletes the unprotected before
// it meets the first protected.

/** The part of an exported state's resource that matters here. */
export interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly protect?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** One line a lock: Pulumi's protection, the provider's deletion protection, Google's, a bucket that keeps its objects. */
export function destroyLocks(resources: readonly ExportedResource[]): string[] {
  return resources.flatMap((resource) => {
    const name = resource.urn.split("::").at(-1) ?? resource.urn;
    const { deletionProtection, deletionPolicy, settings, forceDestroy } = resource.inputs ?? {};
    const locks: string[] = [];
    if (resource.protect === true) locks.push(`${name}: protected in the stack's state (key protectResources)`);
    if (deletionProtection === true)
      locks.push(`${name}: the provider's deletionProtection is true (${lockKey(resource.type)})`);
    if (deletionPolicy === "PREVENT") locks.push(`${name}: its deletionPolicy is PREVENT`);
    if (isRecord(settings) && settings["deletionProtectionEnabled"] === true) {
      locks.push(`${name}: Google's deletionProtectionEnabled is true (key deletionProtectionEnabled)`);
    }
    if (resource.type === "gcp:storage/bucket:Bucket" && forceDestroy !== true)
      locks.push(`${name}: its objects keep it, forceDestroy is not true (key bucketForceDestroy)`);
    return locks;
  });
}

function lockKey(type: string): string {
  return type.startsWith("gcp:cloudrunv2/") ? "key serviceDeletionProtection" : "key deletionProtection";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
