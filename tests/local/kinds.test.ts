// The table of resource types of the local cloud: nothing without a grade, nothing made that is refused.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { Identity } from "../../local/identity/identity.ts";
import { SeriesStore } from "../../local/monitoring/series-store.ts";
import { LocalPaths } from "../../local/paths.ts";
import { Ports } from "../../local/ports.ts";
import { Clusters } from "../../local/postgres/clusters.ts";
import { Processes } from "../../local/processes.ts";
import { PackageProvider } from "../../local/provider/package-provider.ts";
import { knownTypes } from "../../local/provider/schema.ts";
import { googleKinds, notesOf } from "../../local/resources/kinds.ts";
import { randomKinds } from "../../local/resources/random.ts";
import { Jobs } from "../../local/run/jobs.ts";
import { Runner } from "../../local/run/runner.ts";
import { Schedules } from "../../local/run/schedules.ts";
import { Secrets } from "../../local/secrets/secrets.ts";
import { StorageServer } from "../../local/storage/server.ts";
import { ResourceStore } from "../../local/store.ts";

const paths = new LocalPaths(mkdtempSync(join(new LocalPaths().folder("tests"), "kinds-")));
const store = new ResourceStore(paths);
const ports = new Ports(paths);
const processes = new Processes(paths);
const identity = new Identity({ paths, store, ports });
const secrets = new Secrets({ paths, store, ports, access: identity });
const kinds = googleKinds({
  ...{ store, identity, secrets },
  storage: new StorageServer({ paths, store, access: identity, port: 0 }),
  clusters: new Clusters({ paths, ports, processes, store }),
  runner: new Runner({ paths, store, ports, processes, identity, secrets }),
  jobs: new Jobs({ paths, identity, secrets }),
  schedules: new Schedules({ store, identity }),
  series: new SeriesStore(paths),
});

afterAll(() => rmSync(paths.root, { recursive: true, force: true }));

describe("the table of the local cloud", () => {
  it("has every type that there is a schema for, and a schema for every type", () => {
    const all: object = { ...kinds, ...randomKinds() };
    expect(Object.keys(all).sort()).toEqual(knownTypes());
  });

  it("says of everything that has no effect what is not there", () => {
    const silent = Object.entries(kinds).filter(([, { grade, note }]) => grade !== "real" && note === undefined);
    expect(silent).toEqual([]);
    expect(Object.keys(notesOf(kinds, "recorded")).length).toBeGreaterThan(20);
  });

  it.each(Object.keys(notesOf(kinds, "refused")))("refuses to make %s, naming it and the reason", async (type) => {
    const provider = new PackageProvider({
      ...{ name: "gcp", version: "1.0.0", kinds, store },
      defaults: { project: "p", region: "r" },
    });
    const urn = `urn:pulumi:local::music-library::${type}::x`;
    await expect(provider.create(urn, {})).rejects.toThrow(
      `resource type "${type}": cannot be created by the local cloud (${kinds[type]?.note ?? ""})`,
    );
    expect(store.list(type)).toEqual([]);
  });

  it("refuses key files of service accounts", () => {
    expect(kinds["gcp:serviceaccount/key:Key"]?.grade).toBe("refused");
  });
});
