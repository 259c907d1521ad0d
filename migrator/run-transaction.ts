import type pg from "pg";
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionLostError, LockLostError } from "./errors.ts";
import { isServerError, migrationFailed } from "./failure.ts";
import { asError } from "./reason.ts";
import { recordEvent } from "./history-statements.ts";
import type { SqlText } from "./migration.ts";
import type { Settings } from "./options.ts";
import { fenceStatement, isLockLost } from "./runner-lock.ts";
import { runOwnScript, runScript, type ScriptOutcome } from "./script-query.ts";
import { roleStatements, type Session, sessionStatements } from "./session.ts";

/** What one run of the engine carries along. */
export interface Run {
  session: Session;
  settings: Settings;
  /** Names the run in the log. */
  runId: string;
}

/** lock_not_available, deadlock_detected, serialization_failure: another moment may do. */
const worthAnotherTry = new Set(["55P03", "40P01", "40001"]);
const MAX_RETRY_DELAY_MS = 30_000;

/**
 * Runs a file and its record in one transaction, sent as one message: either both are there afterwards or neither.
 * Throws MigrationFailedError, LockLostError or ConnectionLostError (then only the history knows whether it committed).
 */
export async function runInTransaction(run: Run, text: SqlText, version: string | null, record: string): Promise<void> {
  const { session, settings } = run;
  for (let attempt = 1; ; attempt += 1) {
    const script = compose(run, text, record);
    const outcome = await runScript(session.client, script.message);
    if (outcome.error === undefined) return;
    if (!isServerError(outcome.error) || isShutdown(outcome.error)) throw connectionLost(text.file, outcome.error);
    await session.client.query("ROLLBACK").catch((error: unknown) => {
      throw connectionLost(text.file, error);
    });
    if (isLockLost(outcome.error)) throw lockLost(text.file, outcome.error);
    if (worthAnotherTry.has(outcome.error.code ?? "") && attempt <= settings.retries) {
      const message = `${outcome.error.message} (try ${String(attempt)} of ${String(settings.retries + 1)})`;
      settings.onProgress({ step: "retrying", file: text.file, message });
      const delay = Math.min(settings.retryDelayMs * 2 ** (attempt - 1), MAX_RETRY_DELAY_MS);
      await sleep(delay * (0.5 + Math.random() / 2));
      continue;
    }
    const { statement, offset } = locate(outcome, outcome.error, script, text);
    throw await remember(run, version, migrationFailed(text, outcome.error, { statement, offset, rolledBack: true }));
  }
}

interface Script {
  message: string;
  /** How many statements stand before the file's first. */
  before: number;
  /** Code points before the file's text. */
  start: number;
}

function compose({ session, settings }: Run, text: SqlText, record: string): Script {
  const before = ["BEGIN", ...sessionStatements(settings, session, "LOCAL")];
  const after = ["SET LOCAL search_path = ''", ...roleStatements(settings, "LOCAL"), record, fenceStatement(settings)];
  const head = `${before.join(";\n")};\n`;
  return {
    // The line break ends a comment that the file's last line may be.
    message: `${head}${text.sql}\n;\n${after.join(";\n")};\nCOMMIT`,
    before: before.length,
    start: Array.from(head).length,
  };
}

/** Where in the file the error belongs: PostgreSQL's position when it gives one, else the statement that was running. */
function locate(
  outcome: ScriptOutcome,
  error: pg.DatabaseError,
  script: Script,
  text: SqlText,
): { statement: number; offset: number | undefined } {
  const statement = outcome.completed - script.before;
  if (error.position === undefined) return { statement, offset: undefined };
  const characters = Array.from(text.sql);
  const index = Number(error.position) - 1 - script.start;
  if (index < 0 || index > characters.length) return { statement, offset: undefined };
  return { statement, offset: characters.slice(0, index).join("").length };
}

/** Writes a failure to the log, in a transaction of its own, and hands it back. A log that cannot be written hides nothing. */
export async function remember<Failed extends ReturnType<typeof migrationFailed>>(
  run: Run,
  version: string | null,
  failed: Failed,
): Promise<Failed> {
  const { file, line, sqlstate, reason } = failed.failure;
  const entry = { kind: "failed", version, file, line, sqlstate, message: reason } as const;
  await record(run, [recordEvent(run.settings, run.runId, entry)]).catch(() => undefined);
  return failed;
}

/** Runs the engine's own statements in a transaction of their own, as the owner. */
export async function record({ session, settings }: Run, statements: readonly string[]): Promise<void> {
  const script = ["BEGIN", ...sessionStatements(settings, session, "LOCAL"), ...statements, "COMMIT"].join(";\n");
  try {
    await runOwnScript(session.client, script);
  } catch (error) {
    await session.client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** admin_shutdown, crash_shutdown, cannot_connect_now, and the connection exceptions: the backend is gone. */
export function isShutdown(error: pg.DatabaseError): boolean {
  const code = error.code ?? "";
  return code.startsWith("08") || ["57P01", "57P02", "57P03", "57P05", "25P03"].includes(code);
}

export function connectionLost(file: string, cause: unknown): ConnectionLostError {
  const message = `migration "${file}": the connection broke while it ran (${asError(cause).message}). Run up again: the history decides.`;
  return new ConnectionLostError(message, { cause });
}

export function lockLost(file: string, cause: unknown): LockLostError {
  return new LockLostError(
    `migration "${file}": the runner lock was lost before the commit, so it was rolled back; ` +
      "expected a connection of its own (no pooler in transaction mode, no pg_advisory_unlock_all in files). Run up again.",
    { cause },
  );
}
