// The engine's own folders: V0001__name.up.sql with .down.sql, or V0001__name.sql with marks; R__name.sql; seeds S__name.sql.
import { sha256 } from "./checksum.ts";
import type { FileProblem } from "../errors.ts";
import { compareVersions, type Repeatable, type Seed, type SqlText } from "../migration.ts";
import { describe, listSqlFiles, readHeader, readSqlFile, type SqlFile } from "./sql-file.ts";
import type { FolderContent, UnchainedMigration } from "./folder-content.ts";
import { cutAtMarks } from "./sections.ts";

const words = "([a-z0-9]+(?:_[a-z0-9]+)*)";
const versionedName = new RegExp(`^V(\\d{1,18})__${words}(?:\\.(up|down))?\\.sql$`);
const repeatableName = new RegExp(`^R__${words}\\.sql$`);
const seedName = new RegExp(`^S(\\d{1,18})?__${words}\\.sql$`);
const marks = { mark: /^--[ \t]*migrator:[ \t]*(up|down)\b[ \t]*(.*?)[ \t]*$/gm, example: "-- migrator: up" };

export function readNative(folder: string, problems: FileProblem[]): FolderContent {
  const ups: UnchainedMigration[] = [];
  const downs: SqlText[] = [];
  const repeatables: Repeatable[] = [];
  for (const name of listSqlFiles(folder, problems)) {
    const [, version, title = "", direction] = versionedName.exec(name) ?? [];
    const repeatable = repeatableName.exec(name)?.[1];
    if (version === undefined && repeatable === undefined) {
      problems.push(misnamed(name, '"V0001__name.up.sql", "V0001__name.sql" or "R__name.sql"'));
      continue;
    }
    const file = readSqlFile(folder, name, problems);
    if (direction === "down") {
      downs.push(textOf(file, problems));
      continue;
    }
    const description = describe(name, repeatable ?? title, problems);
    if (version === undefined) repeatables.push({ ...textOf(file, problems), checksum: file.checksum, description });
    else if (direction === "up")
      ups.push({ ...textOf(file, problems), checksum: file.checksum, version, description, down: null });
    else ups.push({ ...bothWays(file, problems), version, description });
  }
  pairUp(ups, downs, problems);
  return { migrations: ups, repeatables };
}

/** Seeds by number, then those without by name. */
export function readSeeds(folder: string, problems: FileProblem[]): (Seed & { version: string | undefined })[] {
  const seeds = listSqlFiles(folder, problems).flatMap((name) => {
    const [matched, version, title = ""] = seedName.exec(name) ?? [];
    if (matched === undefined) {
      problems.push(misnamed(name, '"S0001__name.sql" or "S__name.sql"'));
      return [];
    }
    const file = readSqlFile(folder, name, problems);
    const { environments } = readHeader(file, ["environments"], problems);
    const description = [version, describe(name, title, problems)].filter((part) => part !== undefined).join(" ");
    return [{ ...file, transactional: true, statements: [], description, environments, version }];
  });
  return seeds.sort((left, right) => {
    if (left.version === undefined || right.version === undefined)
      return left.version === right.version ? 0 : left.version === undefined ? 1 : -1;
    return compareVersions(left.version, right.version);
  });
}

function misnamed(file: string, forms: string): FileProblem {
  const message = `name is not understood; expected the form ${forms} (lower-case words, joined by single "_"). Rename it.`;
  return { file, message };
}

function textOf({ file, sql, sha256: hash }: SqlFile, problems: FileProblem[]): SqlText {
  const { transactional } = readHeader({ file, sql }, ["no-transaction"], problems);
  return { file, sql, sha256: hash, transactional, statements: [] };
}

function bothWays(file: SqlFile, problems: FileProblem[]): Omit<UnchainedMigration, "version" | "description"> {
  const { up, down } = cutAtMarks(file, marks, problems);
  const part = (sql: string, hash: string): SqlText => {
    const { transactional } = readHeader({ file: file.file, sql }, ["no-transaction", "mark"], problems);
    return { file: file.file, sql, sha256: hash, transactional, statements: [] };
  };
  if (up !== undefined && down === undefined) {
    const message = `has no way back; expected a line "-- migrator: down" and SQL after it. Write it.`;
    problems.push({ file: file.file, message });
  }
  return {
    ...part(up?.sql ?? "", file.sha256),
    checksum: file.checksum,
    down: down === undefined ? null : part(down.sql, sha256(down.sql)),
  };
}

function pairUp(ups: UnchainedMigration[], downs: readonly SqlText[], problems: FileProblem[]): void {
  const byFile = new Map(downs.map((down) => [down.file, down]));
  for (const up of ups) {
    if (!up.file.endsWith(".up.sql")) continue;
    const expected = up.file.replace(/\.up\.sql$/, ".down.sql");
    up.down = byFile.get(expected) ?? null;
    if (!byFile.delete(expected)) {
      problems.push({ file: up.file, message: `has no way back; expected "${expected}" beside it. Write it.` });
    }
  }
  for (const file of byFile.keys()) {
    const expected = file.replace(/\.down\.sql$/, ".up.sql");
    problems.push({ file, message: `has no up file of the same name; expected "${expected}". Rename or delete it.` });
  }
}
