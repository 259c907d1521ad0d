import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { loadMigrations, up, verify } from "../../migrator/index.ts";
import { freshDatabase, optionsFor, query } from "../support/migration-database.ts";
import { MigrationFolder } from "../support/migration-folder.ts";
import type { ChildJob } from "../support/migrate-child.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";

// A busy machine starts a server and a process slowly.
jest.setTimeout(60_000);

/** All points in the full suite, a seeded sample otherwise. */
const full = process.env["TEST_FULL"] === "1";
const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 100_000);
const SAMPLE = 6;

let cluster: TestCluster;
let database: string;
let folder: MigrationFolder;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.remove());
beforeEach(async () => {
  folder = new MigrationFolder().add(1, "schema", "create schema app;", "drop schema app;");
  for (let number = 2; number <= 6; number += 2) {
    const table = `app.t${String(number)}`;
    folder
      .add(number, "table", `create table ${table} as select generate_series(1, 500) v;`, `drop table ${table};`)
      .add(
        number + 1,
        "index",
        `-- migrator: no-transaction\ncreate index concurrently i${String(number)} on ${table} (v);\nvacuum ${table};`,
        `-- migrator: no-transaction\ndrop index concurrently app.i${String(number)};`,
      );
  }
  database = await freshDatabase(cluster);
});
afterEach(() => {
  folder.remove();
});

const rows = (sql: string): Promise<Record<string, unknown>[]> => query(cluster, database, sql);

async function runChild(
  change: Partial<ChildJob>,
): Promise<{ signal: string | null; code: number | null; events: number }> {
  const job: ChildJob = { port: cluster.port, database, folder: folder.path, killAfter: 0, ...change };
  const script = new URL("../support/migrate-child.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, JSON.stringify(job)], { env: { ...process.env, NODE_OPTIONS: "" } });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code !== 0 && signal !== "SIGKILL") throw new Error(output);
  return { code, signal, events: Number(output) };
}

/** What must be equal whatever happened on the way. */
async function outcome(): Promise<unknown> {
  return await rows(`
    select 'history' kind, version a, script b, checksum::text c from migrations.schema_history
    union all select 'progress', script, statement::text, '' from migrations.migration_progress
    union all select 'relation', relname, relkind::text, coalesce(indisvalid::text, '')
      from pg_class left join pg_index on indexrelid = pg_class.oid where relnamespace = to_regnamespace('app') order by 1, 2, 3`);
}

/** Points 1..last: all of them, or a sample that the seed decides. */
function points(last: number): number[] {
  if (full) return Array.from({ length: last }, (_, index) => index + 1);
  const step = last / SAMPLE;
  return Array.from(
    { length: SAMPLE },
    (_, index) => 1 + (Math.floor(index * step + ((seed % 97) * step) / 97) % last),
  );
}

describe(`a runner that is killed with -9 (seed ${String(seed)})`, () => {
  it("up: the next run ends as an undisturbed one", async () => {
    const { events } = await runChild({});
    const expected = await outcome();
    expect(expected).toHaveLength(7 + 6);
    for (const killAfter of points(events)) {
      database = await freshDatabase(cluster);
      const first = await runChild({ killAfter });
      expect([killAfter, first.signal]).toEqual([killAfter, "SIGKILL"]);
      const began = Date.now();
      const set = await loadMigrations({ folder: folder.path });
      await up(optionsFor(cluster, database), set);
      expect(Date.now() - began).toBeLessThan(5_000);
      expect([killAfter, await outcome()]).toEqual([killAfter, expected]);
      await verify(optionsFor(cluster, database), set);
    }
  }, 1_800_000);

  it("down: the next run ends as an undisturbed one", async () => {
    await runChild({});
    const { events } = await runChild({ downTo: "0" });
    expect(await outcome()).toEqual([]);
    for (const killAfter of points(events)) {
      database = await freshDatabase(cluster);
      await runChild({});
      await runChild({ downTo: "0", killAfter });
      await runChild({ downTo: "0" });
      expect([killAfter, await outcome()]).toEqual([killAfter, []]);
    }
  }, 1_800_000);
});
