import { keepingWatch } from "./catalog/drift.ts";
import { DownRefusedError, MigrationFilesError } from "./errors.ts";
import type { History, HistoryRow } from "./history/history.ts";
import { noHistory, readForChange, readHistory, readWaysBack } from "./history/history.ts";
import { recordUndone } from "./history/history-statements.ts";
import { compareVersions, type SqlText } from "./migration.ts";
import { type MigratorOptions, resolveOptions } from "./options.ts";
import { type Run, withRun } from "./run/run.ts";
import { runStep } from "./run/run-statements.ts";
import { withRunnerLock } from "./run/runner-lock.ts";
import { withSession } from "./run/session.ts";
import { loadParser, parseFile } from "./grammar/sql-parser.ts";
import { requireOwnConnection, timed } from "./up.ts";

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
  const undone: DownResult["undone"] = [];
  return await withRun(settings, (run) =>
    withRunnerLock(run, () => keepingWatch(run, () => undoAll(run, target, undone))),
  );
}

async function undoAll(run: Run, target: string, undone: DownResult["undone"]): Promise<DownResult> {
  const { settings } = run;
  const history = await readForChange(run);
  const steps = waysBack(history, target, await textsOf(run, history));
  requireOwnConnection(
    run,
    steps.map(({ script }) => script),
  );
  for (const { row, script } of steps) {
    const durationMs = await timed(settings, script.file, () => undoOne(run, { row, script }, history));
    undone.push({ version: row.version, file: row.file, durationMs });
  }
  const left = history.applied.filter((row) => !steps.some((step) => step.row === row));
  return { version: left.at(-1)?.version ?? history.baseline ?? "", undone };
}

async function textsOf({ session, settings }: Pick<Run, "session" | "settings">, history: History): Promise<Texts> {
  return history.applied.length === 0 ? new Map() : await readWaysBack(session.client, settings);
}

type Texts = ReadonlyMap<number, string>;

interface WayBack {
  row: HistoryRow;
  script: SqlText;
}

/** Every reason to refuse is found here, before anything runs. */
function waysBack({ applied, baseline }: History, target: string, texts: Texts): WayBack[] {
  if (!/^\d{1,18}(?:\.\d{1,18})*$/.test(target)) {
    throw new DownRefusedError(
      `down: target is no version ("${target}"); expected digits, "0" for the empty database.`,
    );
  }
  const known = [baseline ?? "0", ...applied.map(({ version }) => version)];
  if (!known.some((version) => compareVersions(version, target) === 0)) {
    throw new DownRefusedError(`down: version ${target} is not applied; expected one of: ${known.join(", ")}.`);
  }
  const rows = applied
    .filter(({ version }) => compareVersions(version, target) > 0)
    .sort((left, right) => compareVersions(right.version, left.version));
  const missing = rows.filter(({ rank, down }) => down === null || !texts.has(rank));
  if (missing.length > 0) {
    const files = missing.map(({ file }) => file).join(", ");
    throw new DownRefusedError(`down: no script is stored for ${files}; expected one. Undo those by hand.`);
  }
  return rows.flatMap((row) =>
    row.down === null ? [] : [{ row, script: parsed({ ...row.down, sql: texts.get(row.rank) ?? "" }) }],
  );
}

function parsed(stored: Omit<SqlText, "statements">): SqlText {
  const script: SqlText = { ...stored, statements: [] };
  const problems = parseFile(script);
  if (problems.length > 0) throw new MigrationFilesError("the history", problems);
  return script;
}

async function undoOne(run: Run, { row, script }: WayBack, history: History): Promise<void> {
  const record = (): string => recordUndone(run.settings, run.runId, row);
  await runStep(run, { text: script, version: row.version, record }, history.unfinished);
}

/** Removes nothing and reads only: what `down` would undo, newest first. */
export async function planDown(options: MigratorOptions, target: string): Promise<string[]> {
  const settings = resolveOptions(options);
  await loadParser();
  return await withSession(settings, async (session) => {
    const history = (await readHistory(session.client, settings)) ?? noHistory;
    return waysBack(history, target, await textsOf({ session, settings }, history)).map(({ script }) => script.file);
  });
}
