import { afterEach, describe, expect, it } from "@jest/globals";
import { loadMigrations, MigrationFilesError, readMigrations } from "../../migrator/index.ts";
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

  it.each<[string, Record<string, string | Uint8Array>, string]>([
    ["a name without number", { "create.sql": "" }, 'create.sql: name is not understood; expected the form "V0001'],
    ["a name in capitals", pair("V1__Create", ""), "name is not understood"],
    ["a small v", pair("v1__create", ""), "name is not understood"],
    ["an up file alone", { "V1__a.up.sql": "" }, 'V1__a.up.sql: has no way back; expected "V1__a.down.sql"'],
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
      "bytes that are not UTF-8",
      { ...pair("V1__a", ""), "V1__a.up.sql": new Uint8Array([0xff]) },
      "V1__a.up.sql: is not readable as UTF-8",
    ],
    ["a NUL byte", pair("V1__a", "select 1;\nselect '\0';"), "V1__a.up.sql:2: holds a NUL byte"],
    ["an unknown option", pair("V1__a", "-- migrator: fast\nselect 1;"), 'V1__a.up.sql:1: unknown option "fast"'],
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
    expect(text.split("\n").slice(1)).toHaveLength(2);
    expect(text).toContain("notes.sql");
    expect(text).toContain("V3__c.up.sql: leaves a gap");
  });

  it("refuses a folder that is not there", () => {
    expect(() => readMigrations({ folder: "/nowhere/at/all" })).toThrow(/cannot be read/);
  });
});
