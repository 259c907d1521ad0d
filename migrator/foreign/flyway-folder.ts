// Flyway's folders: V1.2__name.sql, V1_2__name.sql, U1.2__name.sql (undo), R__name.sql, in sub-folders too.
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { FileProblem } from "../errors.ts";
import { type Repeatable, type SqlText, versionKey } from "../migration.ts";
import { Place } from "../files/place.ts";
import { describe, listSqlFiles, readHeader, readSqlFile, type SqlFile } from "../files/sql-file.ts";
import type { FolderContent, UnchainedMigration } from "../files/folder-content.ts";

const versionedName = /^([VUB])(\d{1,18}(?:[._]\d{1,18})*)(?:__(.*))?\.sql$/;
const repeatableName = /^R__(.*)\.sql$/;

export function readFlyway(folder: string, problems: FileProblem[]): FolderContent {
  const migrations: UnchainedMigration[] = [];
  const undos: { version: string; text: SqlText }[] = [];
  const repeatables: Repeatable[] = [];
  for (const file of listSqlFiles(folder, problems, { recursive: true })) {
    const [, kind, number = "", title = ""] = versionedName.exec(basename(file)) ?? [];
    const repeatable = repeatableName.exec(basename(file))?.[1];
    const version = number.replaceAll("_", ".");
    if (kind === "B" || (kind === undefined && repeatable === undefined)) {
      problems.push({ file, message: notRead(kind) });
      continue;
    }
    const read = readSqlFile(folder, file, problems);
    const { checksum } = read;
    const text = textOf(folder, read, problems);
    const description = describe(file, repeatable ?? title, problems);
    if (kind === "U") undos.push({ version, text });
    else if (kind === "V") migrations.push({ ...text, version, description, checksum, down: null });
    else repeatables.push({ ...text, description, checksum });
  }
  const byVersion = new Map(migrations.map((migration) => [versionKey(migration.version), migration]));
  for (const { version, text } of undos) {
    const migration = byVersion.get(versionKey(version));
    if (migration?.down === null) migration.down = text;
    else {
      const message = `undoes version ${version}, which is ${migration === undefined ? "not there" : "undone by another file"}; expected one pair. Delete it.`;
      problems.push({ file: text.file, message });
    }
  }
  return { migrations, repeatables };
}

function notRead(kind: string | undefined): string {
  return kind === "B"
    ? 'is a baseline script, which is not read; expected V, U and R files. Move it away and use "baseline".'
    : 'name is not understood; expected Flyway\'s "V1.2__name.sql", "U1.2__name.sql" or "R__name.sql" (callbacks are not run).';
}

/** Placeholders are refused: left as they stand they would change what the file means. */
function textOf(folder: string, { file, sql, sha256 }: SqlFile, problems: FileProblem[]): SqlText {
  const placeholder = /\$\{[^}\n]*\}/.exec(sql);
  if (placeholder !== null) {
    const message = `placeholder "${placeholder[0]}" is not filled in; expected plain SQL. Write its value in its place.`;
    problems.push({ file, ...new Place(sql, placeholder.index).position, message });
  }
  const { transactional } = readHeader({ file, sql }, ["no-transaction"], problems);
  const settings = join(folder, `${file}.conf`);
  const outside =
    existsSync(settings) && /^\s*executeInTransaction\s*=\s*false\s*$/m.test(readFileSync(settings, "utf8"));
  return { file, sql, sha256, transactional: transactional && !outside, statements: [] };
}
