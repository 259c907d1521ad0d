import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { verify } from "../../migrator/index.ts";
import { MigrationTest } from "../support/migration-test.ts";
import { MigrationFolder } from "../support/migration-folder.ts";
import type { ChildJob } from "../support/migrate-child.ts";

/** All points in the full suite, a seeded sample otherwise. */
const full = process.env["TEST_FULL"] === "1";
const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 100_000);
const FILES = 20;

const migrations = new MigrationTest(twentyFiles);
const { load, options, rows } = migrations;
let seeds: MigrationFolder;

beforeEach(() => {
  seeds = new MigrationFolder({
    "S0001__first.sql": "insert into app.t2 values (1000);",
    "S0002__second.sql": "insert into app.t5 values (1000);",
  });
});
afterEach(() => {
  seeds.remove();
});

function twentyFiles(folder: MigrationFolder): void {
  folder.add(1, "schema", "create schema app;", "drop schema app;");
  for (let number = 2; number < FILES - 2; number += 3) {
    const table = `app.t${String(number)}`;
    const index = `i${String(number)}`;
    folder
      .add(number, "table", `create table ${table} as select generate_series(1, 300) v;`, `drop table ${table};`)
      .add(number + 1, "rows", `insert into ${table} values (0);`, `delete from ${table} where v = 0;`)
      .add(
        number + 2,
        "index",
        `-- migrator: no-transaction\ninsert into ${table} values (-1);\ncreate index concurrently ${index} on ${table} (v);\nvacuum ${table};`,
        `-- migrator: no-transaction\ndrop index concurrently app.${index};\ndelete from ${table} where v = -1;`,
      );
  }
  addLast(folder);
}

/** The last file, which the case of repair takes away. */
function addLast(folder = migrations.folder): void {
  folder.add(FILES, "last", "create table app.t20 as select 1 v;", "drop table app.t20;");
}

async function runChild(change: Partial<ChildJob>): Promise<{ signal: string | null; events: number }> {
  const ways = { folder: migrations.folder.path, seedsFolder: seeds.path };
  const job: ChildJob = {
    port: migrations.cluster.port,
    database: migrations.database,
    ...ways,
    killAfter: 0,
    ...change,
  };
  const script = new URL("../support/migrate-child.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, JSON.stringify(job)], { env: { ...process.env, NODE_OPTIONS: "" } });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code !== 0 && signal !== "SIGKILL") throw new Error(output);
  return { signal, events: Number(output) };
}

/** What must be equal whatever happened on the way: catalog, rows, history and what was recorded as done. */
async function outcome(): Promise<unknown> {
  const catalog = await rows(`
    select relname a, relkind::text b, coalesce(indisvalid::text, '') c, pg_get_userbyid(relowner) d,
           (select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' order by attnum)
              from pg_attribute where attrelid = pg_class.oid and attnum > 0) e
      from pg_class left join pg_index on indexrelid = pg_class.oid where relnamespace = to_regnamespace('app') order by 1`);
  const tables = catalog.filter(({ b }) => b === "r").map(({ a }) => String(a));
  const counts = await Promise.all(
    tables.map((table) => rows(`select count(*)::int n, sum(v)::int s from app.${table}`)),
  );
  const [there] = await rows("select to_regclass('migrations.schema_history') is not null t");
  if (there?.["t"] !== true) return { catalog, counts };
  const history = await rows(
    "select version, type, script, checksum from migrations.schema_history order by installed_rank",
  );
  const finished = await rows(`select kind, version, script, count(*)::int from migrations.migration_event
    where kind not in ('started', 'failed', 'interrupted') group by 1, 2, 3 order by 1, 2, 3`);
  const rest = await rows(`select script, null s from migrations.migration_progress
    union all select script, sha256 from migrations.migration_seed order by 1`);
  return { catalog, counts, history, finished, rest };
}

/** Points 1..last: all of them, or a sample that the seed decides. */
function points(last: number, sample: number): number[] {
  if (full) return Array.from({ length: last }, (_, index) => index + 1);
  const step = last / sample;
  return Array.from({ length: sample }, (_, index) => 1 + Math.floor((index + (seed % 97) / 97) * step));
}

/** Kills the job after so many events; then nobody must hold the lock for longer than three seconds. */
async function killed(job: Partial<ChildJob>, killAfter: number): Promise<void> {
  const { signal, events } = await runChild({ ...job, killAfter });
  // Answers to what was sent ahead come in one chunk or in two: the last few points may lie behind the end.
  if (signal === null && events < killAfter && events > killAfter - 5) return;
  expect([killAfter, signal]).toEqual([killAfter, "SIGKILL"]);
  const began = Date.now();
  while ((await rows("select from pg_locks where locktype = 'advisory'")).length > 0) {
    if (Date.now() - began > 3_000) throw new Error(`killed after ${String(killAfter)}: the lock is not free`);
  }
}

interface Case {
  what: string;
  /** Brings a fresh database to where the job begins. */
  prepare: () => Promise<void>;
  job: Partial<ChildJob>;
  sample: number;
}

async function applied(): Promise<void> {
  await runChild({});
}

const cases: Case[] = [
  { what: "up, with seeds", prepare: () => Promise.resolve(), job: {}, sample: 4 },
  { what: "down", prepare: applied, job: { downTo: "0" }, sample: 2 },
  {
    what: "repair",
    prepare: async () => {
      await runChild({});
      migrations.folder.add(1, "schema", "create schema app; -- edited", "drop schema app;");
      migrations.folder.delete("V0020__last.up.sql", "V0020__last.down.sql");
    },
    job: { repairFor: "a test" },
    sample: 1,
  },
  {
    what: "baseline",
    prepare: async () => {
      await rows("create schema app authorization migration_owner");
    },
    job: { baselineAt: "1" },
    sample: 1,
  },
];

describe(`a runner that is killed with -9 (seed ${String(seed)})`, () => {
  it.each(cases)(
    "$what: the next run ends as an undisturbed one, and nothing is done twice",
    async ({ prepare, job, sample }) => {
      await prepare();
      const { events } = await runChild(job);
      const expected = await outcome();
      for (const killAfter of points(events, sample)) {
        migrations.folder.add(1, "schema", "create schema app;", "drop schema app;");
        addLast();
        await migrations.freshDatabase();
        await prepare();
        await killed(job, killAfter);
        await runChild(job);
        expect([killAfter, await outcome()]).toEqual([killAfter, expected]);
        if (job.downTo === undefined && job.baselineAt === undefined) {
          await verify(options(), await load());
        }
      }
    },
    3_600_000,
  );
});
