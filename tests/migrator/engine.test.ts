import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  down,
  DownRefusedError,
  loadMigrations,
  MigrationFailedError,
  PlanError,
  status,
  up,
  type UpResult,
  verify,
} from "../../migrator/index.ts";
import { MigrationTest } from "../support/migration-test.ts";
import { MigrationFolder } from "../support/migration-folder.ts";

const migrations = new MigrationTest();
const { load, options, rows, run } = migrations;

function threeTables(): void {
  migrations.folder
    .add(1, "make_a", "create schema app; create table app.a (id int primary key);", "drop schema app cascade;")
    .add(2, "make_b", "create table app.b (id int);", "drop table app.b;")
    .add(3, "make_c", "create table app.c (id int);", "drop table app.c;");
}

async function failure(): Promise<MigrationFailedError> {
  const error = await run().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof MigrationFailedError) return error;
  throw new Error("did not fail as expected", { cause: error });
}

describe("up", () => {
  it("applies all files once, and nothing the second time", async () => {
    threeTables();
    const first = await run();
    expect(first.applied.map(({ version }) => version)).toEqual(["0001", "0002", "0003"]);
    expect(first).toMatchObject({ version: "0003", total: 3 });
    expect((await run()).applied).toEqual([]);
    expect(await rows("select count(*)::int n from migrations.schema_history")).toEqual([{ n: 3 }]);
  });

  it("writes the history as Flyway would", async () => {
    migrations.folder
      .add(1, "make_a", "create table public.a(id int);".replace("public.", "") + "\n")
      .add(2, "x", "select 1;");
    const searching = { ...options(), searchPath: ["public"] };
    await rows("grant create on schema public to migration_owner");
    await up(searching, await load());
    const columns = await rows(
      `select column_name || ' ' || data_type || coalesce('(' || character_maximum_length || ')', '') ||
         case is_nullable when 'NO' then ' not null' else '' end || coalesce(' ' || column_default, '') c
       from information_schema.columns where table_schema = 'migrations' and table_name = 'schema_history' order by ordinal_position`,
    );
    expect(columns.map(({ c }) => c)).toEqual([
      "installed_rank integer not null",
      "version character varying(50)",
      "description character varying(200) not null",
      "type character varying(20) not null",
      "script character varying(1000) not null",
      "checksum integer",
      "installed_by character varying(100) not null",
      "installed_on timestamp without time zone not null now()",
      "execution_time integer not null",
      "success boolean not null",
    ]);
    const indexes = await rows("select indexname from pg_indexes where tablename = 'schema_history' order by 1");
    expect(indexes.map(({ indexname }) => indexname)).toEqual(["schema_history_pk", "schema_history_s_idx"]);
    const history = await rows(
      "select installed_rank, version, description, type, script, checksum, installed_by, success from migrations.schema_history",
    );
    expect(history[0]).toEqual({
      installed_rank: 1,
      version: "0001",
      description: "make a",
      type: "SQL",
      script: "V0001__make_a.up.sql",
      checksum: -1193849269,
      installed_by: "migrator",
      success: true,
    });
  });

  it("gives everything to the owner's role, the history included", async () => {
    threeTables();
    await run();
    const owners = await rows(
      "select distinct pg_get_userbyid(relowner) o from pg_class join pg_namespace n on n.oid = relnamespace where nspname in ('app', 'migrations')",
    );
    expect(owners).toEqual([{ o: "migration_owner" }]);
  });

  it("shows file, line, caret and SQLSTATE, leaves nothing of the file, and resumes", async () => {
    threeTables();
    const wrong = "create table app.d (id int);\n\n  alter table app.missing\n    add column x int;\n";
    migrations.folder.add(
      3,
      "make_c",
      "create table app.c (id int);\ninsert into app.b select id, 'é' from app.b where nothing;\n",
    );
    migrations.folder.add(4, "make_d", wrong);
    const first = await failure();
    expect(first.message).toBe(
      [
        'V0003__make_c.up.sql:2:51: column "nothing" does not exist (SQLSTATE 42703)',
        "2 | insert into app.b select id, 'é' from app.b where nothing;",
        "                                                      ^",
        "Nothing of this file is left; the files before it are applied. Correct the file, then run up again.",
      ].join("\n"),
    );
    expect(await rows("select to_regclass('app.c') c, to_regclass('app.b')::text b")).toEqual([
      { c: null, b: "app.b" },
    ]);

    migrations.folder.add(3, "make_c", "create table app.c (id int);");
    const second = await failure();
    expect(second.message).toContain(
      'V0004__make_d.up.sql:3:3: relation "app.missing" does not exist (SQLSTATE 42P01)\n',
    );
    expect(second.failure.line).toBe(3);

    migrations.folder.add(4, "make_d", wrong.replace("app.missing", "app.c"));
    expect((await run()).applied.map(({ version }) => version)).toEqual(["0004"]);
    const log = await rows("select kind, version, line, sqlstate from migrations.migration_event order by id");
    expect(log).toEqual([
      { kind: "applied", version: "0001", line: null, sqlstate: null },
      { kind: "applied", version: "0002", line: null, sqlstate: null },
      { kind: "failed", version: "0003", line: 2, sqlstate: "42703" },
      { kind: "applied", version: "0003", line: null, sqlstate: null },
      { kind: "failed", version: "0004", line: 3, sqlstate: "42P01" },
      { kind: "applied", version: "0004", line: null, sqlstate: null },
    ]);
  });

  it("places an error that only the commit finds", async () => {
    migrations.folder.add(
      1,
      "deferred",
      "create schema app; create table app.p (id int primary key);\ncreate table app.c (p int references app.p initially deferred);\ninsert into app.c values (1);\n",
    );
    expect((await failure()).message).toContain("(SQLSTATE 23503) at COMMIT");
    expect(await rows("select to_regnamespace('app') n")).toEqual([{ n: null }]);
  });

  it("gives no row's value away in an error or in the log", async () => {
    migrations.folder.add(
      1,
      "rows",
      "create schema app; create table app.t (v text); insert into app.t values ('canary-77'), ('canary-77');",
    );
    await run();
    for (const sql of [
      "create unique index u on app.t (v);",
      "alter table app.t alter v type int using v::int;",
      "alter table app.t add constraint c check (v = 'x');",
      "select v::date from app.t;",
    ]) {
      migrations.folder.add(2, "fails", sql);
      const error = await failure();
      const everything = `${error.message} ${JSON.stringify(error)} ${String(error.cause)} ${error.stack ?? ""}`;
      expect(everything).toContain("SQLSTATE");
      expect(everything).not.toContain("canary");
    }
    expect(JSON.stringify(await rows("select * from migrations.migration_event"))).not.toContain("canary");
  });

  it("keeps one file's settings from the next, and gives files an empty search_path", async () => {
    migrations.folder
      .add(
        1,
        "settings",
        "set search_path = pg_temp; reset role; set lock_timeout = '1h'; set work_mem = '1MB'; create temp table leak (id int);",
      )
      .add(
        2,
        "looks",
        "create schema app; create table app.seen as select current_setting('search_path') p, current_setting('lock_timeout') l, current_setting('work_mem') w, current_user::text u;",
      );
    await run();
    expect(await rows("select * from app.seen")).toEqual([{ p: '""', l: "2s", w: "4MB", u: "migration_owner" }]);
  });

  it("tries again when a lock is not free yet", async () => {
    threeTables();
    await run();
    migrations.folder.add(4, "alter_a", "alter table app.a add column x int;");
    const reader = await migrations.cluster.connect(migrations.database);
    await reader.query("begin; select * from app.a");
    const retries: string[] = [];
    const done = up(
      {
        ...options(),
        lockTimeoutMs: 100,
        onProgress: (progress) => {
          if (progress.step !== "retrying") return;
          retries.push(progress.message);
          if (retries.length === 2) void reader.query("rollback");
        },
      },
      await load(),
    );
    expect((await done).applied).toHaveLength(1);
    expect(retries.length).toBeGreaterThanOrEqual(2);
    expect(retries[0]).toContain("lock timeout");
    await reader.end();
  });

  it("runs seeds after the migrations, again only when they changed", async () => {
    threeTables();
    const seeds = new MigrationFolder({ "S0001__a.sql": "insert into app.a values (1) on conflict do nothing;" });
    const go = async (): Promise<UpResult> =>
      up(options(), await loadMigrations({ folder: migrations.folder.path, seedsFolder: seeds.path }));
    expect((await go()).seeded).toEqual(["S0001__a.sql"]);
    expect((await go()).seeded).toEqual([]);
    seeds.write("S0001__a.sql", "insert into app.a values (1), (2) on conflict do nothing;");
    expect((await go()).seeded).toEqual(["S0001__a.sql"]);
    expect(await rows("select id from app.a order by id")).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await rows("select script from migrations.migration_seed")).toEqual([{ script: "S0001__a.sql" }]);
    expect(await rows("select from migrations.schema_history where version is null")).toEqual([]);
    seeds.remove();
  });
});

