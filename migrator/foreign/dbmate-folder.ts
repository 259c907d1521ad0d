// dbmate's folders: 20260101120000_name.sql with "-- migrate:up" and "-- migrate:down".
import { sha256 } from "../files/checksum.ts";
import type { FileProblem } from "../errors.ts";
import { compareVersions, type SqlText } from "../migration.ts";
import { describe, listSqlFiles, readHeader, readSqlFile } from "../files/sql-file.ts";
import type { FolderContent, UnchainedMigration } from "../files/folder-content.ts";
import { cutAtMarks, type Section } from "../files/sections.ts";

const fileName = /^(\d{1,18})(?:_(.*))?\.sql$/;
const marks = { mark: /^--[ \t]*migrate:(up|down)\b[ \t]*(.*?)[ \t]*$/gm, example: "-- migrate:up" };

export function readDbmate(folder: string, problems: FileProblem[]): FolderContent {
  const migrations = listSqlFiles(folder, problems).flatMap((name) => {
    const [, version, title = ""] = fileName.exec(name) ?? [];
    if (version === undefined) {
      problems.push({
        file: name,
        message: 'name is not understood; expected dbmate\'s form "20260101120000_name.sql".',
      });
      return [];
    }
    const file = readSqlFile(folder, name, problems);
    const { up, down } = cutAtMarks(file, marks, problems);
    const text = (section: Section | undefined, hash: string): SqlText => {
      const { sql, options } = section ?? { sql: "", options: "" };
      const { transactional } = readHeader({ file: name, sql }, ["no-transaction"], problems);
      const own = optionsOf(name, options, problems);
      return { file: name, sql, sha256: hash, transactional: transactional && own, statements: [] };
    };
    const migration: UnchainedMigration = {
      ...text(up, file.sha256),
      version,
      description: describe(name, title, problems),
      checksum: file.checksum,
      down: down === undefined ? null : text(down, sha256(down.sql)),
    };
    return [migration];
  });
  refuseOtherOrder(migrations, problems);
  return { migrations, repeatables: [] };
}

function optionsOf(file: string, options: string, problems: FileProblem[]): boolean {
  for (const option of options.split(/\s+/)) {
    if (["", "transaction:true", "transaction:false"].includes(option)) continue;
    problems.push({ file, message: `unknown option "${option}" of a mark; expected "transaction:false".` });
  }
  return !options.includes("transaction:false");
}

/** dbmate goes by name, the engine by number: a folder in which that differs would run in another order. */
function refuseOtherOrder(byName: readonly UnchainedMigration[], problems: FileProblem[]): void {
  byName.forEach(({ version, file }, index) => {
    const before = byName[index - 1];
    if (before === undefined || compareVersions(before.version, version) <= 0) return;
    const message = `dbmate runs it after "${before.file}", by name; expected numbers of one length. Fill them up with zeros.`;
    problems.push({ file, message });
  });
}
