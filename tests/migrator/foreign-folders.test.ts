// Folders of Flyway and dbmate, read into the same shapes; what cannot be run as those tools would is refused.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type FolderFormat, loadMigrations, MigrationFilesError, type MigrationSet } from "../../migrator/index.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function load(format: FolderFormat, files: Record<string, string>): Promise<MigrationSet> {
  const folder = mkdtempSync(join(tmpdir(), "foreign-"));
  folders.push(folder);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return await loadMigrations({ folder, format });
}

async function refusal(format: FolderFormat, files: Record<string, string>): Promise<string> {
  const error = await load(format, files).catch((reason: unknown) => reason);
  if (!(error instanceof MigrationFilesError)) throw new Error("was accepted");
  return error.message;
}

const both = "-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n";

describe("a Flyway folder", () => {
  it("is read in the order of its dotted versions, with undo, repeatable and sub-folder", async () => {
    const set = await load("flyway", {
      "V1.10__later.sql": "",
      "V1_2__Some words.sql": "select 1;",
      "V2.sql": "",
      "more/V1.2.1__deep.sql": "create table a(id int);",
      "U1.2__some_words.sql": "select 2;",
      "R__Some_view.sql": "select 3;",
    });
    expect(
      set.migrations.map(({ version, description, file, down }) => [version, description, file, down?.file]),
    ).toEqual([
      ["1.2", "Some words", "V1_2__Some words.sql", "U1.2__some_words.sql"],
      ["1.2.1", "deep", "more/V1.2.1__deep.sql", undefined],
      ["1.10", "later", "V1.10__later.sql", undefined],
      ["2", "", "V2.sql", undefined],
    ]);
    expect(set.migrations[1]?.checksum).toBe(-1193849269);
    expect(set.repeatables.map(({ description, file }) => [description, file])).toEqual([
      ["Some view", "R__Some_view.sql"],
    ]);
  });

  it("runs a file outside a transaction where its statements or its settings say so", async () => {
    const { migrations } = await load("flyway", {
      "V1__index.sql": "create index concurrently i on s.t (a);",
      "V2__plain.sql": "select 1;",
      "V2__plain.sql.conf": "executeInTransaction=false\n",
      "V3__plain.sql": "select 1;",
    });
    expect(migrations.map(({ transactional }) => transactional)).toEqual([false, false, true]);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      "a placeholder",
      { "V1__a.sql": "select 1;\nselect '${name}';" },
      'V1__a.sql:2:9: placeholder "${name}" is not filled in',
    ],
    ["a baseline script", { "B5__state.sql": "" }, "B5__state.sql: is a baseline script"],
    ["a callback", { "beforeMigrate.sql": "" }, "callbacks are not run"],
    ["a small letter", { "v1__a.sql": "" }, "v1__a.sql: name is not understood"],
    ["one version twice", { "V1__a.sql": "", "V1.0__b.sql": "" }, "has the same number as"],
    ["an undo of nothing", { "U1__a.sql": "" }, "undoes version 1, which is not there"],
    [
      "a repeatable that cannot be in a transaction",
      { "R__a.sql": "vacuum;" },
      "R__a.sql:1: runs outside a transaction",
    ],
  ])("is refused for %s", async (_, files, says) => {
    expect(await refusal("flyway", files)).toContain(says);
  });
});

describe("a dbmate folder", () => {
  it("is read with both ways of each file", async () => {
    const { migrations } = await load("dbmate", {
      "20260101_first.sql": both,
      "20260102_index.sql": "-- words\n-- migrate:up transaction:false\nvacuum;\n\n-- migrate:down\n",
    });
    expect(migrations.map(({ version, description, transactional }) => [version, description, transactional])).toEqual([
      ["20260101", "first", true],
      ["20260102", "index", false],
    ]);
    expect(
      migrations.map(({ statements, down }) => [statements[0]?.line, down?.statements.map(({ text }) => text)]),
    ).toEqual([
      [2, ["select 2"]],
      [3, []],
    ]);
  });

  it.each<[string, Record<string, string>, string]>([
    ["a file without mark", { "1_a.sql": "select 1;" }, "1_a.sql:1: has no mark for its way up"],
    ["two pairs in a file", { "1_a.sql": both + both }, "1_a.sql:5: has a second mark for its way up"],
    ["an unknown option", { "1_a.sql": "-- migrate:up transaction:no\n" }, 'unknown option "transaction:no"'],
    [
      "numbers that sort otherwise as text",
      { "10_b.sql": both, "9_a.sql": both },
      '9_a.sql: dbmate runs it after "10_b.sql"',
    ],
    ["a name without number", { "a.sql": both }, "a.sql: name is not understood"],
    ["VACUUM in a transaction", { "1_a.sql": "-- migrate:up\nvacuum;" }, "cannot run inside a transaction"],
  ])("is refused for %s", async (_, files, says) => {
    expect(await refusal("dbmate", files)).toContain(says);
  });
});
