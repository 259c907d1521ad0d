import { describe, expect, it } from "@jest/globals";
import { destroyLocks, type ExportedResource } from "../../commands/destroy-locks.ts";

const urn = (type: string, name: string): string => `urn:pulumi:local::music-library::${type}::${name}`;
const instance = "gcp:sql/databaseInstance:DatabaseInstance";
const bucket = "gcp:storage/bucket:Bucket";
const service = "gcp:cloudrunv2/service:Service";
const one = (type: string, rest: Partial<ExportedResource> = {}): ExportedResource => ({
  ...{ urn: urn(type, "it"), type },
  ...rest,
});

describe("destroy", () => {
  it("finds no lock on a stack that may go", () => {
    const resources = [
      one(instance, { inputs: { deletionProtection: false, settings: { deletionProtectionEnabled: false } } }),
      one(bucket, { inputs: { forceDestroy: true, deletionPolicy: "DELETE" } }),
      one(service, { protect: false, inputs: { deletionProtection: false } }),
      one("pulumi:pulumi:Stack"),
    ];
    expect(destroyLocks(resources)).toEqual([]);
  });

  it.each<[string, ExportedResource, string]>([
    ["Pulumi's", one(bucket, { protect: true, inputs: { forceDestroy: true } }), "key protectResources"],
    ["the provider's", one(instance, { inputs: { deletionProtection: true } }), "key deletionProtection"],
    ["a service's", one(service, { inputs: { deletionProtection: true } }), "key serviceDeletionProtection"],
    [
      "Google's",
      one(instance, { inputs: { settings: { deletionProtectionEnabled: true } } }),
      "key deletionProtectionEnabled",
    ],
    ["a policy's", one("gcp:sql/user:User", { inputs: { deletionPolicy: "PREVENT" } }), "deletionPolicy is PREVENT"],
    ["a bucket's", one(bucket, { inputs: {} }), "key bucketForceDestroy"],
  ])("names %s lock and the key that lifts it", (_whose, resource, key) => {
    const locks = destroyLocks([resource]);
    expect(locks).toEqual([expect.stringContaining(key)]);
    expect(locks[0]).toMatch(/^it: /);
  });

  it("names every lock of every resource", () => {
    const locked = { deletionProtection: true, settings: { deletionProtectionEnabled: true } };
    expect(destroyLocks([one(instance, { protect: true, inputs: locked }), one(bucket)])).toHaveLength(4);
  });
});
