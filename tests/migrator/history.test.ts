import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  adopt,
  type AdoptableTool,
  AdoptionRefusedError,
  baseline,
  BaselineRefusedError,
  down,
  DownRefusedError,
  type MigrationSet,
  PlanError,
  readDatabase,
  repair,
  RepairRefusedError,
  status,
  UnknownOutcomeError,
  up,
  verify,
} from "../../migrator/index.ts";
import { MigrationTest } from "../support/migration-test.ts";

const migrations = new MigrationTest((folder) =>
  folder
    .add(1, "schema", "create schema app;", "drop schema app;")
    .add(2, "make_b", "create table app.b (id int);", "drop table app.b;")
    .add(3, "make_c", "create table app.c (id int);", "drop table app.c;"),
);
const { load, options, rows } = migrations;

const history = (): Promise<Record<string, unknown>[]> =>
  rows("select installed_rank r, version v, type t, script s from migrations.schema_history order by 1");
const log = async (): Promise<string[]> =>
  (await rows("select concat_ws(' ', kind, version, message) e from migrations.migration_event order by id")).map(
    ({ e }) => String(e),
  );

describe("baseline", () => {
  it("stands for everything up to its version, once", async () => {
    await rows("create schema app authorization migration_owner; create table app.b (id int)");
    expect(await baseline(options(), "0002", "made by hand in 2019")).toEqual({ made: true });
    expect(await baseline(options(), "0002", "again")).toEqual({ made: false });
    expect((await status(options(), await load())).pending).toEqual(["V0003__make_c.up.sql"]);
    expect((await up(options(), await load())).applied.map(({ version }) => version)).toEqual(["0003"]);
    await verify(options(), await load());
    expect(await history()).toEqual([
      { r: 1, v: "0002", t: "BASELINE", s: "<< Flyway Baseline >>" },
      { r: 2, v: "0003", t: "SQL", s: "V0003__make_c.up.sql" },
    ]);
    expect(await log()).toEqual(["baselined 0002 made by hand in 2019", "applied 0003"]);
    await expect(down(options(), "0")).rejects.toThrow(/version 0 is not applied; expected one of: 0002, 0003/);
    expect((await down(options(), "2")).version).toBe("0002");
  });

  it("begins to watch: what others change from then on is drift", async () => {
    await rows("create schema app authorization migration_owner; create table app.b (id int)");
    await baseline(options(), "0002", "made by hand in 2019");
    expect((await readDatabase(options())).drift.state).toBe("none");
    await rows("create table app.foreign_hand ()");
    expect((await readDatabase(options())).drift.objects.map(({ name }) => name)).toEqual(["app.foreign_hand"]);
  });

  it("is refused where migrations were applied, and for what is no version", async () => {
    await up(options(), await load());
    await expect(baseline(options(), "2", "")).rejects.toThrow(BaselineRefusedError);
    await expect(baseline(options(), "two", "")).rejects.toThrow(/version is none \("two"\)/);
  });
});