describe("refusals in front of the server", () => {
  beforeEach(async () => {
    threeTables();
    await run();
  });
  const refused = async (): Promise<string[]> => {
    const error = await run().catch((reason: unknown) => reason);
    if (!(error instanceof PlanError)) throw new Error("was not refused", { cause: error });
    return error.problems.map(({ name }) => name);
  };

  it("refuses an edited migration, whatever it would have done", async () => {
    migrations.folder.add(2, "make_b", "create table app.b (id  int);", "drop table app.b;");
    expect(await refused()).toEqual(["EditedMigrationError"]);
  });

  it("accepts other line ends", async () => {
    migrations.folder.add(2, "make_b", "\uFEFFcreate table app.b (id int);");
    expect((await run()).applied).toEqual([]);
  });

  it("refuses a missing migration and a renamed one", async () => {
    migrations.folder.delete("V0003__make_c.up.sql", "V0003__make_c.down.sql");
    expect(await refused()).toEqual(["MissingMigrationError"]);
    migrations.folder.add(3, "make_sea", "create table app.c (id int);");
    expect(await refused()).toEqual(["RenamedMigrationError"]);
  });

  it("verifies as a login that can only read, and names what is pending", async () => {
    const reader = { connect: () => migrations.cluster.connect(migrations.database, "reader", "test") };
    expect(await verify(reader, await load())).toMatchObject({ version: "0003", pending: [] });
    migrations.folder.add(4, "more", "select 1;");
    await expect(verify(reader, await load())).rejects.toThrow(/"V0004__more.up.sql": is not applied/);
  });

  it("keeps the log append-only", async () => {
    await expect(rows("update migrations.migration_event set kind = 'failed'")).rejects.toThrow(/append-only/);
    await expect(rows("delete from migrations.migration_event")).rejects.toThrow(/append-only/);
  });
});

