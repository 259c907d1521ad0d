import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { LockTimeoutError, up } from "../../migrator/index.ts";
import { MigrationTest } from "../support/migration-test.ts";
import type { ChildJob } from "../support/migrate-child.ts";

const migrations = new MigrationTest((folder) => folder.add(1, "schema", "create schema app;"));
const { load, options, rows } = migrations;

/** Waits until a query finds rows. */
async function until(sql: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await rows(sql)).length === 0) {
    if (Date.now() > deadline) throw new Error(`never true: ${sql}`);
    await sleep(20);
  }
}

function spawnRunner(change: Partial<ChildJob> = {}): ReturnType<typeof spawn> {
  const job: ChildJob = {
    port: migrations.cluster.port,
    database: migrations.database,
    folder: migrations.folder.path,
    killAfter: 0,
    ...change,
  };
  const script = new URL("../support/migrate-child.ts", import.meta.url).pathname;
  return spawn(process.execPath, [script, JSON.stringify(job)], {
    stdio: "ignore",
    env: { ...process.env, NODE_OPTIONS: "" },
  });
}

describe("several runners", () => {
  const full = process.env["TEST_FULL"] === "1";
  it.each(full ? [2, 8, 32] : [4])(
    "apply each of many files once while indexes are built concurrently, without a deadlock (%i processes)",
    async (runners) => {
      const files = full ? 200 : 20;
      for (let number = 2; number <= files; number += 2) {
        const table = `app.t${String(number)}`;
        const index = `create index concurrently i${String(number)} on ${table} (v);`;
        migrations.folder.add(number, "table", `create table ${table} as select generate_series(1, 2000) v;`);
        migrations.folder.add(number + 1, "index", `-- migrator: no-transaction\n${index}`);
      }
      const versions = (await load()).migrations.map(({ version }) => version);
      const children = Array.from({ length: runners }, () => spawnRunner({ runnerLockTimeoutMs: 500_000 }));
      const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as number | null));
      expect(codes).toEqual(children.map(() => 0));
      expect(await rows("select version v from migrations.migration_event where kind = 'applied' order by id")).toEqual(
        versions.map((v) => ({ v })),
      );
      expect(await rows("select version v from migrations.schema_history order by installed_rank")).toEqual(
        versions.map((v) => ({ v })),
      );
      expect(await rows("select indexrelid::regclass from pg_index where not indisvalid")).toEqual([]);
      expect(migrations.cluster.log()).not.toContain("deadlock detected");
    },
    600_000,
  );

  it("give up at the deadline and name who holds the lock", async () => {
    migrations.folder.add(2, "slow", "select pg_sleep(3);");
    const set = await load();
    const holder = up(
      { ...options(), connect: () => migrations.cluster.connect(migrations.database, "migrator", "test") },
      set,
    );
    await until("select from pg_stat_activity where query like '%pg_sleep(3)%' and pid <> pg_backend_pid()");
    const [active] = await rows(
      "select pid from pg_stat_activity where query like '%pg_sleep(3)%' and pid <> pg_backend_pid()",
    );
    const refused = await up({ ...options(), runnerLockTimeoutMs: 200 }, set).catch((reason: unknown) => reason);
    expect(refused).toBeInstanceOf(LockTimeoutError);
    expect(String(refused)).toMatch(new RegExp(`pid ${String(active?.["pid"])}, .*connected since .*, active`));
    await holder;
  });

  it("name the one that was stopped and does not go on, at the deadline", async () => {
    migrations.folder.add(2, "slow", "select pg_sleep(2); create table app.done ();");
    const child = spawnRunner();
    await until("select from pg_stat_activity where query like '%pg_sleep(2)%' and pid <> pg_backend_pid()");
    child.kill("SIGSTOP");
    try {
      await until("select from pg_stat_activity where state = 'idle' and query like '%pg_sleep(2)%'");
      const [stopped] = await rows(
        "select pid from pg_stat_activity where state = 'idle' and query like '%pg_sleep(2)%'",
      );
      const refused = await up(
        { ...options(), runnerLockTimeoutMs: 300 },
        await load().then((set) => ({
          ...set,
          migrations: [...set.migrations, { ...set.migrations[1]!, version: "0003", file: "V0003__x.up.sql" }],
        })),
      ).catch((reason: unknown) => reason);
      expect(refused).toBeInstanceOf(LockTimeoutError);
      expect(String(refused)).toMatch(
        new RegExp(`pid ${String(stopped?.["pid"])}, .*idle since .*last ran migration "V0002__slow.up.sql"`),
      );
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  });

  it("let others read while they wait for a long reader, and succeed when it ends", async () => {
    migrations.folder.add(2, "table", "create table app.t as select generate_series(1, 1000) v;");
    await up(options(), await load());
    migrations.folder.add(3, "alter", "alter table app.t add column w int;");
    const long = await migrations.cluster.connect(migrations.database);
    await long.query("begin; select count(*) from app.t");
    const set = await load();
    const run = up({ ...options(), retryDelayMs: 500 }, set);
    const delays: number[] = [];
    const reader = await migrations.cluster.connect(migrations.database);
    for (const end = Date.now() + 6_000; Date.now() < end;) {
      const began = performance.now();
      await reader.query("select count(*) from app.t");
      delays.push(performance.now() - began);
      await sleep(20);
    }
    await long.query("rollback");
    expect((await run).version).toBe("0003");
    delays.sort((left, right) => left - right);
    expect(delays[Math.floor(delays.length * 0.99)]).toBeLessThan(2_200);
    await Promise.all([long.end(), reader.end()]);
  });

  it("take over within three seconds from one that was killed", async () => {
    migrations.folder.add(2, "slow", "select pg_sleep(8); create table app.done ();");
    const child = spawnRunner();
    await until("select from pg_stat_activity where query like '%pg_sleep(8)%' and pid <> pg_backend_pid()");
    child.kill("SIGKILL");
    await once(child, "exit");
    const killed = Date.now();
    migrations.folder.add(2, "slow", "create table app.done ();");
    const result = await up(options(), await load());
    expect(Date.now() - killed).toBeLessThan(3_000);
    expect(result.applied.map(({ version }) => version)).toEqual(["0002"]);
  });

  it("roll back when the lock was lost before the commit", async () => {
    migrations.folder.add(2, "unlocks", "create table app.t (); select pg_advisory_unlock_all();");
    await expect(up(options(), await load())).rejects.toThrow(/lock was lost before the commit/);
    expect(await rows("select to_regclass('app.t') t")).toEqual([{ t: null }]);
  });

  it("read the history after the backend was terminated, and go on", async () => {
    migrations.folder.add(2, "ends_itself", "create table app.t ();");
    migrations.folder.add(3, "more", "create table app.u ();");
    let lost = false;
    const quick = options();
    const result = await up(
      {
        ...quick,
        onProgress: (progress) => {
          if (progress.step !== "starting" || progress.file !== "V0002__ends_itself.up.sql" || lost) return;
          lost = true;
          void rows("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'migrator'");
        },
      },
      await load(),
    );
    expect(lost).toBe(true);
    expect(result.version).toBe("0003");
    expect(await rows("select count(*)::int n from migrations.schema_history")).toEqual([{ n: 3 }]);
  });
});
