import { describe, expect, it } from "@jest/globals";
import type pg from "pg";
import {
  InterruptedError,
  MigrationFailedError,
  type MigratorOptions,
  type Progress,
  up,
} from "../../migrator/index.ts";
import { MigrationTest } from "../support/migration-test.ts";

const migrations = new MigrationTest((folder) =>
  folder.add(1, "schema", "create schema app; create table app.t (v int);"),
);
const { load, options, rows } = migrations;

const log = (): Promise<Record<string, unknown>[]> =>
  rows("select kind, script from migrations.migration_event order by id");

interface Interruption {
  error: unknown;
  tookMs: number;
}

/** Runs up, and interrupts it so long after a file began. */
async function interruptIn(
  file: string,
  afterMs: number,
  change: Partial<MigratorOptions> = {},
): Promise<Interruption> {
  const controller = new AbortController();
  let aborted = 0;
  const error: unknown = await up(
    {
      ...options(),
      signal: controller.signal,
      onProgress: (progress) => {
        if (progress.step !== "starting" || progress.file !== file) return;
        setTimeout(() => {
          aborted = performance.now();
          controller.abort();
        }, afterMs);
      },
      ...change,
    },
    await load(),
  ).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, tookMs: performance.now() - aborted };
}

describe("an interrupted run", () => {
  it("lets the file under way finish when it is quick, stops before the next one and records that", async () => {
    migrations.folder.add(2, "quick", "select pg_sleep(1);").add(3, "next", "create table app.u ();");
    const { error } = await interruptIn("V0002__quick.up.sql", 100);
    expect(error).toBeInstanceOf(InterruptedError);
    expect(String(error)).toContain('before "V0003__next.up.sql"');
    expect((await log()).slice(-2)).toEqual([
      { kind: "applied", script: "V0002__quick.up.sql" },
      { kind: "interrupted", script: "V0003__next.up.sql" },
    ]);
  });

  it("cancels a long file within four seconds, leaves nothing of it and records that", async () => {
    migrations.folder.add(2, "long", "create table app.u (); select pg_sleep(30);");
    const { error, tookMs } = await interruptIn("V0002__long.up.sql", 100);
    expect(error).toBeInstanceOf(InterruptedError);
    expect(String(error)).toContain("nothing of it is left");
    expect(tookMs).toBeLessThan(4_000);
    expect(await rows("select to_regclass('app.u') u")).toEqual([{ u: null }]);
    expect((await log()).at(-1)).toEqual({ kind: "interrupted", script: "V0002__long.up.sql" });
  });

  it("goes on later with an index build that was cancelled", async () => {
    migrations.folder.add(
      2,
      "index",
      "-- migrator: no-transaction\ncreate index concurrently i on app.t (v);\nvacuum app.t;",
    );
    await up(options(), await load().then((set) => ({ ...set, migrations: set.migrations.slice(0, 1) })));
    const reader = await migrations.cluster.connect(migrations.database);
    await reader.query("begin; insert into app.t values (1)");
    const { error, tookMs } = await interruptIn("V0002__index.up.sql", 100);
    expect(error).toBeInstanceOf(InterruptedError);
    expect(tookMs).toBeLessThan(4_000);
    await reader.query("rollback");
    await reader.end();
    await up(options(), await load());
    expect(
      await rows("select indexrelid::regclass::text i, indisvalid v from pg_index where indrelid = 'app.t'::regclass"),
    ).toEqual([{ i: "app.i", v: true }]);
  });

  it("ends in time when no second connection can be had", async () => {
    migrations.folder.add(2, "long", "select pg_sleep(30);");
    const own = options();
    let connections = 0;
    const connect = (): Promise<pg.Client> => {
      connections += 1;
      return connections === 1 ? own.connect() : Promise.reject(new Error("too many"));
    };
    const { error, tookMs } = await interruptIn("V0002__long.up.sql", 100, { connect });
    expect(error).toBeInstanceOf(InterruptedError);
    expect(tookMs).toBeLessThan(4_000);
  });

  it("gives up its wait for another runner at once", async () => {
    migrations.folder.add(2, "slow", "select pg_sleep(2);");
    const set = await load();
    const begun = Promise.withResolvers<undefined>();
    const onProgress = (): void => begun.resolve(undefined);
    const holder = up({ ...options(), onProgress }, set);
    await begun.promise;
    const controller = new AbortController();
    const waiting = up({ ...options(), signal: controller.signal, onProgress: () => controller.abort() }, set);
    await expect(waiting).rejects.toThrow(InterruptedError);
    await holder;
  });
});

describe("a statement that takes long", () => {
  it("tells its age, and how far an index build is", async () => {
    migrations.folder
      .add(2, "sleep", "select pg_sleep(1);")
      .add(3, "rows", "insert into app.t select generate_series(1, 1000);")
      .add(
        4,
        "slow_function",
        "create function app.slow(v int) returns int immutable language plpgsql as $$ begin perform pg_sleep(0.002); return v; end $$;",
      )
      .add(5, "index", "-- migrator: no-transaction\ncreate index concurrently i on app.t (app.slow(v));");
    const heard: Progress[] = [];
    await up({ ...options(), progressIntervalMs: 200, onProgress: (progress) => heard.push(progress) }, await load());
    const running = heard.flatMap((progress) => (progress.step === "running" ? [progress] : []));
    const ages = running.filter(({ file }) => file === "V0002__sleep.up.sql").map(({ ageMs }) => ageMs);
    expect(ages.length).toBeGreaterThan(1);
    expect([...ages].sort((left, right) => left - right)).toEqual(ages);
    const build = running.filter(({ file }) => file === "V0005__index.up.sql").map(({ message }) => message);
    expect(build.join("\n")).toMatch(/building index.*, \d+ of \d+ (?:rows|blocks)/);
  });

  it("ends at statement_timeout where one is set", async () => {
    migrations.folder.add(2, "long", "select pg_sleep(30);");
    const set = await load();
    const error = await up({ ...options(), statementTimeoutMs: 300 }, set).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MigrationFailedError);
    expect(String(error)).toContain(
      "V0002__long.up.sql:1:1: canceling statement due to statement timeout (SQLSTATE 57014)",
    );
  });

  it("names who blocks it, and of what they run only the kind", async () => {
    migrations.folder.add(2, "alter", "alter table app.t add w int;");
    const set = await load();
    await up(options(), { ...set, migrations: set.migrations.slice(0, 1) });
    const reader = await migrations.cluster.connect(migrations.database, "migrator", "test");
    await reader.query("set application_name = 'a report'");
    const { rows: own } = await reader
      .query<{ pid: number }>("begin; set role migration_owner")
      .then(() => reader.query("select pg_backend_pid() pid"));
    await reader.query("select 'canary' from app.t");
    const error = String(
      await up({ ...options(), lockTimeoutMs: 400, retries: 1 }, set).catch((reason: unknown) => reason),
    );
    await reader.end();
    expect(error).toContain(`Blocked by pid ${String(own[0]?.pid)}, application "a report", connected since `);
    expect(error).toMatch(/idle in transaction since .*, last ran "SELECT"/);
    expect(error).not.toContain("canary");
  });
});
