// Lint: the engine's own rules, squawk's, where a finding points at, and how a file says that it is meant.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { linter, type LintScope } from "../../lint/lint.ts";
import { type Finding, loadMigrations, writeSum } from "../../migrator/index.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "lint-"));
  folders.push(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

async function lint(files: Record<string, string>, scope: LintScope = "own", seeds?: string): Promise<Finding[]> {
  const folder = folderOf(files);
  writeSum({ folder });
  const seedsFolder = seeds === undefined ? undefined : folderOf({ "S__seed.sql": seeds });
  return (await loadMigrations({ folder, seedsFolder, linter: linter(scope) })).findings;
}

const up = (sql: string): Record<string, string> => ({ "V1__a.up.sql": sql, "V1__a.down.sql": "" });
const short = ({ file, line, column, rule, severity }: Finding): string =>
  `${file}:${String(line)}:${String(column)} ${severity} ${rule}`;

describe("the engine's own rules", () => {
  it.each([
    ["a role's password", "create role r login password 'canary-1'"],
    ["a changed password", "alter role r password 'canary-1'"],
    [
      "a subscription's password",
      "create subscription s connection 'host=h password=canary-1' publication p with (connect = false)",
    ],
    ["a URL with a password", "insert into s.t values ('postgresql://me:canary-1@host/db') on conflict do nothing"],
    ["a user mapping's password", "create user mapping for r server s options (user 'a', password 'canary-1')"],
    ["a private key", "insert into s.t values ('-----BEGIN RSA PRIVATE KEY-----canary-1')"],
    ["a password in dynamic SQL", "do $$ begin execute 'alter role r password ''canary-1'''; end $$"],
    ["a connection string in a function's call", "select x.dblink('dbname=d user=u password=canary-1', 'select 1')"],
  ])("find %s and never print it", async (_, sql) => {
    const findings = await lint(up(`select 1;\n  ${sql};`));
    expect(findings.map(short)).toContain("V1__a.up.sql:2:3 error secret");
    expect(JSON.stringify(findings)).not.toContain("canary");
  });

  it.each([
    "create role r password null",
    "alter role r nologin",
    "select * from s.t where password = 'x'",
    "comment on column s.t.password is 'hash of the password; never in clear'",
    "select 'https://example.com/a:b@c'",
  ])("find no secret in %s", async (sql) => {
    expect((await lint(up(sql))).filter(({ rule }) => rule === "secret")).toEqual([]);
  });

  it.each([
    ["select * from migrations.schema_history", true],
    ["drop table migrations.migration_event", true],
    ["create schema migrations", true],
    ["grant usage on schema migrations to r", true],
    ["drop schema migrations cascade", true],
    ["alter table s.t set schema migrations", true],
    ["create function migrations.f() returns int language sql return 1", true],
    ["create table s.migrations (a int)", false],
    ["select migrations from s.t", false],
    ["comment on table s.t is 'migrations'", false],
  ])("say whether %s touches the history: %s", async (sql, touches) => {
    expect((await lint(up(sql))).some(({ rule }) => rule === "history-schema")).toBe(touches);
  });

  it.each([
    ["create table t (a int)", ["t"]],
    ["alter table s.t add constraint c foreign key (a) references u (a)", ["u"]],
    ["create view s.v as with x as (select 1) select * from x, y, pg_class", ["y"]],
    ["drop table t, s.u", ["t"]],
    ["create function f() returns int language sql return 1", ["f"]],
    ["create type e as enum ('a')", ["e"]],
    ["create temporary table t (a int)", []],
    ["create index i on s.t (a)", []],
    ["create trigger tr before insert on s.t for each row execute function s.f()", []],
  ])("name what has no schema in %s", async (sql, names) => {
    const found = (await lint(up(sql))).filter(({ rule }) => rule === "missing-schema");
    expect(found.map(({ message }) => /"(.*?)"/.exec(message)?.[1])).toEqual(names);
  });

  it("warn of a second statement outside a transaction", async () => {
    const index = (name: string): string => `create index concurrently ${name} on s.t (a);\n`;
    const findings = await lint(up(`-- migrator: no-transaction\n${index("i")}${index("j")}${index("k")}`));
    expect(findings.map(short)).toEqual(["V1__a.up.sql:3:1 warning several-outside"]);
  });

  it.each([
    ["insert into s.t values (1)", false],
    ["insert into s.t values (1) on conflict do nothing", true],
    ["insert into s.t select 1 where not exists (select from s.t)", true],
    ["delete from s.t where a = 1; insert into s.t values (1)", true],
    ["update s.t set a = 1", true],
    ["create table s.t (a int)", false],
    ["create table if not exists s.t (a int)", true],
    ["create view s.v as select 1", false],
    ["create or replace view s.v as select 1", true],
    ["drop view if exists s.v; create view s.v as select 1", true],
    ["drop view s.v", false],
    ["alter table s.t add column a int", false],
    ["alter table s.t add column if not exists a int", true],
    ["create type s.e as enum ('a')", false],
    ["create temporary table x (a int)", true],
  ])("say whether a seed or a repeatable can run again with %s: %s", async (sql, again) => {
    const asSeed = await lint(up(""), "own", sql);
    const asRepeatable = await lint({ ...up(""), "R__r.sql": sql });
    for (const findings of [asSeed, asRepeatable]) {
      expect(findings.every(({ rule }) => rule !== "runs-once")).toBe(again);
    }
  });
});

describe("an ignore", () => {
  it("takes its rules out of its file, where it gives a reason", async () => {
    const sql =
      "-- migrator: ignore missing-schema,secret because a test of both\ncreate role r password 'x';\nselect * from t;";
    expect(await lint(up(sql))).toEqual([]);
    const other = { ...up(sql), "V2__b.up.sql": "select * from t;", "V2__b.down.sql": "" };
    expect((await lint(other)).map(short)).toEqual(["V2__b.up.sql:1:1 warning missing-schema"]);
  });

  it.each(["-- migrator: ignore missing-schema", "-- migrator: ignore missing-schema because ", "-- migrator: ignore"])(
    "without a reason is an error: %s",
    async (comment) => {
      expect((await lint(up(`select 1;\n${comment}\nselect * from t;`))).map(short)).toEqual([
        "V1__a.up.sql:2:1 error ignore-without-reason",
        "V1__a.up.sql:3:1 warning missing-schema",
      ]);
    },
  );
});

describe("squawk", () => {
  it("points at line and column as editors count them", async () => {
    const findings = await lint(up("-- é\nselect 'é🎵'; alter table s.t rename a to b;"), "all");
    expect(findings.map(short)).toEqual(["V1__a.up.sql:2:30 warning renaming-column"]);
  });

  it("fails what breaks any table with rows, and warns of the rest", async () => {
    const findings = await lint(
      up("alter table s.t add a bigint not null;\ncreate index i on s.t (a);\ntruncate s.t cascade;"),
      "all",
    );
    expect(findings.map(short)).toEqual([
      "V1__a.up.sql:1:17 error adding-required-field",
      "V1__a.up.sql:2:1 warning require-concurrent-index-creation",
      "V1__a.up.sql:3:14 error ban-truncate-cascade",
    ]);
  });

  it("leaves ways back alone, in files of their own and below a mark", async () => {
    const both = "-- migrator: up\nselect 1;\n-- migrator: down\ndrop table s.t;\n";
    expect(await lint({ "V1__a.sql": both }, "all")).toEqual([]);
    expect(await lint({ "V1__a.up.sql": "", "V1__a.down.sql": "drop table s.t;" }, "all")).toEqual([]);
    expect((await lint({ "V1__a.sql": both.replace("select 1", "drop table s.t") }, "all")).map(short)).toEqual([
      "V1__a.sql:2:1 warning ban-drop-table",
    ]);
  });

  it("obeys its own comments and the engine's", async () => {
    const own = "-- squawk-ignore ban-drop-table\ndrop table s.t;";
    expect(await lint(up(own), "all")).toEqual([]);
    expect(
      await lint(up("-- migrator: ignore ban-drop-table because nobody reads it\ndrop table s.t;"), "all"),
    ).toEqual([]);
  });

  it("has nothing to say of the project's own files", async () => {
    const sql = join(import.meta.dirname, "../../sql");
    const { findings } = await loadMigrations({
      folder: join(sql, "migrations"),
      seedsFolder: join(sql, "seeds"),
      linter: linter("all"),
    });
    expect(findings.map(short)).toEqual([]);
  });

  it("is missed by name where it is not installed, and the engine's own rules still run", () => {
    const folder = folderOf(up("create role r password 'x';"));
    const root = join(import.meta.dirname, "../..");
    for (const room of ["migrator", "lint"]) cpSync(join(root, room), join(folder, room), { recursive: true });
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(join(root, "node_modules/libpg-query"), join(folder, "node_modules/libpg-query"));
    const script = `
      import { linter } from "./lint/lint.ts";
      import { loadMigrations } from "./migrator/files/load.ts";
      import { writeSum } from "./migrator/files/migration-files.ts";
      writeSum({ folder: "." });
      const { findings } = await loadMigrations({ folder: ".", linter: linter("all") });
      console.log(JSON.stringify(findings.map(({ rule }) => rule)));`;
    writeFileSync(join(folder, "script.ts"), script);
    const output = execFileSync(process.execPath, ["--no-warnings", "script.ts"], { cwd: folder, encoding: "utf8" });
    expect(JSON.parse(output)).toEqual(["squawk-missing", "secret"]);
  });

  it("gets a thousand files in one go", async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `V${String(index + 1)}__table`);
    const files = names.flatMap((name): [string, string][] => [
      [`${name}.up.sql`, "drop table s.t;"],
      [`${name}.down.sql`, ""],
    ]);
    expect(await lint(Object.fromEntries(files), "all")).toHaveLength(1000);
  }, 30_000);
});
