// The short way of a run that has nothing to do: it may only be taken when that is sure.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type MigrationFolders, up, upToDate, loadMigrations } from "../../migrator/index.ts";
import { MigrationFolder } from "../support/migration-folder.ts";
import { MigrationTest } from "../support/migration-test.ts";

const migrations = new MigrationTest((folder) =>
  folder.add(1, "schema", "create schema app;\ncreate table app.t (v int);\n", "drop schema app cascade;"),
);
const { options, rows } = migrations;
let seeds: MigrationFolder;
const folders = (): MigrationFolders => ({ folder: migrations.folder.path, seedsFolder: seeds.path });

beforeEach(async () => {
  seeds = new MigrationFolder({ "S0001__rows.sql": "insert into app.t values (1);" });
  migrations.folder.write("R__view.sql", "create or replace view app.w as select v from app.t;");
  await up(options(), await loadMigrations(folders()));
});
afterEach(() => {
  seeds.remove();
});

const edit = (file: string, text: string | Uint8Array): void => {
  writeFileSync(join(migrations.folder.path, file), text);
};

describe("a run that has nothing to do", () => {
  it("is told without a lock and without a parsed file", async () => {
    expect(await upToDate(options(), folders())).toEqual({
      ...{ version: "0001", total: 1 },
      ...{ applied: [], repeated: [], seeded: [] },
    });
  });

  it("does not mind other line ends or a byte order mark", async () => {
    edit("V0001__schema.up.sql", "\uFEFFcreate schema app;\r\ncreate table app.t (v int);\r\n");
    expect(await upToDate(options(), folders())).not.toBeNull();
  });

  it.each<[string, () => unknown]>([
    ["an edited file", () => edit("V0001__schema.up.sql", "create schema app;\ncreate table app.t (v int );\n")],
    ["a new file", () => migrations.folder.add(2, "more", "select 1;")],
    ["a file that is gone", () => migrations.folder.delete("V0001__schema.up.sql", "V0001__schema.down.sql")],
    [
      "a renamed file",
      () => {
        migrations.folder.delete("V0001__schema.up.sql");
        edit("V0001__scheme.up.sql", "create schema app;\ncreate table app.t (v int);\n");
      },
    ],
    ["a file whose name is not understood", () => edit("notes.sql", "")],
    [
      "an edited repeatable",
      () => migrations.folder.write("R__view.sql", "create or replace view app.w as select 2 as v;"),
    ],
    ["an edited seed", () => seeds.write("S0001__rows.sql", "insert into app.t values (2);")],
    ["another format", () => undefined],
    ["a missing snapshot of the catalog", () => rows("delete from migrations.migration_catalog")],
    ["an unfinished file", () => rows("insert into migrations.migration_progress values ('x', 0, 'y', false)")],
    ["a failed row", () => rows("update migrations.schema_history set success = false")],
    ["no history", () => rows("drop schema migrations cascade")],
  ])("is not claimed for %s", async (what, change) => {
    await change();
    const format = what === "another format" ? "flyway" : "native";
    expect(await upToDate(options(), { ...folders(), format })).toBeNull();
  });
});
