// A throw-away local Cloud SQL for tests: own folder, own ports, real servers.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { LocalPaths } from "../../local/paths.ts";
import { Ports } from "../../local/ports.ts";
import { Clusters } from "../../local/postgres/clusters.ts";
import { Processes } from "../../local/processes.ts";
import type { Kind, Scope } from "../../local/provider/kind.ts";
import { sqlKinds } from "../../local/resources/sql-kinds.ts";
import { type Properties, ResourceStore } from "../../local/store.ts";

export const scope: Scope = { project: "music-test", region: "us-central1" };

export interface SqlCloud {
  readonly paths: LocalPaths;
  readonly processes: Processes;
  readonly store: ResourceStore;
  readonly clusters: Clusters;
  readonly instances: Kind;
  readonly databases: Kind;
  readonly users: Kind;
  readonly certificates: Kind;
  /** Creates through the kind and stores the resource, as the protocol layer does. */
  declare(type: string, inputs: Properties): Promise<{ id: string; outputs: Properties }>;
  log(instance: string): string;
  remove(): Promise<void>;
}

export function sqlCloud(): SqlCloud {
  const paths = new LocalPaths(mkdtempSync(join(new LocalPaths().folder("tests"), "sql-")));
  const processes = new Processes(paths);
  const store = new ResourceStore(paths);
  const clusters = new Clusters({ paths, ports: new Ports(paths), processes, store });
  const kinds = sqlKinds({ clusters, store });
  const kind = (type: string): Kind => {
    const found = kinds[type];
    if (found === undefined) throw new Error(`no kind ${type}`);
    return found;
  };
  return {
    paths,
    processes,
    store,
    clusters,
    instances: kind("gcp:sql/databaseInstance:DatabaseInstance"),
    databases: kind("gcp:sql/database:Database"),
    users: kind("gcp:sql/user:User"),
    certificates: kind("gcp:sql/sslCert:SslCert"),
    declare: async (type, inputs) => {
      const id = kind(type).idOf(inputs, scope);
      const outputs = await kind(type).create(inputs, scope);
      store.put({ type, id, urn: `urn:test::${id}`, inputs, outputs });
      return { id, outputs };
    },
    log: (instance) => readFileSync(join(paths.root, "logs", `postgres-${instance}.log`), "utf8"),
    remove: async () => {
      await clusters.stop();
      rmSync(paths.root, { recursive: true, force: true });
    },
  };
}

/** The inputs of a small instance, as they stand after the schema's defaults. */
export function instanceInputs(name: string, settings: Properties = {}, rest: Properties = {}): Properties {
  return {
    name,
    databaseVersion: "POSTGRES_15",
    deletionProtection: false,
    settings: { tier: "db-custom-1-3840", activationPolicy: "ALWAYS", databaseFlags: [], ...settings },
    ...rest,
  };
}

/** A client's way in; the caller ends the client. */
export async function logIn(to: {
  port: number;
  user: string;
  password: string;
  database?: string;
  tls?: { ca: string; cert?: string; key?: string };
}): Promise<pg.Client> {
  const { tls, database = "postgres", ...login } = to;
  const ssl = tls === undefined ? false : { ...tls, checkServerIdentity: () => undefined };
  const client = new pg.Client({ host: "127.0.0.1", database, ssl, ...login });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** An output that is a string. */
export function textOf(outputs: Properties, name: string): string {
  const value = outputs[name];
  if (typeof value !== "string") throw new Error(`output "${name}" is no string`);
  return value;
}
