// What others change in the database: each kind found and named, by a login that can only read; nothing else ever reported.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import {
  acceptDrift,
  down,
  DriftError,
  formatDifference,
  loadMigrations,
  type MigratorOptions,
  readDatabase,
  up,
  verify,
  VerifyError,
} from "../../migrator/index.ts";
import { manualChanges, watchedSchema } from "../support/drift-changes.ts";
import { freshDatabase, optionsFor, query } from "../support/migration-database.ts";
import { MigrationFolder } from "../support/migration-folder.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";

// A busy machine starts a server slowly.
jest.setTimeout(120_000);

/** All kinds and a hundred refreshes in the full suite, a seeded sample otherwise. */
const full = process.env["TEST_FULL"] === "1";
const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 100_000);
const REFRESHES = full ? 100 : 3;
const SAMPLE = 10;
const sample = full
  ? manualChanges
  : Array.from({ length: SAMPLE }, (_, at) => at).map((at) => manualChanges[(seed + at * 7) % manualChanges.length]!);

let cluster: TestCluster;
let original: string;
let database: string;
let folder: MigrationFolder;
let copies = 0;

/** A database of its own, equal to the migrated one. */
async function copy(): Promise<string> {
  copies += 1;
  const name = `copy_${String(copies)}`;
  await query(cluster, "postgres", `create database ${name} template ${original} owner migration_owner`);
  return name;
}

const reader = (name = database): MigratorOptions => ({ connect: () => cluster.connect(name, "reader", "test") });
/** Drift as that login sees it. */
const found = async (name = database): Promise<string[]> =>
  (await readDatabase(reader(name))).drift.objects.map(formatDifference);
const state = async (name = database): Promise<string> => (await readDatabase(reader(name))).drift.state;

beforeAll(async () => {
  cluster = await startCluster();
  folder = new MigrationFolder().add(1, "all", watchedSchema, "drop schema app cascade;");
  original = await freshDatabase(cluster);
  await up(optionsFor(cluster, original), await loadMigrations({ folder: folder.path }));
});
afterAll(async () => {
  folder.remove();
  await cluster.remove();
});
beforeEach(async () => {
  database = await copy();
});
afterEach(async () => {
  // A database with a subscription cannot be dropped, not even with force.
  const subscriptions = await query(cluster, database, "select subname as name from pg_subscription");
  for (const { name } of subscriptions) await query(cluster, database, `drop subscription ${String(name)}`);
  await query(cluster, "postgres", `drop database if exists ${database} with (force)`);
});

describe("drift", () => {
  it("knows at least forty kinds of manual change", () => {
    expect(new Set(manualChanges.map(({ what }) => what)).size).toBeGreaterThanOrEqual(40);
  });

  it.each(sample)("finds and names $what", async ({ sql, found: expected }) => {
    await query(cluster, database, sql);
    const reported = await found();
    for (const line of expected) expect(reported).toContainEqual(expect.stringContaining(line));
    // What was changed and nothing but what goes with it.
    expect(reported.length).toBeLessThanOrEqual(4);
    expect(reported.join()).not.toContain("#");
  });

  it("names nothing while nobody changes anything, whatever is written, read, analysed or rebuilt", async () => {
    for (let refresh = 0; refresh < REFRESHES; refresh += 1) {
      await query(
        cluster,
        database,
        `insert into app.song (plays) values (1); select nextval('app.counter'); analyze; reindex table app.song;
         refresh materialized view app.totals; select count(*) from app.loud`,
      );
      await query(cluster, database, "vacuum full app.song");
      await query(cluster, database, "reindex index concurrently app.idx_title");
      expect(await state()).toBe("none");
    }
  });

  it("names nothing after a dump was restored into another database", async () => {
    const restored = `restored_${database}`;
    await query(cluster, "postgres", `create database ${restored} owner migration_owner`);
    await restore(database, restored);
    expect(await found(restored)).toEqual([]);
    expect(await state(restored)).toBe("none");
    await query(cluster, restored, "alter table app.song drop constraint ck_plays");
    expect(await found(restored)).toEqual(["constraint app.song.ck_plays: removed"]);
  });

  it("takes a body that another routine writes for data, and watches the comment that says so", async () => {
    await query(
      cluster,
      database,
      "create or replace function app.written() returns int language sql immutable as 'select 2'",
    );
    expect(await state()).toBe("none");
    await query(cluster, database, "comment on function app.written() is null");
    expect(await found()).toEqual(["function app.written(): comment removed; body added"]);
  });

  it("does not watch what belongs to others: other schemas, the history, the insides of extensions", async () => {
    await query(
      cluster,
      database,
      `create schema other; create table other.thing (id int); create index on migrations.migration_event (kind);
       grant select on migrations.schema_history to public`,
    );
    expect(await state()).toBe("none");
  });
});