describe("repair", () => {
  it("begins to watch where nothing was, and hides no drift where something was", async () => {
    await up(options(), await load());
    const edit = (comment: string): void => {
      migrations.folder.add(3, "make_c", `create table app.c (id int); -- ${comment}`, "drop table app.c;");
    };
    await rows("delete from migrations.migration_catalog");
    edit("once");
    await repair(options(), await load(), { reason: "a test" });
    expect((await readDatabase(options())).drift.state).toBe("none");
    await rows("create table app.foreign_hand ()");
    edit("twice");
    await repair(options(), await load(), { reason: "a test" });
    expect((await readDatabase(options())).drift.objects.map(({ name }) => name)).toEqual(["app.foreign_hand"]);
  });

  beforeEach(async () => {
    await up(options(), await load());
  });

  it("takes over edited files, marks missing ones, removes failed rows, and logs each with the reason", async () => {
    migrations.folder.add(1, "schema", "create schema app; -- why");
    migrations.folder.add(2, "make_bee", "create table app.b (id int);");
    migrations.folder.delete(
      "V0002__make_b.up.sql",
      "V0002__make_b.down.sql",
      "V0003__make_c.up.sql",
      "V0003__make_c.down.sql",
    );
    await rows(
      `insert into migrations.schema_history values (4, '0004', 'x', 'SQL', 'V0004__x.up.sql', 1, 'x', now(), 0, false)`,
    );
    const set = await load();
    await expect(up(options(), set)).rejects.toThrow(PlanError);
    await expect(repair(options(), set, { reason: " " })).rejects.toThrow(RepairRefusedError);
    const dry = await repair(options(), set, { reason: "", dryRun: true });
    const events = await log();
    expect(dry.map(({ kind, file }) => `${kind} ${file}`)).toEqual([
      "realigned V0001__schema.up.sql",
      "realigned V0002__make_b.up.sql",
      "deleted V0003__make_c.up.sql",
      "removed V0004__x.up.sql",
    ]);
    expect(await log()).toEqual(events);
    expect(await repair(options(), set, { reason: "squashed by hand" })).toEqual(dry);
    expect(await repair(options(), set, { reason: "again" })).toEqual([]);
    await verify(options(), set);
    expect((await log()).slice(-4)).toEqual(
      dry.map(
        ({ kind, version, message }) => `repaired ${String(version)} ${kind}: ${message}. Reason: squashed by hand`,
      ),
    );
    expect(await history()).toEqual([
      { r: 1, v: "0001", t: "SQL", s: "V0001__schema.up.sql" },
      { r: 2, v: "0002", t: "SQL", s: "V0002__make_bee.up.sql" },
      { r: 3, v: "0003", t: "SQL", s: "V0003__make_c.up.sql" },
      { r: 5, v: "0003", t: "DELETE", s: "V0003__make_c.up.sql" },
    ]);
    // The file is back: it is pending again, and runs.
    migrations.folder.add(3, "make_c", "create table if not exists app.c (id int);", "drop table app.c;");
    expect((await up(options(), await load())).applied.map(({ version }) => version)).toEqual(["0003"]);
    // The stored way back belongs to what was applied.
    expect((await down(options(), "0")).undone).toHaveLength(3);
  });

  it("leaves a file under another number to people", async () => {
    const [first, second, third] = (await load()).migrations;
    const moved = { ...third!, version: "0004", file: "V0004__make_c.up.sql" };
    const set = { migrations: [first!, second!, moved], seeds: [], repeatables: [], findings: [] };
    const before = await history();
    await expect(repair(options(), set, { reason: "x" })).rejects.toThrow(
      /"V0003__make_c.up.sql" stand .* another number/,
    );
    expect(await history()).toEqual(before);
  });

  it("lets a block run again that was interrupted and may have committed a part of its work", async () => {
    const block =
      "do $$ begin for i in 1..3 loop insert into app.c values (i); commit; end loop; perform pg_sleep(20); end $$;";
    migrations.folder.add(4, "backfill", `-- migrator: no-transaction\n${block}`);
    const set = await load();
    const run = up({ ...options(), retryDelayMs: 50 }, set).catch((reason: unknown) => reason);
    for (let found = 0; found < 3; found = (await rows("select from app.c")).length);
    await rows("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'migrator'");
    const error = await run;
    expect(error).toBeInstanceOf(UnknownOutcomeError);
    expect(String(error)).toContain('"V0004__backfill.up.sql": line 2 was interrupted');
    expect(await rows("select from app.c")).toHaveLength(3);
    const repairs = await repair(options(), set, { reason: "looked: three rows, the rest is not needed" });
    expect(repairs).toMatchObject([{ kind: "forgotten", file: "V0004__backfill.up.sql" }]);
    migrations.folder.add(4, "backfill", `-- migrator: no-transaction\nvacuum app.c;`);
    expect((await up(options(), await load())).applied).toHaveLength(1);
  });
});

