import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import {
  baseline,
  down,
  loadMigrations,
  LockTimeoutError,
  type MigrationSet,
  type MigratorOptions,
  PooledConnectionError,
  up,
  type UpResult,
  verify,
} from "../../migrator/index.ts";
import { freshDatabase, optionsFor, query } from "../support/migration-database.ts";
import { MigrationFolder } from "../support/migration-folder.ts";
import { poolMigrator, type Pooler } from "../support/pooled-migrator.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";

// A busy machine starts a server and a process slowly.
jest.setTimeout(60_000);

let cluster: TestCluster;
let pooler: Pooler;
let database: string;
let folder: MigrationFolder;

beforeAll(async () => {
  cluster = await startCluster();
  await freshDatabase(cluster);
  pooler = await poolMigrator(cluster, "transaction");
});
afterAll(async () => {
  await pooler.stop();
  await cluster.remove();
});
beforeEach(async () => {
  database = await freshDatabase(cluster);
  folder = new MigrationFolder().add(1, "schema", "create schema app;", "drop schema app;");
  for (let number = 2; number <= 12; number += 1) {
    const table = `app.t${String(number)}`;
    folder.add(number, "table", `create table ${table} as select generate_series(1, 100) v;`, `drop table ${table};`);
  }
});
afterEach(() => {
  folder.remove();
});

const load = (): Promise<MigrationSet> => loadMigrations({ folder: folder.path });
const rows = (sql: string): Promise<Record<string, unknown>[]> => query(cluster, database, sql);
const pooled = (): MigratorOptions => ({
  ...optionsFor(cluster, database),
  connect: () => pooler.connect(database),
});

describe("behind PgBouncer in transaction mode", () => {
  it("applies transactional files, goes down and leaves no lock and no setting behind", async () => {
    folder.add(13, "settings", "set search_path = pg_catalog; set work_mem = '1MB'; create temp table leak (id int);");
    expect((await up(pooled(), await load())).version).toBe("0013");
    await verify(optionsFor(cluster, database), await load());
    expect(await rows("select from pg_locks where locktype = 'advisory'")).toEqual([]);
    const next = await pooler.connect(database);
    const left = await next.query(
      "select current_setting('search_path') p, current_setting('work_mem') w, current_user::text u, to_regclass('pg_temp.leak') t",
    );
    await next.end();
    expect(left.rows).toEqual([{ p: '"$user", public', w: "4MB", u: "migrator", t: null }]);
    expect((await down(pooled(), "1")).undone).toHaveLength(12);
    expect((await down(pooled(), "0")).version).toBe("");
  });

  it("lets several runners, pooled and not, apply each file once", async () => {
    const set = await load();
    const ways = [pooled(), pooled(), pooled(), optionsFor(cluster, database), pooled()];
    const results: UpResult[] = await Promise.all(ways.map((options) => up(options, set)));
    const applied = results.flatMap((result) => result.applied.map(({ version }) => version));
    expect(applied.sort()).toEqual(set.migrations.map(({ version }) => version));
    expect(results.map(({ version }) => version)).toEqual(ways.map(() => "0012"));
    expect(cluster.log()).not.toContain("deadlock detected");
  });

  it("refuses files outside a transaction with the reason, before it touches anything", async () => {
    folder.add(13, "index", "-- migrator: no-transaction\ncreate index concurrently i on app.t2 (v);");
    const refused = await up(pooled(), await load()).catch((reason: unknown) => reason);
    expect(refused).toBeInstanceOf(PooledConnectionError);
    expect(String(refused)).toMatch(/"V0013__index.up.sql" run outside a transaction, but a pooler stands before/);
    expect(await rows("select to_regnamespace('migrations') m")).toEqual([{ m: null }]);
  });

  it("waits for a runner with a connection of its own and names it at the deadline", async () => {
    await up(optionsFor(cluster, database), await load());
    folder.add(13, "slow", "select pg_sleep(2);").add(14, "more", "create table app.more ();");
    const set = await load();
    const begun = Promise.withResolvers<undefined>();
    const holder = up(
      {
        ...optionsFor(cluster, database),
        onProgress: ({ step }) => {
          if (step === "starting") begun.resolve(undefined);
        },
      },
      set,
    );
    await begun.promise;
    const impatient = await up({ ...pooled(), runnerLockTimeoutMs: 200 }, set).catch((reason: unknown) => reason);
    expect(impatient).toBeInstanceOf(LockTimeoutError);
    expect(String(impatient)).toMatch(/pid \d+, application ".*", connected since .*, active since .*V0013__slow/);
    const patient = await up(pooled(), set);
    expect([(await holder).applied.length, patient.applied.length]).toEqual([2, 0]);
  });

  it("takes a baseline", async () => {
    await rows("create schema app authorization migration_owner");
    expect(await baseline(pooled(), "10", "made by hand")).toEqual({ made: true });
    expect((await up(pooled(), await load())).applied.map(({ version }) => version)).toEqual(["0011", "0012"]);
  });
});

describe("behind PgBouncer in session mode", () => {
  it("trusts the pooler as little, for nothing tells the modes apart", async () => {
    const session = await poolMigrator(cluster, "session");
    try {
      const options = { ...optionsFor(cluster, database), connect: () => session.connect(database) };
      expect((await up(options, await load())).applied).toHaveLength(12);
      folder.add(13, "index", "-- migrator: no-transaction\ncreate index concurrently i on app.t2 (v);");
      await expect(up(options, await load())).rejects.toThrow(PooledConnectionError);
    } finally {
      await session.stop();
    }
  });
});
