// Runs one contestant of the migrator's benchmark against a fresh database.
import { execFile, execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { flywayClassPath } from "../tests/support/flyway.ts";
import type { TestCluster } from "../tests/support/postgres.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

export interface Measure {
  ms: number;
  /** Peak of the process; NaN where it was not measured. */
  megabytes: number;
}

export type Contestant = (database: string) => Promise<Measure>;

/** A tool in a Node process of its own, without that process's start. */
export function inProcess(cluster: TestCluster, tool: string, folder: string, repeats = 1): Contestant {
  return async (database) => {
    const { host, port, user, password } = cluster;
    const job = JSON.stringify({ tool, folder, repeats, connection: { host, port, user, password, database } });
    const script = join(import.meta.dirname, "migrator-contestant.mjs");
    const { stdout } = await run(process.execPath, [script, job], { cwd: root });
    return JSON.parse(stdout) as Measure;
  };
}

/** A command, its start included. */
async function timed(program: string, args: readonly string[], env: Record<string, string>): Promise<Measure> {
  const began = performance.now();
  await run(program, [...args], { cwd: root, env: { ...process.env, ...env } });
  return { ms: performance.now() - began, megabytes: Number.NaN };
}

const url = ({ port, user, password }: TestCluster, database: string): string =>
  `postgresql://${user}:${password}@127.0.0.1:${String(port)}/${database}`;

export function dbmate(cluster: TestCluster, folder: string): Contestant {
  const require = createRequire(import.meta.url);
  // The package's own start script would add Node's to the binary's.
  const command = createRequire(require.resolve("dbmate")).resolve(
    `@dbmate/${process.platform}-${process.arch}/bin/dbmate`,
  );
  return (database) => {
    const address = `${url(cluster, database)}?sslmode=disable`;
    return timed(command, ["--url", address, "--migrations-dir", folder, "--no-dump-schema", "migrate"], {});
  };
}

/** Flyway, when Java and its artifacts are at hand; Java's start counts. */
export function flyway(cluster: TestCluster, folder: string, classes: string): Contestant | undefined {
  const classPath = flywayClassPath();
  if (classPath === undefined) return undefined;
  try {
    execFileSync("javac", ["-cp", classPath, "-d", classes, join(root, "tools/flyway/FlywayPeer.java")]);
  } catch {
    return undefined;
  }
  const java = ["-cp", `${classPath}:${classes}`, "FlywayPeer"];
  return (database) => {
    const address = `jdbc:postgresql://127.0.0.1:${String(cluster.port)}/${database}`;
    const args = [...java, "migrate", address, "public", "flyway_schema_history", folder, ".up.sql"];
    return timed("java", args, { FLYWAY_PEER_USER: cluster.user, FLYWAY_PEER_PASSWORD: cluster.password });
  };
}

/** This engine's command line, Node's start included and npm's not. */
export function command(cluster: TestCluster, folder: string): Contestant {
  const args = ["commands/migrate.mjs", "up", "--folder", folder, "--seeds", "", "--database-url-env", "BENCH_URL"];
  return (database) => timed(process.execPath, args, { BENCH_URL: url(cluster, database), NODE_OPTIONS: "" });
}

export function nodePgMigrateCommand(cluster: TestCluster, folder: string): Contestant {
  const script = join(
    createRequire(import.meta.url).resolve("node-pg-migrate/package.json"),
    "..",
    "bin",
    "node-pg-migrate.js",
  );
  return (database) =>
    timed(process.execPath, [script, "up", "--migrations-dir", folder], {
      DATABASE_URL: url(cluster, database),
      NODE_OPTIONS: "",
    });
}

/** What any command in Node pays before its first line. */
export function bareNode(): Promise<Measure> {
  return timed(process.execPath, ["-e", "0"], { NODE_OPTIONS: "" });
}
