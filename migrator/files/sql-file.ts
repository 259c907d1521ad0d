// A SQL file as it stands on disk: which there are, their text, what their header says to the engine.
import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { flywayChecksum, normalise, sha256 } from "./checksum.ts";
import type { FileProblem } from "../errors.ts";
import { Place } from "./place.ts";
import { asError } from "../reason.ts";

export interface SqlFile {
  /** Name relative to the folder. */
  file: string;
  sql: string;
  sha256: string;
  checksum: number;
}

/** What the comment lines before the first statement say. */
export interface Header {
  transactional: boolean;
  environments: string[];
}

/** Flyway's column for descriptions holds 200 characters. */
const MAX_DESCRIPTION = 200;
const directive = /^--[ \t]*migrator:[ \t]*(.*?)[ \t]*$/gm;

/** Names of the folder's `.sql` files in the order of their code units; the others and hidden ones are none of ours. */
export function listSqlFiles(folder: string, problems: FileProblem[], { recursive = false } = {}): string[] {
  try {
    const names = readdirSync(folder, { recursive, encoding: "utf8" })
      .map((name) => name.replaceAll("\\", "/"))
      .filter((name) => name.toLowerCase().endsWith(".sql") && !name.startsWith("."))
      .sort();
    refuseCaseCollisions(names, problems);
    return names;
  } catch (error) {
    const message = `cannot be read (${asError(error).message}); expected a folder of SQL files.`;
    problems.push({ file: folder, message });
    return [];
  }
}

function refuseCaseCollisions(names: readonly string[], problems: FileProblem[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(name.toLowerCase());
    if (other === undefined) seen.set(name.toLowerCase(), name);
    else {
      const message = `differs from "${other}" in case only; expected names that every disk can hold. Rename one.`;
      problems.push({ file: name, message });
    }
  }
}

/** Reads one file; of an unreadable one the text is empty and the problem told. */
export function readSqlFile(folder: string, file: string, problems: FileProblem[]): SqlFile {
  let sql = "";
  try {
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    // What is no text shows as one of these; the bytes tell.
    const problem = /[\0\uFFFD]/.test(text) ? wrongEncoding(readFileSync(path)) : undefined;
    if (problem === undefined) sql = normalise(text);
    else problems.push({ file, ...problem });
  } catch (error) {
    problems.push({ file, message: `cannot be read (${asError(error).message}); expected a text file.` });
  }
  return { file, sql, sha256: sha256(sql), checksum: flywayChecksum(sql) };
}

function wrongEncoding(bytes: Buffer): Omit<FileProblem, "file"> | undefined {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { line: 1, message: "is UTF-16; expected UTF-8. Save it again in that encoding." };
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    const line = bytes.subarray(0, nul).toString("latin1").split("\n").length;
    return { line, message: "holds a NUL byte (UTF-16 has them); expected text. Save it as UTF-8." };
  }
  if (isUtf8(bytes)) return undefined;
  // No byte of a character in UTF-8 is a line feed, so lines can be looked at one by one.
  for (let start = 0, line = 1; ; line += 1) {
    const feed = bytes.indexOf(10, start);
    if (!isUtf8(bytes.subarray(start, feed < 0 ? bytes.length : feed))) {
      return { line, message: "is not UTF-8 here (Latin-1?); expected UTF-8. Save it again in that encoding." };
    }
    if (feed < 0) return undefined;
    start = feed + 1;
  }
}

/** Words of a file name as a description, "_" as space. */
export function describe(file: string, words: string, problems: FileProblem[]): string {
  if (words.length > MAX_DESCRIPTION) {
    const message = `description has ${String(words.length)} characters; expected at most ${String(MAX_DESCRIPTION)}. Shorten it.`;
    problems.push({ file, message });
  }
  return words.replaceAll("_", " ");
}

/** Reads the options of a text's head. `options` are those that make sense for it; marks are read by `cutAtMarks`. */
export function readHeader(
  { file, sql }: Pick<SqlFile, "file" | "sql">,
  options: readonly ("no-transaction" | "environments" | "mark")[],
  problems: FileProblem[],
): Header {
  const header: Header = { transactional: true, environments: [] };
  if (!sql.includes("migrator:")) return header;
  const body = /^(?![ \t\r]*$|--)/m.exec(sql)?.index ?? sql.length;
  for (const { index, 1: said = "" } of sql.matchAll(directive)) {
    const fail = (message: string): number =>
      problems.push({ file, line: new Place(sql, index).position.line, message });
    const [word = "", ...rest] = said.split(/[ \t]+/);
    if (word === "ignore") continue;
    if (index > body) {
      fail(`option "${said}" stands after the first statement; expected it in the file's head. Move it there.`);
      continue;
    }
    for (const option of options.includes("mark") && /^(up|down)$/.test(word) ? rest : [word, ...rest]) {
      const environments = /^environments=([a-z][a-z0-9-]*(?:,[a-z][a-z0-9-]*)*)$/.exec(option)?.[1];
      if (option === "no-transaction" && options.includes(option)) header.transactional = false;
      else if (environments !== undefined && options.includes("environments"))
        header.environments.push(...environments.split(","));
      else fail(`unknown option "${option}"; expected ${expectation(options)}.`);
    }
  }
  return header;
}

function expectation(options: readonly string[]): string {
  const examples = [
    ...(options.includes("no-transaction") ? ['"-- migrator: no-transaction"'] : []),
    ...(options.includes("environments") ? ['"-- migrator: environments=local,dev"'] : []),
    '"-- migrator: ignore RULE because REASON"',
  ];
  return examples.join(" or ");
}
