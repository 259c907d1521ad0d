import type pg from "pg";
import { setTimeout as sleep } from "node:timers/promises";
import { asConnectionLost, connectionLost, isShutdown } from "./broken-connection.ts";
import { HistoryMovedError, type InterruptedError, LockLostError } from "../errors.ts";
import { type Circumstances, isServerError, migrationFailed } from "./failure.ts";
import { type LogEvent, recordEvent } from "../history/history-statements.ts";
import { nameFile } from "./holders.ts";
import { interrupted } from "./interruption.ts";
import type { SqlText } from "../migration.ts";
import type { Run, Script, Step } from "./run.ts";
import { goStatement, guards, isHistoryMoved, isLockBusy, isLockLost, isStopped, untilFree } from "./runner-lock.ts";
import { runScript, runScriptBehind, type ScriptOutcome } from "./script-query.ts";
import { roleStatements, sessionStatements } from "./session.ts";
import { watched, type Watched } from "./watch.ts";

/** lock_not_available, deadlock_detected, serialization_failure: another moment may do. */
const worthAnotherTry = new Set(["55P03", "40P01", "40001"]);
const MAX_RETRY_DELAY_MS = 30_000;

/** How a step stands among others. */
interface Place {
  /** False: the text is one statement of a file whose earlier ones stay done. */
  wholeFile?: boolean;
  /** The step after it, where that is a transaction too, and its record needs this one's. */
  next?: Step | undefined;
}

/**
 * Runs a file and its record in one transaction, sent as one message: either both are there afterwards or neither. `next` is
 * sent right behind it, so that the server never waits for this process. Throws MigrationFailedError, InterruptedError,
 * LockLostError or ConnectionLostError (then only the history knows whether it committed).
 */
export async function runInTransaction(run: Run, step: Step, { wholeFile = true, next }: Place = {}): Promise<void> {
  const { session, settings } = run;
  const { text, version } = step;
  const ahead = run.ahead?.step === step ? run.ahead : null;
  const script = ahead?.script ?? compose(run, step);
  let underWay = ahead?.outcome;
  for (let attempt = 1; ; attempt += 1) {
    // What the server has already is under way.
    if (underWay === undefined) await stopWhenInterrupted(run, version, text.file);
    const sent = await send(run, text.file, () => {
      const outcome = underWay ?? runScript(session.client, script.message);
      underWay = undefined;
      const alone = next === undefined || session.pooled || settings.signal?.aborted === true;
      run.ahead = alone ? null : sendAhead(run, next);
      return outcome;
    });
    const { error } = sent.result;
    if (error === undefined) return;
    // It fails too: it meets this one's failed transaction, or misses this one's record.
    await run.ahead?.outcome;
    run.ahead = null;
    const cut = sent.cut || isStopped(error);
    if (!isServerError(error) || isShutdown(error)) {
      if (cut) throw interrupted(`while "${text.file}" ran; the history knows whether it was committed`);
      throw connectionLost(text.file, error);
    }
    await session.client.query("ROLLBACK").catch((reason: unknown) => {
      throw connectionLost(text.file, reason);
    });
    const when = isStopped(error) ? `before "${text.file}"` : `while "${text.file}" ran; nothing of it is left`;
    if (cut) throw await rememberInterruption(run, version, text.file, when);
    if (isLockLost(error)) throw lockLost(text.file, error);
    if (isHistoryMoved(error)) throw new HistoryMovedError(error.message);
    const by = sent.blockers === "" ? "" : ` Blocked by ${sent.blockers}.`;
    if (!worthAnotherTry.has(error.code ?? "") || attempt > settings.retries) {
      const where = { ...locate(sent.result, error, script, text), rolledBack: wholeFile, blockers: by };
      throw await remember(run, version, migrationFailed(text, error, where));
    }
    const message = `${error.message} (try ${String(attempt)} of ${String(settings.retries + 1)}).${by}`;
    settings.onProgress({ step: "retrying", file: text.file, message });
    const delay = Math.min(settings.retryDelayMs * 2 ** (attempt - 1), MAX_RETRY_DELAY_MS);
    await sleep(delay * (0.5 + Math.random() / 2), undefined, { signal: settings.signal }).catch(() => undefined);
  }
}

/** Sends a step while the one before it is under way; nobody can take it back, so it looks for itself whether it may begin. */
function sendAhead(run: Run, step: Step): Run["ahead"] {
  const script = compose(run, step, run.settings.signal === undefined ? [] : [goStatement(run)]);
  return { step, script, outcome: runScriptBehind(run.session.client, script.message) };
}

