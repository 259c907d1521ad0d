// A library to search: made for the run, with the flags that the stack declares, or one that is there already.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { databaseFlags } from "../components/database-flags.ts";
import { instanceTier } from "../components/instance-tier.ts";
import { LocalPaths, projectRoot } from "../local/paths.ts";
import { startPooler } from "../tests/client/pooler-setup.ts";
import { startCluster, type TestCluster } from "../tests/support/postgres.ts";
import { applySchema, testDatabase, testPassword } from "../tests/support/schema.ts";

const run = promisify(execFile);
/** The declared flags of a tier with as many processors as the figures are stated for. */
const TIER = "db-custom-2-7680";

export interface SearchLibrary {
  tracks: number;
  port: number;
  /** A client as a login, past the pooler. */
  connect(user: string): Promise<pg.Client>;
  /** A client as the application, through PgBouncer. */
  pooled(): Promise<pg.Client>;
  remove(): Promise<void>;
}

/** PostgreSQL with the tier's flags. fsync stays on: writing is measured too. */
export function declaredCluster(): Promise<TestCluster> {
  const flags = databaseFlags({ profile: "computed", overrides: {}, tier: instanceTier(TIER), sessions: 20 });
  return startCluster({ ...Object.fromEntries(flags.map(({ name, value }) => [name, value])), fsync: "on" });
}

/** A file of generated tracks; its folder goes with `remove`. */
export async function generatedFile(tracks: number, seed = 1): Promise<{ file: string; remove: () => void }> {
  const folder = mkdtempSync(join(new LocalPaths().folder("tests"), "tracks-"));
  const file = join(folder, "tracks.csv");
  const size = ["--tracks", String(tracks), "--seed", String(seed)];
  await run(process.execPath, [join(projectRoot, "commands/generate.ts"), ...size, "--out", file]);
  return {
    file,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `npm run load` as a login of the cluster's database. Gives the most memory it held, in MB. */
export async function load(port: number, login: string, file: string, args: string[] = []): Promise<number> {
  const url = `postgresql://${login}:${testPassword}@127.0.0.1:${String(port)}/${testDatabase}`;
  const command = [join(projectRoot, "commands/load.ts"), file, "--database-url-env", "LOAD_URL", ...args];
  const running = run(process.execPath, command, { env: { ...process.env, LOAD_URL: url }, maxBuffer: 1 << 26 });
  let most = Number.NaN;
  const looking = setInterval(() => {
    most = memoryPeak(running.child.pid) ?? most;
  }, 200);
  await running.finally(() => {
    clearInterval(looking);
  });
  return most;
}

/** The most memory that a process has held so far, in MB, as Linux counts it; nothing when it has gone. */
function memoryPeak(pid = 0): number | undefined {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}

/** BENCH_PORT names the port of a cluster that was filled before, with the logins of tests/support/schema.ts. */
export async function openLibrary(tracks: number): Promise<SearchLibrary> {
  const there = process.env["BENCH_PORT"];
  const cluster = there === undefined ? await filledCluster(tracks) : undefined;
  const port = cluster?.port ?? Number(there);
  const pooler = await startPooler({ port });
  const clientAt = async (at: number, user: string): Promise<pg.Client> => {
    const client = new pg.Client({ host: "127.0.0.1", port: at, user, password: testPassword, database: testDatabase });
    await client.connect();
    return client;
  };
  const owner = await clientAt(port, "music_library_migrator");
  await owner.query("set role music_library_owner");
  const { rows } = await owner.query<{ tracks: number }>(
    "select sum(tracks)::integer as tracks from library.popularity_counts",
  );
  await owner.end();
  return {
    tracks: rows[0]?.tracks ?? 0,
    port,
    connect: (user) => clientAt(port, user),
    pooled: () => clientAt(pooler.port, "music_library_user"),
    remove: async () => {
      await pooler.stop();
      await cluster?.remove();
    },
  };
}

async function filledCluster(tracks: number): Promise<TestCluster> {
  const cluster = await declaredCluster();
  await applySchema(cluster);
  const { file, remove } = await generatedFile(tracks);
  await load(cluster.port, "music_library_migrator", file, ["--as", "migrator"]);
  remove();
  return cluster;
}
