import { randomUUID } from "node:crypto";
import { DownRefusedError, MigrationFilesError } from "./errors.ts";
import { type History, type HistoryRow, readHistory } from "./history.ts";
import { recordUndone } from "./history-statements.ts";
import { type SqlText, versionNumber } from "./migration.ts";
import { type MigratorOptions, resolveOptions, type Settings } from "./options.ts";
import { runStatementwise } from "./run-statements.ts";
import { type Run, runInTransaction } from "./run-transaction.ts";
import { withRunnerLock } from "./runner-lock.ts";
import { withSession } from "./session.ts";
import { loadParser, parseFile } from "./sql-parser.ts";
import { timed } from "./up.ts";

/** What a way back did. */
export interface DownResult {
  /** Version of the database now; "" when everything was undone. */
  version: string;
  /** Files that were undone, newest first. */
  undone: { version: string; file: string; durationMs: number }[];
}

/**
 * Undoes every migration above `target` ("0": all of them), newest first, with the scripts that were stored when they were
 * applied: the files need not exist any more. Throws DownRefusedError before it touches anything when a version is unknown
 * or a script is missing; else as `up`.
 */
export async function down(options: MigratorOptions, target: string): Promise<DownResult> {
  const settings = resolveOptions(options);
  await loadParser();
  return await withSession(settings, async (session) => {
    const run = { session, settings, runId: randomUUID() };
    return await withRunnerLock(session.client, settings, async () => {
      const history = await readHistory(session.client, settings);
      return await undoAll(run, history ?? { applied: [], seeds: [], unfinished: [] }, target);
    });
  });
}

async function undoAll(run: Run, history: History, target: string): Promise<DownResult> {
  const steps = waysBack(history, target);
  const result: DownResult = { version: target, undone: [] };
  for (const { row, script } of steps) {
    const durationMs = await timed(run.settings, script.file, () => undoOne(run, { row, script }, history));
    result.undone.push({ version: row.version, file: row.file, durationMs });
  }
  const left = history.applied.filter((row) => !steps.some((step) => step.row === row));
  return { ...result, version: left.at(-1)?.version ?? "" };
}

interface WayBack {
  row: HistoryRow;
  script: SqlText;
}

function waysBack({ applied }: History, target: string): WayBack[] {
  if (!/^\d{1,18}$/.test(target)) {
    throw new DownRefusedError(
      `down: target is no version ("${target}"); expected digits, "0" for the empty database.`,
    );
  }
  const goal = versionNumber(target);
  if (goal !== 0n && !applied.some(({ version }) => versionNumber(version) === goal)) {
    const known = applied.map(({ version }) => version).join(", ");
    throw new DownRefusedError(`down: version ${target} is not applied; expected 0 or one of: ${known || "none"}.`);
  }
  const rows = applied.filter(({ version }) => versionNumber(version) > goal).reverse();
  const missing = rows.filter(({ down }) => down === null);
  if (missing.length > 0) {
    const files = missing.map(({ file }) => file).join(", ");
    throw new DownRefusedError(`down: no script is stored for ${files}; expected one. Undo those by hand.`);
  }
  return rows.flatMap((row) => (row.down === null ? [] : [{ row, script: parsed(row.down) }]));
}

function parsed(stored: NonNullable<HistoryRow["down"]>): SqlText {
  const script: SqlText = { ...stored, statements: [] };
  const problems = parseFile(script);
  if (problems.length > 0) throw new MigrationFilesError("the history", problems);
  return script;
}

async function undoOne(run: Run, { row, script }: WayBack, history: History): Promise<void> {
  const undone = recordUndone(run.settings, run.runId, row);
  if (script.transactional) {
    await runInTransaction(run, script, row.version, undone);
    return;
  }
  await runStatementwise(run, script, row.version, { earlier: history.unfinished, finish: () => undone });
}

/** Removes nothing and reads only: what `down` would undo, newest first. */
export async function planDown(options: MigratorOptions, target: string): Promise<string[]> {
  const settings: Settings = resolveOptions(options);
  await loadParser();
  return await withSession(settings, async ({ client }) => {
    const history = await readHistory(client, settings);
    return waysBack(history ?? { applied: [], seeds: [], unfinished: [] }, target).map(({ script }) => script.file);
  });
}
