// The way in for the local cloud itself: the same TLS, password and certificate as everybody's.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import type { LocalPaths } from "../paths.ts";
import { Ports } from "../ports.ts";
import { ClusterFiles } from "./cluster-files.ts";
import { adminRole } from "./rights.ts";

const connectTimeoutMs = 10_000;

/** How the service's own login reaches a database, from outside the daemon; `instance` may be left out where there is only one. */
export function adminOptions(paths: LocalPaths, database: string, instance?: string): pg.ClientConfig {
  const name = instance ?? onlyInstance(paths);
  const port = new Ports(paths).recorded(portName(name));
  if (port === undefined) throw new Error(`instance "${name}": has no port yet; expected it created. Run "npm start".`);
  return loginOptions(new ClusterFiles(paths, name), port, database);
}

/** An open client of the service's own login; the caller ends it. */
export async function connectToCluster(to: {
  name: string;
  files: ClusterFiles;
  port: number;
  database: string;
}): Promise<pg.Client> {
  const client = new pg.Client(loginOptions(to.files, to.port, to.database));
  // A server that goes away between two queries ends the client; the next query says so.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new Error(
      `instance "${to.name}": the local cloud cannot log in (${error instanceof Error ? error.message : String(error)}); expected database "${to.database}" on port ${to.port}. See ${to.files.log}.`,
      { cause: error },
    );
  }
  return client;
}

/** Under which name the port of an instance is recorded. */
export function portName(instance: string): string {
  return `sql/${instance}`;
}

/** How the service's own login reaches a database of a running instance. */
export function loginOptions(files: ClusterFiles, port: number, database: string): pg.ClientConfig {
  const { password, cert, key } = files.adminLogin();
  return {
    host: "127.0.0.1",
    port,
    user: adminRole,
    password,
    database,
    application_name: "local cloud",
    connectionTimeoutMillis: connectTimeoutMs,
    // The certificate names the instance and no address, as in Cloud SQL: the authority is what is verified.
    ssl: { ca: readFileSync(files.serverAuthority, "utf8"), cert, key, checkServerIdentity: () => undefined },
  };
}

/** Clones and replicas of it do not count. */
function onlyInstance(paths: LocalPaths): string {
  const folder = paths.at("cloud", "sql");
  const all = existsSync(folder) ? readdirSync(folder) : [];
  const names = all.filter((name) => {
    const { primary, source } = new ClusterFiles(paths, name).record ?? {};
    return primary === undefined && source === undefined;
  });
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw new Error(`instance: not named, and there are ${names.length} (${names.join(", ")}); expected one. Name it.`);
  }
  return name;
}