describe("down", () => {
  it("refuses, before it touches anything, to pass a migration without a way back", async () => {
    const set = await load();
    const [first, second, third] = set.migrations;
    await up(options(), { ...set, migrations: [first!, { ...second!, down: null }, third!] });
    const before = await history();
    const refused = await down(options(), "1").catch((reason: unknown) => reason);
    expect(refused).toBeInstanceOf(DownRefusedError);
    expect(String(refused)).toContain("no script is stored for V0002__make_b.up.sql");
    expect(await history()).toEqual(before);
    expect(await rows("select to_regclass('app.c')::text c")).toEqual([{ c: "app.c" }]);
    expect((await down(options(), "2")).undone).toHaveLength(1);
  });
});

describe("repeatables and seeds", () => {
  const text = (file: string, sql: string, environments: string[] = []): MigrationSet["seeds"][number] => ({
    file,
    sql,
    sha256: sql,
    transactional: true,
    statements: [],
    description: file.replace(/^R__|\.sql$/g, ""),
    checksum: sql.length,
    environments,
  });

  it("runs repeatables after the versions whenever they changed, as rows of Flyway's", async () => {
    const set = await load();
    const view = (column: string): MigrationSet => ({
      ...set,
      repeatables: [text("R__view.sql", `create or replace view app.v as select id as ${column} from app.b`)],
    });
    expect((await up(options(), view("x"))).repeated).toEqual(["R__view.sql"]);
    expect((await up(options(), view("x"))).repeated).toEqual([]);
    expect((await status(options(), { ...set, repeatables: [text("R__view.sql", "select 2")] })).pending).toEqual([
      "R__view.sql",
    ]);
    expect(
      (await up(options(), { ...set, repeatables: [text("R__view.sql", "drop view app.v")] })).repeated,
    ).toHaveLength(1);
    expect((await history()).slice(3)).toEqual([
      { r: 4, v: null, t: "SQL", s: "R__view.sql" },
      { r: 5, v: null, t: "SQL", s: "R__view.sql" },
    ]);
    expect((await down(options(), "0")).version).toBe("");
  });

  it("runs the seeds of its environment and those of every one", async () => {
    const set = {
      ...(await load()),
      seeds: [
        text("S0001__all.sql", "insert into app.b values (1)"),
        text("S0002__dev.sql", "insert into app.b values (2)", ["dev", "local"]),
        text("S0003__prod.sql", "insert into app.b values (3)", ["prod"]),
      ],
    };
    expect((await up({ ...options(), environment: "dev" }, set)).seeded).toEqual(["S0001__all.sql", "S0002__dev.sql"]);
    expect(await rows("select id from app.b order by 1")).toEqual([{ id: 1 }, { id: 2 }]);
    expect((await status(options(), set)).pending).toEqual([]);
    expect((await up({ ...options(), environment: "prod" }, set)).seeded).toEqual(["S0003__prod.sql"]);
  });
});