/** Sends one message with a whole transaction; behind a pooler again until no other runner is at work. */
async function send(run: Run, file: string, message: () => Promise<ScriptOutcome>): Promise<Watched<ScriptOutcome>> {
  const { client, pooled } = run.session;
  const once = async (): Promise<Watched<ScriptOutcome>> => {
    const sent = await watched(run, file, message);
    if (isLockBusy(sent.result.error)) await client.query("ROLLBACK");
    return sent;
  };
  let sent = await once();
  if (!pooled || !isLockBusy(sent.result.error)) return sent;
  await untilFree(run, async () => {
    sent = await once();
    return !isLockBusy(sent.result.error);
  });
  return sent;
}

function compose(run: Run, { text, record }: Step, first: readonly string[] = []): Script {
  const { session, settings } = run;
  const { head, tail } = guards(run);
  const before = ["BEGIN", ...first, ...sessionStatements(settings, session, "LOCAL"), ...head];
  const after = ["SET LOCAL search_path = ''", ...roleStatements(settings, "LOCAL"), record(null), ...tail];
  const opening = `${nameFile(text.file)}${before.join(";\n")};\n`;
  return {
    // The line break ends a comment that the file's last line may be.
    message: `${opening}${text.sql}\n;\n${after.join(";\n")};\nCOMMIT`,
    before: before.length,
    opening,
  };
}

/** Where in the file the error belongs: PostgreSQL's position when it gives one, else the statement that was running. */
function locate(
  { completed }: ScriptOutcome,
  { position }: pg.DatabaseError,
  script: Script,
  text: SqlText,
): Pick<Circumstances, "statement" | "offset"> {
  const statement = completed - script.before;
  if (position === undefined) return { statement, offset: undefined };
  const characters = Array.from(text.sql);
  const index = Number(position) - 1 - Array.from(script.opening).length;
  if (index < 0 || index > characters.length) return { statement, offset: undefined };
  return { statement, offset: characters.slice(0, index).join("").length };
}

/** Writes a failure to the log, in a transaction of its own, and hands it back. */
export async function remember<Failed extends ReturnType<typeof migrationFailed>>(
  run: Run,
  version: string | null,
  failed: Failed,
): Promise<Failed> {
  const { file, line, sqlstate, reason } = failed.failure;
  await log(run, { kind: "failed", version, file, line, sqlstate, message: reason });
  return failed;
}

/** Writes an interruption to the log and hands its error back; `what` as `interrupted` takes it. */
export async function rememberInterruption(
  run: Run,
  version: string | null,
  file: string,
  what: string,
): Promise<InterruptedError> {
  const error = interrupted(what);
  await log(run, { kind: "interrupted", version, file, message: `interrupted ${what}` });
  return error;
}

/** Between two statements or files: nothing is begun any more. */
export async function stopWhenInterrupted(run: Run, version: string | null, file: string): Promise<void> {
  if (run.settings.signal?.aborted !== true) return;
  throw await rememberInterruption(run, version, file, `before "${file}"`);
}

/** A log that cannot be written hides nothing. */
async function log(run: Run, entry: LogEvent): Promise<void> {
  await record(run, [recordEvent(run.settings, run.runId, entry)]).catch(() => undefined);
}

/** Runs the engine's own statements in a transaction of their own, as the owner; no change of the history. */
export async function record(run: Run, statements: readonly string[]): Promise<void> {
  const error = await sendOwn(run, statements);
  if (error !== undefined) throw error;
}

/**
 * Changes the history, in a transaction of its own, under the lock. Throws LockLostError, HistoryMovedError,
 * ConnectionLostError, or PostgreSQL's own error.
 */
export async function changeHistory(run: Run, subject: string, statements: readonly string[]): Promise<void> {
  const { head, tail } = guards(run);
  const error = await sendOwn(run, [...head, ...statements, ...tail]);
  if (error === undefined) return;
  if (isLockLost(error)) throw lockLost(subject, error);
  if (isHistoryMoved(error)) throw new HistoryMovedError(error.message);
  throw asConnectionLost(subject, error);
}

async function sendOwn(run: Run, statements: readonly string[]): Promise<Error | undefined> {
  const script = ["BEGIN", ...sessionStatements(run.settings, run.session, "LOCAL"), ...statements, "COMMIT"];
  const { error } = (await send(run, "", () => runScript(run.session.client, script.join(";\n")))).result;
  if (error !== undefined) await run.session.client.query("ROLLBACK").catch(() => undefined);
  return error;
}

export function lockLost(file: string, cause: unknown): LockLostError {
  return new LockLostError(
    `migration "${file}": the runner lock was lost before the commit, so it was rolled back; ` +
      "expected it held to the end (no pg_advisory_unlock_all in files). Run up again.",
    { cause },
  );
}
