// Names that Google keeps after a deletion, and for how long.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { LocalPaths } from "../../local/paths.ts";
import type { Kind } from "../../local/provider/kind.ts";
import { PackageProvider } from "../../local/provider/package-provider.ts";
import { ReservedNames } from "../../local/reserved-names.ts";
import { ResourceStore } from "../../local/store.ts";

const dayMs = 86_400_000;
const instance = "gcp:sql/databaseInstance:DatabaseInstance";
const role = "gcp:projects/iAMCustomRole:IAMCustomRole";

let paths: LocalPaths;
let day: number;
beforeEach(() => {
  paths = new LocalPaths(mkdtempSync(join(new LocalPaths().folder("tests"), "names-")));
  paths.folder("cloud");
  day = 0;
});
afterEach(() => {
  rmSync(paths.root, { recursive: true, force: true });
});

const names = (): ReservedNames => new ReservedNames(paths, () => day * dayMs);

const isFree = (type: string): boolean => {
  try {
    names().refuseReserved(type, "x");
    return true;
  } catch {
    return false;
  }
};

describe("the name of something deleted", () => {
  it.each([
    ["an instance", instance, [0, 6.9], [7, 100]],
    ["a federation pool", "gcp:iam/workloadIdentityPool:WorkloadIdentityPool", [0, 29.9], [30]],
    ["its provider", "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider", [0, 29.9], [30]],
    ["a custom role, which is brought back for a week", role, [7, 36.9], [0, 6.9, 37]],
    ["a key ring", "gcp:kms/keyRing:KeyRing", [0, 36_500], []],
    ["a key", "gcp:kms/cryptoKey:CryptoKey", [0, 36_500], []],
    ["a bucket", "gcp:storage/bucket:Bucket", [], [0]],
  ])("of %s is taken on some days and free on others", (_what, type, taken, free) => {
    names().deleted(type, "x");
    for (day of taken) expect({ day, free: isFree(type) }).toEqual({ day, free: false });
    for (day of free) expect({ day, free: isFree(type) }).toEqual({ day, free: true });
  });

  it("is said with the day until when, over a restart", () => {
    day = 20_000;
    names().deleted(instance, "x");
    expect(() => names().refuseReserved(instance, "x")).toThrow(
      `googleapi: Error 409: ${instance} "x": the name belonged to one that was deleted and stays reserved (until 2024-10-11); expected a name that is free. Set nameSuffix.`,
    );
    expect(() => names().refuseReserved(instance, "y")).not.toThrow();
  });

  it("is free once all are forgotten", () => {
    names().deleted(instance, "x");
    names().forgetAll();
    expect(isFree(instance)).toBe(true);
  });

  it("is refused to the engine, with nothing made", async () => {
    let made = 0;
    const kind: Kind = {
      grade: "real",
      idOf: ({ name }) => (typeof name === "string" ? name : ""),
      create: async (inputs) => {
        made += 1;
        return inputs;
      },
      read: async (_id, known) => known,
      update: async (_id, _olds, news) => news,
      delete: async () => undefined,
    };
    const provider = new PackageProvider({
      ...{ name: "gcp", version: "1.0.0", kinds: { [instance]: kind }, reserved: names() },
      ...{ store: new ResourceStore(paths), defaults: { project: "p", region: "r" } },
    });
    const urn = `urn:pulumi:local::music-library::${instance}::server`;
    await provider.create(urn, { name: "db" });
    await provider.delete(urn, "db", { inputs: { name: "db" }, outputs: {} });

    await expect(provider.create(urn, { name: "db" })).rejects.toThrow("stays reserved");
    await expect(provider.create(urn, { name: "db-two" })).resolves.toMatchObject({ id: "db-two" });
    expect(made).toBe(2);
  });
});
