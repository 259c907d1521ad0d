import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { asError } from "./reason.ts";
import { flywayChecksum, normalise, sha256 } from "./checksum.ts";
import { type FileProblem, MigrationFilesError } from "./errors.ts";
import {
  compareVersions,
  type Migration,
  type MigrationSet,
  type Seed,
  type SqlText,
  versionKey,
} from "./migration.ts";

const versionedName = /^V(\d{1,18})__([a-z0-9]+(?:_[a-z0-9]+)*)\.(up|down)\.sql$/;
const seedName = /^S(\d{1,18})__([a-z0-9]+(?:_[a-z0-9]+)*)\.sql$/;
const directive = /^--\s*migrator:\s*(.*?)\s*$/;

/** Flyway's column for descriptions holds 200 characters. */
const MAX_DESCRIPTION = 200;

/** Where the files stand: folders, absolute or relative to the working directory. */
export interface MigrationFolders {
  folder: string;
  /** Folder of `S0001__name.sql`; without it there are no seeds. */
  seedsFolder?: string | undefined;
}

/**
 * Reads the folders and checks names, pairs, order and encoding, without parsing SQL (`statements` stay empty).
 * Throws MigrationFilesError with every problem.
 */
export function readMigrations({ folder, seedsFolder }: MigrationFolders): MigrationSet {
  const problems: FileProblem[] = [];
  const migrations = pairUp(readFolder(folder, versionedName, "V0001__name.up.sql", problems), problems);
  const seedFiles = seedsFolder === undefined ? [] : readFolder(seedsFolder, seedName, "S0001__name.sql", problems);
  const seeds = seedFiles.sort(byVersion).map(seedOf);
  refuseDuplicates(seedFiles, problems);
  refuseGaps(migrations, problems);
  if (problems.length > 0) throw new MigrationFilesError(folder, problems);
  return { migrations, repeatables: [], seeds, findings: [] };
}

interface NamedFile {
  version: string;
  description: string;
  direction: string | undefined;
  file: string;
  text: SqlText;
}

function readFolder(folder: string, pattern: RegExp, example: string, problems: FileProblem[]): NamedFile[] {
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && entry.name.toLowerCase().endsWith(".sql"))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    problems.push({
      file: folder,
      message: `cannot be read (${asError(error).message}); expected a folder of SQL files.`,
    });
    return [];
  }
  refuseCaseCollisions(names, problems);
  return names.flatMap((name) => {
    const match = pattern.exec(name);
    if (match === null) {
      const message = `name is not understood; expected the form "${example}" (lower-case words, joined by single "_").`;
      problems.push({ file: name, message: `${message} Rename it.` });
      return [];
    }
    const [, version = "", words = "", direction] = match;
    const description = words.replaceAll("_", " ");
    if (description.length > MAX_DESCRIPTION) {
      const limit = `expected at most ${String(MAX_DESCRIPTION)}`;
      problems.push({ file: name, message: `description has ${String(description.length)} characters; ${limit}.` });
    }
    const text = readText(folder, name, problems);
    return [{ file: name, text, version, description, direction }];
  });
}

function readText(folder: string, file: string, problems: FileProblem[]): SqlText {
  const sql = readUtf8(join(folder, file));
  const empty = { file, sql: "", sha256: "", transactional: true, statements: [] };
  if (sql === undefined) {
    problems.push({ file, message: "is not readable as UTF-8; expected a text file. Save it again in that encoding." });
    return empty;
  }
  const nul = sql.indexOf("\0");
  if (nul >= 0) {
    const line = sql.slice(0, nul).split("\n").length;
    problems.push({ file, line, message: "holds a NUL byte; expected text. Save it as UTF-8." });
    return empty;
  }
  const option = directive.exec(sql.slice(0, Math.max(sql.indexOf("\n"), 0)) || sql)?.[1];
  if (option !== undefined && option !== "no-transaction") {
    problems.push({ file, line: 1, message: `unknown option "${option}"; expected "-- migrator: no-transaction".` });
  }
  return { file, sql, sha256: sha256(sql), transactional: option !== "no-transaction", statements: [] };
}

function readUtf8(path: string): string | undefined {
  try {
    return normalise(readFileSync(path));
  } catch {
    return undefined;
  }
}

function refuseCaseCollisions(names: readonly string[], problems: FileProblem[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(name.toLowerCase());
    if (other === undefined) seen.set(name.toLowerCase(), name);
    else problems.push({ file: name, message: `differs from "${other}" in case only; some disks cannot hold both.` });
  }
}

function byVersion(left: NamedFile, right: NamedFile): number {
  return compareVersions(left.version, right.version);
}

function refuseDuplicates(files: readonly NamedFile[], problems: FileProblem[]): void {
  const seen = new Map<string, string>();
  for (const { version, direction, file } of files) {
    const key = `${versionKey(version)} ${direction ?? ""}`;
    const other = seen.get(key);
    if (other === undefined) seen.set(key, file);
    else problems.push({ file, message: `has the same number as "${other}"; give the later one the next number.` });
  }
}

function pairUp(files: readonly NamedFile[], problems: FileProblem[]): Migration[] {
  refuseDuplicates(files, problems);
  const ups = files.filter(({ direction }) => direction === "up").sort(byVersion);
  const downs = files.filter(({ direction }) => direction === "down");
  for (const { file } of downs) {
    const expected = file.replace(/\.down\.sql$/, ".up.sql");
    if (ups.some((up) => up.file === expected)) continue;
    problems.push({ file, message: `has no up file of the same name; expected "${expected}".` });
  }
  let chain = "";
  return ups.flatMap(({ file, text, version, description }) => {
    const expected = file.replace(/\.up\.sql$/, ".down.sql");
    const down = downs.find((candidate) => candidate.file === expected);
    if (down === undefined) {
      problems.push({ file, message: `has no way back; expected "${expected}" beside it. Write it.` });
      return [];
    }
    chain = sha256([chain, file, text.sha256].join("\n"));
    return [{ ...text, version, description, checksum: flywayChecksum(text.sql), chain, down: down.text }];
  });
}

function refuseGaps(migrations: readonly Migration[], problems: FileProblem[]): void {
  let expected = 1n;
  for (const { version, file } of migrations) {
    const number = BigInt(version);
    if (number > expected) {
      const message = `leaves a gap (${version} follows ${String(expected - 1n)}); expected number ${String(expected)}.`;
      problems.push({ file, message: `${message} Number files one by one from 1.` });
    }
    expected = number + 1n;
  }
}

function seedOf({ text, version, description }: NamedFile): Seed {
  return { ...text, description: `${version} ${description}`, checksum: flywayChecksum(text.sql), environments: [] };
}
