import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Kind } from "../../local/provider/kind.ts";
import { PackageProvider } from "../../local/provider/package-provider.ts";
import { LocalPaths } from "../../local/paths.ts";
import { type Properties, ResourceStore } from "../../local/store.ts";

const type = "gcp:storage/bucket:Bucket";
const urn = (name: string, stack = "local"): string =>
  `urn:pulumi:${stack}::music-library::music-library:storage:MediaBucket$${type}::${name}`;

describe("a package of the local cloud", () => {
  let paths: LocalPaths;
  let created: string[];
  let provider: PackageProvider;

  const kind: Kind = {
    grade: "real",
    check: (inputs) => (inputs["name"] === "bad" ? [{ property: "name", reason: "is bad" }] : []),
    idOf: (inputs) => JSON.stringify(inputs["name"]),
    create: (inputs, scope) => {
      created.push(JSON.stringify(inputs["name"]));
      return Promise.resolve({ ...inputs, project: scope.project, url: "gs://x" });
    },
    read: (_id, known) => Promise.resolve(known),
    update: (_id, olds, news) => Promise.resolve({ ...olds.outputs, ...news }),
    delete: () => Promise.resolve(),
  };
  const build = (kinds: Record<string, Kind> = { [type]: kind }): PackageProvider =>
    new PackageProvider({
      name: "gcp",
      version: "1.2.3",
      kinds,
      store: new ResourceStore(paths),
      defaults: { project: "p", region: "r" },
    });

  beforeEach(() => {
    paths = new LocalPaths(mkdtempSync(join(new LocalPaths().folder("tests"), "provider-")));
    created = [];
    provider = build();
  });

  afterEach(() => {
    rmSync(paths.root, { recursive: true, force: true });
  });

  const inputs: Properties = { name: "songs", location: "US-CENTRAL1" };

  it("refuses a type that it does not know, by name", () => {
    const { problems } = provider.check("urn:pulumi:local::p::gcp:redis/instance:Instance::x", {}, {});
    expect(problems[0]?.reason).toContain('"gcp:redis/instance:Instance": is not known to the local cloud');
  });

  it("asks the kind's own rules once the schema is satisfied", () => {
    expect(provider.check(urn("a"), {}, { ...inputs, name: "bad" }).problems).toEqual([
      { property: "name", reason: "is bad" },
    ]);
    expect(
      provider.check(urn("a"), {}, { ...inputs, name: "bad", nonsense: 1 }).problems.map(({ property }) => property),
    ).toEqual(["nonsense"]);
  });

  it("keeps what it created over a restart, and adopts it when the same declaration comes again", async () => {
    await provider.create(urn("a"), inputs);
    expect(new ResourceStore(paths).get(type, '"songs"')).toMatchObject({ urn: urn("a"), outputs: { project: "p" } });
    expect(await build().create(urn("a"), inputs)).toMatchObject({ id: '"songs"' });
    expect(created).toEqual(['"songs"', '"songs"']);
  });

  it("refuses the same name under another declaration, as the cloud does", async () => {
    await provider.create(urn("a"), inputs);
    await expect(provider.create(urn("b"), inputs)).rejects.toThrow("already exists");
  });

  it("creates nothing for another stack than the local one", async () => {
    await expect(provider.create(urn("a", "prod"), inputs)).rejects.toThrow(
      'stack "prod": cannot be changed by the local cloud',
    );
    expect(created).toEqual([]);
  });

  it("previews a resource that it would refuse to create", async () => {
    const refusing = build({ [type]: { ...kind, grade: "refused", note: "no replicas here" } });
    expect(refusing.previewCreate(urn("a"), inputs)).toMatchObject(inputs);
    await expect(refusing.create(urn("a"), inputs)).rejects.toThrow("no replicas here");
  });

  it("deletes before it replaces where both would bear the same name", () => {
    const diff = provider.diff(urn("a"), inputs, { ...inputs, location: "EU" });
    expect(diff).toEqual({
      changes: [{ path: "location", change: "update", replaces: true }],
      deleteBeforeReplace: true,
    });
    expect(provider.diff(urn("a"), inputs, { ...inputs, name: "other" }).deleteBeforeReplace).toBe(false);
  });
});
