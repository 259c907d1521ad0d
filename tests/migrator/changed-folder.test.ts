// What becomes of a folder that someone changes after it was applied: each change has its own error, by the file's name, without
// a database.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import {
  type AppliedFile,
  DuplicateVersionError,
  EditedFileError,
  EditedMigrationError,
  formatProblem,
  MigrationFilesError,
  MissingMigrationError,
  OutOfOrderMigrationError,
  plan,
  readMigrations,
  RemovedFileError,
  RenamedMigrationError,
  UnlistedFileError,
  VersionGapError,
  writeSum,
} from "../../migrator/index.ts";
import { MigrationFolder } from "../support/migration-folder.ts";

// The applied folder has versions 1 to 3. Someone changes it; with migrations.sum as it was committed, and rewritten.
const comment = "-- first, drop nothing: delete from app.a;\ninsert into app.a values ('two  words');\n";
type ProblemClass = new (...args: never[]) => Error;

const changes: {
  name: string;
  change: (folder: MigrationFolder) => void;
  /** Of the committed sum: which class of error, which file it names, and how. */
  sum: readonly [class_: ProblemClass, says: string] | undefined;
  /** Of the history: the class and the file. */
  error?: ProblemClass;
  file?: string;
  /** Of the folder alone. */
  refusal?: readonly [class_: ProblemClass, says: string];
}[] = [
  {
    name: "one byte",
    change: edit(comment.replace("two", "tvo")),
    sum: [EditedFileError, "V2__b.up.sql: is not what migrations.sum says"],
    error: EditedMigrationError,
    file: "V2__b.up.sql",
  },
  { name: "line ends", change: edit(comment.replaceAll("\n", "\r\n")), sum: undefined },
  { name: "a byte order mark", change: edit(`\uFEFF${comment}`), sum: undefined },
  {
    name: "white space in a literal",
    change: edit(comment.replace("two  words", "two words")),
    sum: [EditedFileError, "V2__b.up.sql: is not what"],
    error: EditedMigrationError,
    file: "V2__b.up.sql",
  },
  {
    name: "white space at a line's end",
    change: edit(comment.replace(";\ninsert", "; \ninsert")),
    sum: [EditedFileError, "V2__b.up.sql: is not what"],
    error: EditedMigrationError,
    file: "V2__b.up.sql",
  },
  {
    name: "a line break that frees a statement from its comment",
    change: edit(comment.replace("nothing: ", "nothing:\n")),
    sum: [EditedFileError, "V2__b.up.sql: is not what"],
    error: EditedMigrationError,
    file: "V2__b.up.sql",
  },
  {
    name: "a missing file",
    change: (folder) => {
      folder.delete("V3__c.up.sql", "V3__c.down.sql");
    },
    sum: [RemovedFileError, "V3__c.up.sql: stands in migrations.sum, but is not in the folder"],
    error: MissingMigrationError,
    file: "V3__c.up.sql",
  },
  {
    name: "a missing file in the middle",
    change: (folder) => {
      folder.delete("V2__b.up.sql", "V2__b.down.sql");
    },
    sum: [RemovedFileError, "V2__b.up.sql: stands in migrations.sum, but is not in the folder"],
    refusal: [VersionGapError, "V3__c.up.sql: leaves a gap (3 follows 1)"],
  },
  {
    name: "a renamed file",
    change: (folder) => {
      renamed(folder, "V2__b", "V2__words");
    },
    sum: [UnlistedFileError, 'V2__words.up.sql: was inserted before "V3__c.up.sql"'],
    error: RenamedMigrationError,
    file: "V2__words.up.sql",
  },
  {
    name: "a file under another number",
    change: (folder) => {
      renamed(folder, "V3__c", "V4__c");
      folder.write("V3__new.up.sql", "");
      folder.write("V3__new.down.sql", "");
    },
    sum: [RemovedFileError, "V3__c.up.sql: stands in migrations.sum, but is not in the folder"],
    error: EditedMigrationError,
    file: "V3__new.up.sql",
  },
  {
    name: "an inserted file",
    change: (folder) => {
      folder.write("V0__a.up.sql", "");
      folder.write("V0__a.down.sql", "");
    },
    sum: [UnlistedFileError, 'V0__a.up.sql: was inserted before "V1__a.up.sql"'],
    error: OutOfOrderMigrationError,
    file: "V0__a.up.sql",
  },
  {
    name: "a number twice",
    change: (folder) => {
      folder.write("V02__b.up.sql", "");
      folder.write("V02__b.down.sql", "");
    },
    sum: [UnlistedFileError, 'V02__b.up.sql: was inserted before "V2__b.up.sql"'],
    refusal: [DuplicateVersionError, 'V2__b.up.sql: has the same number as "V02__b.up.sql"'],
  },
  {
    name: "a gap",
    change: (folder) => {
      folder.write("V5__e.up.sql", "");
      folder.write("V5__e.down.sql", "");
    },
    sum: [UnlistedFileError, "V5__e.up.sql: is not in migrations.sum"],
    refusal: [VersionGapError, "V5__e.up.sql: leaves a gap (5 follows 3)"],
  },
];

function edit(text: string): (folder: MigrationFolder) => void {
  return (folder) => {
    folder.write("V2__b.up.sql", text);
  };
}

function renamed(folder: MigrationFolder, from: string, to: string): void {
  for (const way of ["up", "down"])
    renameSync(join(folder.path, `${from}.${way}.sql`), join(folder.path, `${to}.${way}.sql`));
}

/** Each problem of the folder, or of folder and history together, with its class. */
function found(folder: MigrationFolder, history: readonly AppliedFile[]): [unknown, string][] {
  try {
    const { problems } = plan(readMigrations({ folder: folder.path }).migrations, history);
    return problems.map((problem) => [problem.constructor, problem.message]);
  } catch (wrong) {
    if (!(wrong instanceof MigrationFilesError)) throw wrong;
    return wrong.problems.map((problem) => [problem.constructor, formatProblem(problem)]);
  }
}

describe("a folder that was applied", () => {
  it.each(changes)("tells $name by the file's name, in preview", ({ change, sum, error, file: name, refusal }) => {
    const folder = new MigrationFolder();
    try {
      for (const stem of ["V1__a", "V2__b", "V3__c"]) {
        folder.write(`${stem}.up.sql`, stem === "V2__b" ? comment : `select '${stem}';`);
        folder.write(`${stem}.down.sql`, `select 'back from ${stem}';`);
      }
      const history = readMigrations({ folder: folder.path }).migrations;
      const committed = readFileSync(join(folder.path, "migrations.sum"));
      change(folder);
      writeFileSync(join(folder.path, "migrations.sum"), committed);
      if (sum === undefined) expect(found(folder, history)).toEqual([]);
      else expect(found(folder, history)).toContainEqual([sum[0], expect.stringContaining(sum[1])]);
      if (refusal !== undefined) {
        expect(found(folder, history)).toContainEqual([refusal[0], expect.stringContaining(refusal[1])]);
        return;
      }
      writeSum({ folder: folder.path });
      const { problems } = plan(readMigrations({ folder: folder.path }).migrations, history);
      expect(problems.slice(0, 1).map((problem) => [problem.constructor, problem.file])).toEqual(
        error === undefined ? [] : [[error, name]],
      );
    } finally {
      folder.remove();
    }
  });
});
