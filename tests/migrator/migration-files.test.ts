import { afterEach, describe, expect, it } from "@jest/globals";
import { sha256 } from "../../migrator/files/checksum.ts";
import { loadMigrations, MigrationFilesError, readMigrations, writeSum } from "../../migrator/index.ts";
import { MigrationFolder } from "../support/migration-folder.ts";

const folders: MigrationFolder[] = [];
function folderOf(files: Record<string, string | Uint8Array>): MigrationFolder {
  const folder = new MigrationFolder(files);
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

async function problems(files: Record<string, string | Uint8Array>): Promise<string> {
  const error = await loadMigrations({ folder: folderOf(files).path }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MigrationFilesError)) throw new Error("was accepted");
  return error.message;
}

const pair = (stem: string, up: string, down = "select 1;"): Record<string, string> => ({
  [`${stem}.up.sql`]: up,
  [`${stem}.down.sql`]: down,
});

describe("migration files", () => {
  it("are read in the order of their numbers with their way back", async () => {
    const files = { ...pair("V2__add_b", "select 2;"), ...pair("V1__add_a", "select 1;"), "README.md": "words" };
    const { migrations } = await loadMigrations({ folder: folderOf(files).path });
    expect(migrations.map(({ version, description, file, down }) => [version, description, file, down?.file])).toEqual([
      ["1", "add a", "V1__add_a.up.sql", "V1__add_a.down.sql"],
      ["2", "add b", "V2__add_b.up.sql", "V2__add_b.down.sql"],
    ]);
  });

  it("are cut into statements by PostgreSQL's grammar, with lines, around comments and quotes", async () => {
    const sql = [
      "-- é: a comment; with a semicolon",
      "select 'a;b', $x$ ; $x$, E'\\';';",
      "/* a /* nested; */ comment */ create function f() returns int begin atomic select 1; select 2; end;;",
      "",
      "select 3",
    ].join("\n");
    const { migrations } = await loadMigrations({ folder: folderOf(pair("V1__cut", sql)).path });
    expect(migrations[0]?.statements.map(({ kind, line, text }) => [kind, line, text])).toEqual([
      ["SelectStmt", 2, "select 'a;b', $x$ ; $x$, E'\\';'"],
      ["CreateFunctionStmt", 3, "create function f() returns int begin atomic select 1; select 2; end"],
      ["SelectStmt", 5, "select 3"],
    ]);
  });

  it("may stand outside a transaction by their first line", async () => {
    const sql = "-- migrator: no-transaction\ncreate index concurrently i on s.t (a);";
    const { migrations } = await loadMigrations({ folder: folderOf(pair("V1__index", sql)).path });
    expect(migrations[0]?.transactional).toBe(false);
    expect(migrations[0]?.statements[0]).toMatchObject({
      outsideTransaction: true,
      concurrentIndex: { name: "i", schema: "s", table: "t" },
    });
  });

  it("may hold both ways in one file, with the file's lines", async () => {
    const sql = "-- words\n-- migrator: up no-transaction\nvacuum;\n\n-- migrator: down\nselect 1;\nselect 2;\n";
    const { migrations } = await loadMigrations({ folder: folderOf({ "V1__both.sql": sql }).path });
    expect(migrations).toHaveLength(1);
    const [migration] = migrations;
    expect(migration).toMatchObject({ file: "V1__both.sql", description: "both", transactional: false });
    expect(migration?.sha256).toBe(sha256(sql));
    expect(migration?.statements.map(({ text, line }) => [text, line])).toEqual([["vacuum", 3]]);
    expect(migration?.down).toMatchObject({ file: "V1__both.sql", transactional: true });
    expect(migration?.down?.statements.map(({ text, line }) => [text, line])).toEqual([
      ["select 1", 6],
      ["select 2", 7],
    ]);
  });

  it("may be repeatable, ordered by their words", async () => {
    const folder = folderOf({ ...pair("V1__a", ""), "R__views.sql": "select 1;", "R__functions.sql": "" });
    const { repeatables } = await loadMigrations({ folder: folder.path });
    expect(repeatables.map(({ file, description }) => [file, description])).toEqual([
      ["R__functions.sql", "functions"],
      ["R__views.sql", "views"],
    ]);
    expect(repeatables[1]?.statements).toHaveLength(1);
  });

  it("have seeds beside them, by number, then by name, for the environments that their head names", async () => {
    const seeds = folderOf({
      "S__albums.sql": "",
      "S__tracks.sql": "-- migrator: environments=local,dev\nselect 1;",
      "S2__b.sql": "",
      "S1__a.sql": "-- words\n-- migrator: environments=prod\n",
    });
    const { seeds: found } = await loadMigrations({
      folder: folderOf(pair("V1__a", "")).path,
      seedsFolder: seeds.path,
    });
    expect(found.map(({ file, description, environments }) => [file, description, environments])).toEqual([
      ["S1__a.sql", "1 a", ["prod"]],
      ["S2__b.sql", "2 b", []],
      ["S__albums.sql", "albums", []],
      ["S__tracks.sql", "tracks", ["local", "dev"]],
    ]);
  });

  it("refuse a seed outside a transaction", () => {
    const seedsFolder = folderOf({ "S__a.sql": "-- migrator: no-transaction\nvacuum;" }).path;
    expect(() => readMigrations({ folder: folderOf(pair("V1__a", "")).path, seedsFolder })).toThrow(
      'S__a.sql:1: unknown option "no-transaction"; expected "-- migrator: environments=local,dev"',
    );
  });

  it("may leave numbers out where that is the policy", async () => {
    const folder = folderOf({ ...pair("V1__a", ""), ...pair("V7__b", "") }).path;
    writeSum({ folder, gaps: "allow" });
    const { migrations } = await loadMigrations({ folder, gaps: "allow" });
    expect(migrations.map(({ version }) => version)).toEqual(["1", "7"]);
  });

  it.each<[string, Record<string, string | Uint8Array>, string]>([
    ["a name without number", { "create.sql": "" }, 'create.sql: name is not understood; expected the form "V0001'],
    ["a name in capitals", pair("V1__Create", ""), "name is not understood"],
    ["a small v", pair("v1__create", ""), "name is not understood"],
    ["an up file alone", { "V1__a.up.sql": "" }, 'V1__a.up.sql: has no way back; expected "V1__a.down.sql"'],
    ["one file without marks", { "V1__a.sql": "select 1;" }, "V1__a.sql:1: has no mark for its way up"],
    ["one file without a way back", { "V1__a.sql": "-- migrator: up\nselect 1;" }, "V1__a.sql: has no way back"],
    [
      "SQL before the first mark",
      { "V1__a.sql": "-- words\nselect 0;\n-- migrator: up\n-- migrator: down" },
      "V1__a.sql:2: SQL stands before the first mark",
    ],
    [
      "a mark twice",
      { "V1__a.sql": "-- migrator: up\n-- migrator: down\n-- migrator: up" },
      "V1__a.sql:3: has a second mark for its way up",
    ],
    [
      "a mark inside a literal",
      { "V1__a.sql": "-- migrator: up\nselect $$\n-- migrator: down\n$$;" },
      "V1__a.sql:2:8: unterminated dollar-quoted string",
    ],
    ["a mark in a file of a pair", pair("V1__a", "-- migrator: up\nselect 1;"), 'V1__a.up.sql:1: unknown option "up"'],
    [
      "one number as a pair and as one file",
      { ...pair("V1__a", ""), "V1__b.sql": "-- migrator: up\n-- migrator: down" },
      "has the same number as",
    ],
    [
      "a down file alone",
      { "V1__a.down.sql": "" },
      'V1__a.down.sql: has no up file of the same name; expected "V1__a.up',
    ],
    ["one number twice", { ...pair("V1__a", ""), ...pair("V01__b", "") }, "has the same number as"],
    [
      "a gap",
      { ...pair("V1__a", ""), ...pair("V3__c", "") },
      "V3__c.up.sql: leaves a gap (3 follows 1); expected number 2",
    ],
    ["a start above 1", pair("V2__a", ""), "expected number 1"],
    ["names that differ in case only", { ...pair("V1__a", ""), "v1__a.up.sql": "" }, "in case only"],
    [
      "Latin-1",
      { ...pair("V1__a", ""), "V1__a.up.sql": Buffer.from("select 1;\nselect 'é';\n", "latin1") },
      "V1__a.up.sql:2: is not UTF-8 here (Latin-1?)",
    ],
    [
      "Latin-1 in its only line",
      { ...pair("V1__a", ""), "V1__a.up.sql": Buffer.from("select 'é'", "latin1") },
      "V1__a.up.sql:1: is not UTF-8 here",
    ],
    [
      "UTF-16 of the other byte order",
      { ...pair("V1__a", ""), "V1__a.up.sql": Buffer.from("\uFEFFselect 1;", "utf16le").swap16() },
      "V1__a.up.sql:1: is UTF-16; expected UTF-8",
    ],
    [
      "UTF-16",
      { ...pair("V1__a", ""), "V1__a.up.sql": Buffer.from("\uFEFFselect 1;", "utf16le") },
      "V1__a.up.sql:1: is UTF-16; expected UTF-8",
    ],
    ["a NUL byte", pair("V1__a", "select 1;\nselect '\0';"), "V1__a.up.sql:2: holds a NUL byte"],
    ["an unknown option", pair("V1__a", "-- migrator: fast\nselect 1;"), 'V1__a.up.sql:1: unknown option "fast"'],
    [
      "an option after the first statement",
      pair("V1__a", "-- words\nselect 1;\n-- migrator: no-transaction\n"),
      'V1__a.up.sql:3: option "no-transaction" stands after the first statement',
    ],
    ["environments of a migration", pair("V1__a", "-- migrator: environments=dev"), "unknown option"],
    ["a syntax error", pair("V1__a", "select 1;\n\nselect é frm t t;"), "V1__a.up.sql:3:14: syntax error at or near"],
    ["a syntax error in a down file", pair("V1__a", "", "drop tabel t;"), "V1__a.down.sql:1:6: syntax error"],
    [
      "SQL that only PostgreSQL 18 knows",
      pair("V1__a", "create table t (a int check (a > 0) not enforced);"),
      "syntax error",
    ],
    ["transaction control", pair("V1__a", "select 1;\ncommit;"), 'V1__a.up.sql:2: "commit" controls the transaction'],
    ["a psql command", pair("V1__a", "\\connect other\n"), "Commands of psql are not SQL"],
    ["COPY data", pair("V1__a", "copy t from stdin;\n1\t2\n\\.\n"), "COPY"],
    ["DISCARD", pair("V1__a", "discard all;"), "DISCARD would throw away"],
    ["a concurrent index in a transaction", pair("V1__a", "create index concurrently i on t (a);"), "no-transaction"],
    ["VACUUM in a transaction", pair("V1__a", "vacuum;"), "cannot run inside a transaction"],
  ])("refuses %s", async (_, files, says) => {
    expect(await problems(files)).toContain(says);
  });

  it("reports every problem at once", async () => {
    const text = await problems({ ...pair("V1__a", "selec 1;"), ...pair("V3__c", "vacuum;"), "notes.sql": "" });
    expect(text.split("\n").slice(1)).toHaveLength(3);
    expect(text).toContain("notes.sql");
    expect(text).toContain("migrations.sum: is missing");
    expect(text).toContain("V3__c.up.sql: leaves a gap");
  });

  it("refuses a folder that is not there", () => {
    expect(() => readMigrations({ folder: "/nowhere/at/all" })).toThrow(/cannot be read/);
  });
});
