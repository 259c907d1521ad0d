// squawk (npm squawk-cli), where it is installed: its binary, called once for all files of a kind.
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import type { Finding, SqlText } from "../migrator/migration.ts";
import { nodeOf } from "../migrator/grammar/parse-node.ts";
import { codeOf } from "../migrator/reason.ts";

/**
 * Rules that the engine answers itself: it sets the time-outs, holds the transaction and parses by PostgreSQL's grammar. And one
 * whose reason is gone: a varchar is widened without a rewrite since PostgreSQL 9.2.
 */
const answered = [
  ...["require-lock-timeout", "require-statement-timeout", "prefer-robust-stmts", "transaction-nesting"],
  ...["ban-uncommitted-transaction", "ban-concurrent-index-creation-in-transaction", "prefer-text-field"],
];
/** What fails on any table with rows, or takes away more than its text says. */
const errors = new Set([
  "adding-required-field",
  "adding-not-nullable-field",
  "ban-drop-database",
  "ban-truncate-cascade",
]);

/** Longest command line that every system takes, less what the options need. */
const MAX_ARGUMENTS = process.platform === "win32" ? 20_000 : 100_000;
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

interface LintedFile {
  text: SqlText;
  /** Findings below this line belong to the way back. */
  linesOfWayUp: number;
}

/** What squawk finds in files of the folder; one warning where it is not installed. */
export async function squawk(folder: string, files: readonly LintedFile[]): Promise<Finding[]> {
  if (files.length === 0) return [];
  const program = binary();
  if (program === undefined) {
    const message = "squawk is not installed, so only the engine's own rules ran. Install squawk-cli for the others.";
    return [{ file: folder, line: 1, column: 1, rule: "squawk-missing", severity: "warning", message }];
  }
  const byName = new Map(files.map((file) => [file.text.file, file]));
  const kinds = [true, false].flatMap((transactional) =>
    batches(files.filter(({ text }) => text.transactional === transactional).map(({ text }) => text.file)).map(
      (names) => [...(transactional ? ["--assume-in-transaction"] : []), ...names],
    ),
  );
  const options = ["--reporter", "json", "--pg-version", "15.0", `--exclude=${answered.join(",")}`];
  const outputs = await Promise.all(kinds.map((names) => run(program, [...options, ...names], folder)));
  return outputs.flatMap((output) => {
    const found: unknown = JSON.parse(output === "" ? "[]" : output);
    return Array.isArray(found) ? found.flatMap((item) => findingOf(nodeOf(item), byName)) : [];
  });
}

function binary(): string | undefined {
  const file = `bin/squawk${process.platform === "win32" ? ".exe" : ""}`;
  try {
    // Found from its launcher: package managers need not put it where everybody finds it.
    const launcher = createRequire(import.meta.url).resolve("squawk-cli/package.json");
    return createRequire(launcher).resolve(`@squawk-cli/${process.platform}-${process.arch}/${file}`);
  } catch {
    return undefined;
  }
}

function batches(names: readonly string[]): string[][] {
  const found: string[][] = [];
  let size = Infinity;
  for (const name of names) {
    if (size + name.length > MAX_ARGUMENTS) {
      found.push([]);
      size = 0;
    }
    found.at(-1)?.push(name);
    size += name.length + 1;
  }
  return found;
}

/** Its output; squawk ends with 1 when it finds something. */
function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (error === null || error.code === 1) resolve(stdout);
      else {
        const message = `squawk: ended with ${codeOf(error) || String(error.code)} (${stderr.trim()}); expected 0 or 1. Install squawk-cli anew.`;
        reject(new Error(message, { cause: error }));
      }
    });
  });
}

/** Squawk counts lines and columns from 0, columns in bytes. Syntax is the parser's affair. */
function findingOf(found: Readonly<Record<string, unknown>>, files: ReadonlyMap<string, LintedFile>): Finding[] {
  const { file: name, line, column, rule_name: rule, message, help } = found;
  const file = files.get(String(name));
  if (file === undefined || typeof rule !== "string" || rule === "syntax-error" || Number(line) >= file.linesOfWayUp)
    return [];
  const source = Buffer.from(file.text.sql.split("\n", Number(line) + 1).at(-1) ?? "");
  const before = Array.from(source.subarray(0, Number(column)).toString("utf8"));
  const advice = typeof help === "string" ? ` ${help.replace(/\.?$/, ".")}` : "";
  const severity = errors.has(rule) ? "error" : "warning";
  return [
    {
      file: file.text.file,
      line: Number(line) + 1,
      column: before.length + 1,
      rule,
      severity,
      message: `${String(message)}${advice}`,
    },
  ];
}
