// migrations.sum: one line a file with its place in the chain, committed beside the files, so that a removed, inserted, reordered
// or edited file shows in review and is refused in preview.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "./checksum.ts";
import type { FileProblem } from "../errors.ts";
import { EditedFileError, RemovedFileError, ReorderedFileError, UnlistedFileError } from "../errors.ts";
import type { UnchainedMigration } from "./folder-content.ts";
import type { Migration, MigrationSet } from "../migration.ts";
import { codeOf } from "../reason.ts";

/** Its name in the folder. */
export const sumFile = "migrations.sum";

interface SumLine {
  file: string;
  /** Of the file's text alone. */
  sha256: string;
  /** Over the line that it hangs from, the file's name and `sha256`. */
  hash: string;
}

/** By its name: whether a line is part of the chain that the next one hangs from. */
function isLink(file: string): boolean {
  return !/^R__|\.down\.sql$/.test(file);
}

function link(before: string, { file, sha256: hash }: { file: string; sha256: string }): string {
  return sha256([before, file, hash].join("\n"));
}

/** Migrations in their order, each chained to the one before it. */
export function chained(migrations: readonly UnchainedMigration[]): Migration[] {
  let chain = "";
  return migrations.map((migration) => {
    chain = link(chain, migration);
    return { ...migration, chain };
  });
}

/**
 * What the file should say. Only ways up make the chain: a way back hangs from its migration and a repeatable from nothing, so
 * that changing those touches one line.
 */
export function sumLines({ migrations, repeatables }: Pick<MigrationSet, "migrations" | "repeatables">): SumLine[] {
  const versioned = migrations.flatMap(({ file, sha256: own, chain, down }) => {
    const line = { file, sha256: own, hash: chain };
    if (down === null || down.file === file) return [line];
    return [line, { file: down.file, sha256: down.sha256, hash: link(chain, down) }];
  });
  return [
    ...versioned,
    ...repeatables.map(({ file, sha256: own }) => ({ file, sha256: own, hash: link("", { file, sha256: own }) })),
  ];
}

export function writeSumFile(folder: string, lines: readonly SumLine[]): string {
  const path = join(folder, sumFile);
  writeFileSync(path, lines.map(({ hash, file }) => `${hash}  ${file}\n`).join(""));
  return path;
}

/** Compares the committed file with the folder; each difference is told by the name of the migration's file. */
export function checkSum(
  folder: string,
  set: Pick<MigrationSet, "migrations" | "repeatables">,
  problems: FileProblem[],
): void {
  const expected = sumLines(set);
  const recorded = readSumFile(folder, problems);
  if (recorded === undefined) {
    if (expected.length > 0)
      problems.push({ file: sumFile, message: `is missing; expected a line a file. ${nextStep}` });
    return;
  }
  const inFolder = new Map(expected.map((line) => [line.file, line]));
  const inSum = new Set(recorded.map(({ file }) => file));
  for (const { file, hash, before } of recorded) {
    const line = inFolder.get(file);
    if (line === undefined) {
      const message = `stands in ${sumFile}, but is not in the folder (removed or renamed). ${putBack}`;
      problems.push(new RemovedFileError(file, message));
    } else if (link(before, line) !== hash) {
      const message = `is not what ${sumFile} says (edited, or a line before it was changed). ${putBack}`;
      problems.push(new EditedFileError(file, message));
    }
  }
  for (const [index, { file }] of expected.entries()) {
    if (inSum.has(file)) continue;
    const next = isLink(file)
      ? expected.slice(index + 1).find((line) => isLink(line.file) && inSum.has(line.file))
      : undefined;
    const how = next === undefined ? "is not" : `was inserted before "${next.file}" and is not`;
    problems.push(new UnlistedFileError(file, `${how} in ${sumFile}; expected a line for each file. ${nextStep}`));
  }
  refuseOtherOrder(recorded, expected, problems);
}

const nextStep = 'Run "migrate sum" and commit it.';
const putBack = 'Bring it back as it was if it has run anywhere; else run "migrate sum" and review the change.';

function readSumFile(
  folder: string,
  problems: FileProblem[],
): { file: string; hash: string; before: string }[] | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, sumFile), "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  const seen = new Map<string, string>();
  let chain = "";
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line === "") return [];
    const [, hash, file] = /^([0-9a-f]{64}) {2}(\S.*)$/.exec(line) ?? [];
    if (hash === undefined || file === undefined || seen.has(file)) {
      const what = /^[<=>|]{7}/.test(line)
        ? "is left of a merge conflict"
        : "is no line of a hash and a file, each once";
      problems.push({
        file: sumFile,
        line: index + 1,
        message: `${what}. Give the files their order, then run "migrate sum".`,
      });
      return [];
    }
    const before = file.startsWith("R__")
      ? ""
      : isLink(file)
        ? chain
        : (seen.get(file.replace(/\.down\.sql$/, ".up.sql")) ?? "");
    seen.set(file, hash);
    if (isLink(file)) chain = hash;
    return [{ file, hash, before }];
  });
}

function refuseOtherOrder(
  recorded: readonly { file: string }[],
  expected: readonly SumLine[],
  problems: FileProblem[],
): void {
  const both = new Set(recorded.map(({ file }) => file));
  const wanted = expected.map(({ file }) => file).filter((file) => both.has(file));
  const known = new Set(wanted);
  const found = recorded.map(({ file }) => file).filter((file) => known.has(file));
  const at = found.findIndex((file, index) => file !== wanted[index]);
  const [file, instead] = [found[at], wanted[at]];
  if (file === undefined || instead === undefined) return;
  const message = `stands in ${sumFile} where "${instead}" is expected (reordered). ${putBack}`;
  problems.push(new ReorderedFileError(file, message));
}