describe("down", () => {
  beforeEach(async () => {
    threeTables();
    await run();
  });

  it("goes back with the stored scripts when the files are gone, and up again", async () => {
    const before = await load();
    migrations.folder.delete(
      "V0003__make_c.up.sql",
      "V0003__make_c.down.sql",
      "V0002__make_b.up.sql",
      "V0002__make_b.down.sql",
    );
    const result = await down(options(), "1");
    expect(result.undone.map(({ file }) => file)).toEqual(["V0003__make_c.up.sql", "V0002__make_b.up.sql"]);
    expect(result.version).toBe("0001");
    expect(await rows("select to_regclass('app.b') b, to_regclass('app.a')::text a")).toEqual([
      { b: null, a: "app.a" },
    ]);
    expect((await up(options(), before)).applied).toHaveLength(2);
    expect((await down(options(), "0")).version).toBe("");
    expect(await rows("select * from migrations.schema_history")).toEqual([]);
  });

  it.each(["present", "deleted"])("goes down to each version and up again, files %s", async (files) => {
    const set = await load();
    const shape = (): Promise<Record<string, unknown>[]> =>
      rows(`select relname, relkind, relacl, (select json_agg((attname, atttypid) order by attnum) from pg_attribute
              where attrelid = pg_class.oid) from pg_class where relnamespace = to_regnamespace('app') order by 1`);
    const shapes = [await shape()];
    if (files === "deleted")
      migrations.folder.delete(...set.migrations.flatMap(({ file }) => [file, file.replace(".up.", ".down.")]));
    for (const version of ["2", "1", "0"]) {
      await down(options(), version);
      shapes.unshift(await shape());
    }
    for (const target of [0, 1, 2, 3]) {
      await up(options(), { ...set, migrations: set.migrations.slice(0, target) });
      expect(await shape()).toEqual(shapes[target]);
      for (let lower = target - 1; lower >= 0; lower -= 1) {
        await down(options(), String(lower));
        expect(await shape()).toEqual(shapes[lower]);
        await up(options(), { ...set, migrations: set.migrations.slice(0, target) });
        expect(await shape()).toEqual(shapes[target]);
      }
    }
  });

  it("refuses a version that is not applied, before anything runs", async () => {
    await expect(down(options(), "7")).rejects.toThrow(DownRefusedError);
    await expect(down(options(), "latest")).rejects.toThrow(/target is no version \("latest"\)/);
    expect((await status(options(), await load())).version).toBe("0003");
  });

  it("leaves a file applied whose way back fails, and says where", async () => {
    await rows("create view public.v as select * from app.b");
    const error = await down(options(), "0").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MigrationFailedError);
    expect(String(error)).toContain("V0002__make_b.down.sql:1:1: cannot drop table app.b");
    expect((await status(options(), await load())).version).toBe("0002");
  });
});