describe("adoption", () => {
  const flywayTable = `create table flyway_schema_history (installed_rank int primary key, version varchar(50), description varchar(200) not null,
    type varchar(20) not null, script varchar(1000) not null, checksum int, installed_by varchar(100) not null,
    installed_on timestamp not null default now(), execution_time int not null, success boolean not null);
    grant select on flyway_schema_history to migrator;`;
  const grant = "grant select on all tables in schema public to migrator;";
  const applied = "create schema app authorization migration_owner; create table app.b (id int);";
  const tools: [AdoptableTool, string][] = [
    [
      "dbmate",
      "create table schema_migrations (version varchar primary key); insert into schema_migrations values ('0001'), ('2');",
    ],
    [
      "golang-migrate",
      "create table schema_migrations (version bigint primary key, dirty boolean not null); insert into schema_migrations values (2, false);",
    ],
    [
      "node-pg-migrate",
      "create table pgmigrations (id serial, name varchar(255) not null, run_on timestamp not null); insert into pgmigrations (name, run_on) values ('0001_schema', '2020-01-02'), ('0002_make-b', '2020-01-03');",
    ],
  ];

  it.each(tools)("takes over the history of %s", async (from, sql) => {
    await rows(`${applied} ${sql} ${grant}`);
    const set = await load();
    const files = ["V0001__schema.up.sql", "V0002__make_b.up.sql"];
    expect(await adopt(options(), set, { from, dryRun: true })).toEqual(files);
    expect(await rows("select to_regnamespace('migrations') m")).toEqual([{ m: null }]);
    expect(await adopt(options(), set, { from })).toEqual(files);
    expect(await adopt(options(), set, { from })).toEqual(files);
    expect((await history()).map(({ v }) => v)).toEqual(["0001", "0002"]);
    expect((await log())[0]).toMatch(new RegExp(`^adopted 0001 from ${from}, public\\.`));
    expect((await up(options(), set)).applied.map(({ version }) => version)).toEqual(["0003"]);
    await verify(options(), set);
  });

  it("takes over Flyway's history with baseline, deletions and repeatables", async () => {
    const set = await load();
    const [, second] = set.migrations;
    await rows(`${applied} ${flywayTable} insert into flyway_schema_history values
      (1, '1', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', null, 'x', '2020-01-02', 0, true),
      (2, '2', 'make b', 'SQL', 'V2__make_b.sql', ${second!.checksum}, 'x', '2020-01-03', 5, true),
      (3, '9', 'gone', 'SQL', 'V9__gone.sql', 1, 'x', '2020-01-03', 5, true),
      (4, '9', 'gone', 'DELETE', 'V9__gone.sql', 1, 'x', '2020-01-04', 0, true)`);
    expect(await adopt(options(), set, { from: "flyway" })).toEqual(["V0002__make_b.up.sql"]);
    expect(
      await rows(
        "select version v, type t, installed_on::text o from migrations.schema_history order by installed_rank",
      ),
    ).toMatchObject([
      { v: "1", t: "BASELINE" },
      { v: "0002", t: "SQL", o: "2020-01-03 00:00:00" },
    ]);
    expect((await up(options(), set)).applied.map(({ version }) => version)).toEqual(["0003"]);
    await verify(options(), set);
  });

  const refused: [string, AdoptableTool, string, RegExp][] = [
    [
      "a row without a file",
      "dbmate",
      "create table schema_migrations (version varchar); insert into schema_migrations values ('0001'), ('7'), ('x');",
      /"7" fits no file\n  "x" fits no file/,
    ],
    [
      "a dirty version",
      "golang-migrate",
      "create table schema_migrations (version bigint, dirty boolean); insert into schema_migrations values (2, true);",
      /version 2 is dirty/,
    ],
    [
      "another tool's table",
      "golang-migrate",
      "create table schema_migrations (version varchar);",
      /has the columns version; expected version, dirty/,
    ],
    ["a table that is not there", "node-pg-migrate", "", /history "public.pgmigrations": does not exist/],
    [
      "a name that fits no file",
      "node-pg-migrate",
      "create table pgmigrations (id int, name text, run_on timestamp); insert into pgmigrations values (1, '0001_other', now());",
      /"0001_other" fits no file/,
    ],
    [
      "a failed row",
      "flyway",
      `${flywayTable} insert into flyway_schema_history values (1, '1', 'schema', 'SQL', 'V1__schema.sql', null, 'x', now(), 0, false);`,
      /"V1__schema.sql" failed/,
    ],
    [
      "another checksum",
      "flyway",
      `${flywayTable} insert into flyway_schema_history values (1, '1', 'schema', 'SQL', 'V1__schema.sql', 5, 'x', now(), 0, true);`,
      /"V1__schema.sql" has the checksum 5, its file -?\d+/,
    ],
    [
      "a gap",
      "dbmate",
      "create table schema_migrations (version varchar); insert into schema_migrations values ('0002');",
      /"V0001__schema.up.sql": was never applied/,
    ],
  ];
  it.each(refused)("refuses %s (%s)", async (_what, from, sql, message) => {
    await rows(`${sql} ${grant}`);
    const error = await adopt(options(), await load(), { from }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AdoptionRefusedError);
    expect(String(error)).toMatch(message);
    expect(await rows("select to_regclass('migrations.schema_history') h")).toEqual([{ h: null }]);
  });
});
