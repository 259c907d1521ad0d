// Subcommands that change nothing.
import {
  formatDifference,
  type Linter,
  loadMigrations,
  type Migration,
  type MigrationSet,
  type Repeatable,
  status,
  type Status,
  tableLocks,
  verify,
} from "../../migrator/index.ts";
import { linter } from "../../lint/lint.ts";
import { databaseOf, foldersOf } from "./database.ts";
import { type Answer, type Invocation, PENDING } from "./invocation.ts";

/** What `up` would run, one line a file. */
export async function planned(invocation: Invocation): Promise<Answer> {
  const { found, set } = await look(invocation, linter("all"));
  const files = [...set.migrations, ...set.repeatables, ...set.seeds].filter(({ file }) =>
    found.pending.includes(file),
  );
  const pending = files.map((file) => planLine(file));
  const lines = pending.map(({ file, statements, transactional, lock, rewrites }) => {
    const how = transactional ? "one transaction" : "outside a transaction";
    const strongest = lock === "" ? "" : `, ${lock}`;
    const rewriting = rewrites === 0 ? "" : `, rewrites ${String(rewrites)} tables`;
    return `+ ${file} (${String(statements)} statements, ${how}${strongest}${rewriting})`;
  });
  const findings = set.findings.filter(({ file, rule }) => found.pending.includes(file) || rule === "squawk-missing");
  const warnings = findings.map(
    ({ file, line, severity, rule, message }) => `${file}:${String(line)}: ${severity} ${rule}: ${message}`,
  );
  const drift = found.drift.objects.map(formatDifference);
  const text = [
    ...found.problems,
    ...driftLines(found),
    ...warnings,
    ...(lines.length > 0 ? lines : ["Nothing is pending."]),
  ];
  return {
    text: text.join("\n"),
    json: { pending, problems: found.problems, findings, drift },
    code: findings.some(({ severity }) => severity === "error") ? 1 : codeOf(found),
  };
}

interface PlanLine {
  file: string;
  statements: number;
  transactional: boolean;
  lock: string;
  rewrites: number;
}

function planLine({ file, statements, transactional }: Migration | Repeatable): PlanLine {
  const locks = statements.map(({ lock }) => (lock === null ? -1 : tableLocks.indexOf(lock)));
  const lock = tableLocks[Math.max(-1, ...locks)] ?? "";
  return {
    file,
    statements: statements.length,
    transactional,
    lock,
    rewrites: statements.filter((one) => one.rewrites).length,
  };
}

export async function statusOf(invocation: Invocation): Promise<Answer> {
  const { found } = await look(invocation);
  const lines = found.entries.map(
    ({ file, outcome, installedOn }) => `${outcome.padEnd(12)} ${(installedOn ?? "").padEnd(24)} ${file}`,
  );
  const interrupted = found.interrupted.map((file) => `interrupted  ${"".padEnd(24)} ${file}`);
  const text = [...lines, ...interrupted, ...found.problems, ...driftLines(found)].join("\n");
  return { text, json: found, code: codeOf(found) };
}

export async function verified(invocation: Invocation): Promise<Answer> {
  const set = await loadMigrations(foldersOf(invocation));
  const found = await verify(await databaseOf(invocation, { reads: true }), set);
  const watched = found.drift.state === "unknown" ? "; not watched for drift yet, the next up begins" : "";
  return { text: `Database at ${found.version}: exactly the folder's migrations${watched}.`, json: found, code: 0 };
}

async function look(invocation: Invocation, lint?: Linter): Promise<{ found: Status; set: MigrationSet }> {
  // Files first: a wrong one needs no database to be told.
  const set = await loadMigrations({ ...foldersOf(invocation), linter: lint });
  return { found: await status(await databaseOf(invocation, { reads: true }), set), set };
}

function driftLines({ drift }: Status): string[] {
  return drift.objects.map((difference) => `drift        ${formatDifference(difference)}`);
}

function codeOf({ problems, pending, drift }: Status): number {
  if (problems.length + drift.objects.length > 0) return 1;
  return pending.length > 0 ? PENDING : 0;
}
