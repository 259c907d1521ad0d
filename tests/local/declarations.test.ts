// Whatever the program declares, in every form that configuration gives it, passes the provider's schema and Google's value
// rules as the local cloud has them. It does not prove that Google accepts it.
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
import { unknownValue } from "../../local/provider/schema.ts";
import { googleKinds } from "../../local/resources/kinds.ts";
import { Jobs } from "../../local/run/jobs.ts";
import { Runner } from "../../local/run/runner.ts";
import { Schedules } from "../../local/run/schedules.ts";
import { Secrets } from "../../local/secrets/secrets.ts";
import { StorageServer } from "../../local/storage/server.ts";
import { type Properties, ResourceStore } from "../../local/store.ts";
import { recordStack } from "../support/stack-recording.ts";

const paths = new LocalPaths(mkdtempSync(join(new LocalPaths().folder("tests"), "declarations-")));
const store = new ResourceStore(paths);
const ports = new Ports(paths);
const processes = new Processes(paths);
const identity = new Identity({ paths, store, ports });
const secrets = new Secrets({ paths, store, ports, access: identity });
const provider = new PackageProvider({
  ...{ name: "gcp", version: "1.0.0", store, defaults: { project: "loist-music-library", region: "us-central1" } },
  kinds: googleKinds({
    ...{ store, identity, secrets },
    storage: new StorageServer({ paths, store, access: identity, port: 0 }),
    clusters: new Clusters({ paths, ports, processes, store }),
    runner: new Runner({ paths, store, ports, processes, identity, secrets }),
    jobs: new Jobs({ paths, identity, secrets }),
    schedules: new Schedules({ store, identity }),
    series: new SeriesStore(paths),
  }),
});

afterAll(() => rmSync(paths.root, { recursive: true, force: true }));

const inNetwork = { connectionMode: "direct", privateNetworkReachable: true };

describe("the declarations", () => {
  it.each<[what: string, stack: "dev" | "prod", settings: Record<string, unknown>]>([
    ["as dev is", "dev", {}],
    ["as prod is", "prod", {}],
    [
      "with a network and a key of their own, replicas that follow one another, readers and the data API",
      "prod",
      {
        ...inNetwork,
        ...{ privateNetwork: "own", encryptionKey: "own", dataApiEnabled: true, availabilityType: "REGIONAL" },
        readReplicas: [{ name: "a" }, { name: "b", source: "a" }],
        databaseReaders: [
          "user:a@music.example",
          "group:b@music.example",
          "serviceAccount:c@p.iam.gserviceaccount.com",
        ],
      },
    ],
    [
      "with all that ENTERPRISE_PLUS has, in a given network, and a content network",
      "prod",
      {
        ...inNetwork,
        privateNetwork: "projects/p/global/networks/n",
        ...{ edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-2", availabilityType: "REGIONAL" },
        ...{ dataCacheEnabled: true, managedPoolingEnabled: true, readPoolNodes: 2 },
        ...{ contentDomain: "audio.loist.io", contentKeyRotations: 1 },
        ...{ transactionLogRetentionDays: 35, retainedBackups: 35 },
      },
    ],
  ])("%s are accepted", async (_what, stack, settings) => {
    const own = Object.entries(settings).map(([key, value]) => [`music-library:${key}`, value]);
    const { resources } = await recordStack(stack, Object.fromEntries(own) as Record<string, unknown>);
    const declared = resources.filter(({ type }) => type.startsWith("gcp:"));

    expect(declared.length).toBeGreaterThan(50);
    const refused = declared.flatMap(({ type, name, revealed }) => {
      // As the engine passes them on: values, not the objects of this realm.
      const inputs = JSON.parse(JSON.stringify(revealed)) as Properties;
      return [inputs, ...notYetKnown(inputs)].flatMap((values) => {
        const { problems } = provider.check(`urn:pulumi:${stack}::music-library::${type}::${name}`, {}, values);
        return problems.map(({ property, reason }) => `${name} ${property}: ${reason}`);
      });
    });
    expect(refused).toEqual([]);
  });
});

/** The same inputs with another resource's id not known yet, as the first preview has it. */
function notYetKnown(inputs: Properties): Properties[] {
  const isId = (value: unknown): boolean => typeof value === "string" && value.startsWith("projects/");
  return Object.entries(inputs).flatMap(([name, value]) => {
    if (Array.isArray(value)) return value.some(isId) ? [{ ...inputs, [name]: value.map(() => unknownValue) }] : [];
    return isId(value) ? [{ ...inputs, [name]: unknownValue }] : [];
  });
}
