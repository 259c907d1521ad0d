// A file is sent while the one before it is under way; it must never run when that one did not.
import { describe, expect, it } from "@jest/globals";
import pg from "pg";
import { loadMigrations, MigrationFailedError, type Progress, up } from "../../migrator/index.ts";
import { MigrationTest } from "../support/migration-test.ts";

const migrations = new MigrationTest((folder) =>
  folder.add(1, "schema", "create schema app; create table app.t (id int primary key);"),
);
const { options, run, rows } = migrations;

const applied = (): Promise<Record<string, unknown>[]> =>
  rows("select version from migrations.schema_history order by installed_rank");

describe("a file that was sent behind another", () => {
  it("stays out when that one fails", async () => {
    migrations.folder.add(2, "wrong", "insert into app.t values (1), (1);").add(3, "next", "create table app.u ();");
    await expect(run()).rejects.toThrow(/^V0002__wrong\.up\.sql:1:1: duplicate key/);
    expect(await applied()).toEqual([{ version: "0001" }]);
  });

  it("stays out when that one fails at its commit, which ends the transaction", async () => {
    const wrong =
      "create table app.c (t int references app.t deferrable initially deferred); insert into app.c values (9);";
    migrations.folder.add(2, "wrong", wrong).add(3, "next", "create table app.u ();");
    await expect(run()).rejects.toThrow(/SQLSTATE 23503\) at COMMIT/);
    expect(await applied()).toEqual([{ version: "0001" }]);
    expect(await rows("select to_regclass('app.u') u, to_regclass('app.c') c")).toEqual([{ u: null, c: null }]);
  });

  it("stays out when the server cannot read that one, and so never begins a transaction", async () => {
    // Backslashes escape for this login: what the grammar takes for a whole string has no end.
    const otherwise = async (): Promise<pg.Client> => {
      const { host, port } = migrations.cluster;
      const login = { host, port, database: migrations.database, user: "migrator", password: "test" };
      const client = new pg.Client({ ...login, options: "-c standard_conforming_strings=off" });
      await client.connect();
      return client;
    };
    migrations.folder.add(2, "unread", "select 'a\\';").add(3, "next", "create table app.u ();");
    const set = await loadMigrations({ folder: migrations.folder.path });
    await expect(up({ ...options(), connect: otherwise }, set)).rejects.toThrow(MigrationFailedError);
    expect(await applied()).toEqual([{ version: "0001" }]);
    expect(await rows("select to_regclass('app.u') u")).toEqual([{ u: null }]);
  });

  it("waits for that one's other tries, and each runs once", async () => {
    await run();
    const reader = await migrations.cluster.connect(migrations.database);
    await reader.query("begin; select from app.t");
    migrations.folder.add(2, "waits", "alter table app.t add column v int;").add(3, "next", "create table app.u ();");
    const steps: string[] = [];
    const onProgress = (progress: Progress): void => {
      if (progress.step === "retrying") void reader.query("rollback");
      if ("file" in progress) steps.push(`${progress.step} ${progress.file.slice(0, 5)}`);
    };
    const set = await loadMigrations({ folder: migrations.folder.path });
    await up({ ...options(), onProgress, lockTimeoutMs: 100 }, set);
    await reader.end();
    expect(steps).toEqual(["starting V0002", "retrying V0002", "done V0002", "starting V0003", "done V0003"]);
    expect(await applied()).toEqual([{ version: "0001" }, { version: "0002" }, { version: "0003" }]);
  });
});