/** By pg_dump and pg_restore where the machine has them. */
async function restore(from: string, to: string): Promise<void> {
  const env = { ...process.env, PGPASSWORD: cluster.password };
  const login = ["-h", "127.0.0.1", "-p", String(cluster.port), "-U", cluster.user];
  const run = promisify(execFile);
  const file = `${folder.path}/dump`;
  try {
    await run("pg_dump", [...login, "--format=custom", `--file=${file}`, from], { env });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    process.stderr.write(
      "drift.test.ts: no pg_dump on this machine; a copy of the files stands in for dump and restore.\n",
    );
    await query(cluster, "postgres", `drop database ${to}; `);
    await query(cluster, "postgres", `create database ${to} template ${from}`);
    return;
  }
  await run("pg_restore", [...login, "--exit-on-error", `--dbname=${to}`, file], { env });
}

describe("a run in a database that others have changed", () => {
  const options = (): MigratorOptions => optionsFor(cluster, database);
  const drop = "alter table app.song drop constraint ck_plays";
  const named = ["constraint app.song.ck_plays: removed"];
  const events = (): Promise<Record<string, unknown>[]> =>
    query(cluster, database, "select kind, script, message from migrations.migration_event order by id desc limit 1");

  afterEach(() => {
    folder.delete("V0002__more.up.sql", "V0002__more.down.sql");
  });
  beforeEach(() => {
    folder.add(2, "more", "create table app.more ();", "drop table app.more;");
  });
  const set = (): ReturnType<typeof loadMigrations> => loadMigrations({ folder: folder.path });

  it("is refused before it touches anything, by up and by down", async () => {
    await query(cluster, database, drop);
    await expect(up(options(), await set())).rejects.toThrow(DriftError);
    await expect(down(options(), "0")).rejects.toThrow(/ {2}constraint app\.song\.ck_plays: removed\n.*accept-drift/s);
    expect(await query(cluster, database, "select to_regclass('app.more')::text t")).toEqual([{ t: null }]);
    expect(await found()).toEqual(named);
  });

  it("goes on once the change is taken over with a reason, which the log keeps", async () => {
    await query(cluster, database, drop);
    await expect(acceptDrift(options(), " ")).rejects.toThrow(/no reason is given/);
    expect((await acceptDrift(options(), "urgent, ticket 17")).map(formatDifference)).toEqual(named);
    expect(await events()).toEqual([
      { kind: "repaired", script: "catalog", message: `urgent, ticket 17\n${named.join("\n")}` },
    ]);
    expect(await state()).toBe("none");
    await up(options(), await set());
    expect(await state()).toBe("none");
  });

  it("goes on once the change is undone by hand", async () => {
    await query(cluster, database, drop);
    await query(cluster, database, "alter table app.song add constraint ck_plays check (plays >= 0)");
    await up(options(), await set());
    expect(await state()).toBe("none");
  });

  it("leaves a snapshot behind when a file fails, so that what it left is not drift", async () => {
    folder.add(2, "more", "-- migrator: no-transaction\ncreate table app.more ();\nselect 1/0;");
    await expect(up(options(), await set())).rejects.toThrow(/division by zero/);
    expect(await state()).toBe("none");
    folder.add(2, "more", "-- migrator: no-transaction\ncreate table app.more ();\nselect 1;");
    await up(options(), await set());
    expect(await state()).toBe("none");
  });

  it("is unknown, and no alarm, after a run that was killed before its snapshot; the next run takes it", async () => {
    await up(options(), await set());
    await query(
      cluster,
      database,
      "delete from migrations.migration_catalog where id = (select max(id) from migrations.migration_catalog)",
    );
    expect(await state()).toBe("unknown");
    expect((await verify(reader(), await set())).drift.state).toBe("unknown");
    expect((await up(options(), await set())).applied).toEqual([]);
    expect(await state()).toBe("none");
  });

  it("takes schemas, extensions and default privileges as they are when its caller has changed them, nothing else", async () => {
    await query(cluster, database, "grant usage on schema app to reader; create extension pg_trgm schema app");
    expect(await found()).toEqual(["extension pg_trgm: added", "schema app: grants +reader=USAGE"]);
    await query(cluster, database, drop);
    const accepting = { ...options(), acceptSurroundings: true };
    await expect(up(accepting, await set())).rejects.toThrow(/differ|changed by other hands.*ck_plays/s);
    await query(cluster, database, "alter table app.song add constraint ck_plays check (plays >= 0)");
    await up(accepting, await set());
    expect(await state()).toBe("none");
  });

  it("makes nothing where there is nothing to run and no history", async () => {
    const empty = await freshDatabase(cluster);
    await up(optionsFor(cluster, empty), { migrations: [], repeatables: [], seeds: [], findings: [] });
    expect(await query(cluster, empty, "select to_regnamespace('migrations')::text n")).toEqual([{ n: null }]);
  });

  it("fails verify with every object by name", async () => {
    await up(options(), await set());
    await query(cluster, database, `${drop}; create table app.foreign_hand ()`);
    const wrong = await verify(reader(), await set()).catch((error: unknown) => error);
    expect(wrong).toBeInstanceOf(VerifyError);
    expect((wrong as Error).message).toContain(named[0]);
    expect((wrong as Error).message).toContain("table app.foreign_hand: added");
  });
});
