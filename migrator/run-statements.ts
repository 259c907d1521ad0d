import { sha256 } from "./checksum.ts";
import { dropInvalid, indexState } from "./concurrent-index.ts";
import { EditedMigrationError } from "./errors.ts";
import { isServerError, migrationFailed } from "./failure.ts";
import type { History } from "./history.ts";
import { asError } from "./reason.ts";
import { forgetProgress, recordEvent, recordProgress } from "./history-statements.ts";
import type { SqlText, Statement } from "./migration.ts";
import { connectionLost, isShutdown, lockLost, record, remember, type Run } from "./run-transaction.ts";
import { fenceStatement, isLockLost } from "./runner-lock.ts";
import { runOwnScript, runScript, type ScriptOutcome } from "./script-query.ts";
import { sessionStatements } from "./session.ts";

type Progress = History["unfinished"][number];

/**
 * Runs a file outside a transaction, statement by statement. Each one's begin and end are recorded, so that the next run
 * goes on where this one stopped. Throws as runInTransaction does.
 */
export async function runStatementwise(
  run: Run,
  text: SqlText,
  version: string | null,
  { earlier, finish }: { earlier: readonly Progress[]; finish: (durationMs: number) => string },
): Promise<void> {
  const began = performance.now();
  await record(run, [recordEvent(run.settings, run.runId, { kind: "started", version, file: text.file })]);
  for (const [index, statement] of text.statements.entries()) {
    const before = earlier.find((row) => row.file === text.file && row.statement === index);
    if (before?.finished === true) {
      refuseEdited(text.file, statement, before);
      continue;
    }
    const step = { file: text.file, statement: index, sha256: sha256(statement.text) };
    try {
      await prepare(run, statement);
      await record(run, [recordProgress(run.settings, { ...step, finished: false })]);
      if (!(await alreadyDone(run, statement, before)))
        await execute(run, text, { version, index, resumed: before !== undefined });
      await record(run, [recordProgress(run.settings, { ...step, finished: true })]);
    } catch (error) {
      throw classify(text.file, error);
    }
  }
  const done = [
    finish(performance.now() - began),
    forgetProgress(run.settings, text.file),
    fenceStatement(run.settings),
  ];
  await record(run, done).catch((error: unknown) => {
    throw classify(text.file, error);
  });
}

function refuseEdited(file: string, statement: Statement, before: Progress): void {
  if (before.sha256 === sha256(statement.text)) return;
  throw new EditedMigrationError(
    file,
    `migration "${file}": line ${String(statement.line)} was edited after its statement had run; ` +
      "expected finished statements of an interrupted file unchanged. Put it back, correct the statements after it.",
  );
}

/** A clean session, the lock still ours, and no INVALID index in the way. */
async function prepare({ session, settings }: Run, statement: Statement): Promise<void> {
  // Waiting for a lock is harmless here: CONCURRENTLY lets others pass, and giving up would leave an INVALID index.
  const statements = [
    ...sessionStatements(settings, session, "SESSION"),
    "SET lock_timeout = 0",
    fenceStatement(settings),
  ];
  await runOwnScript(session.client, statements.join(";\n"));
  if (statement.concurrentIndex !== undefined) await dropInvalid(session.client, statement.concurrentIndex);
}

/** A build that finished just before an earlier run was killed needs no second one. */
async function alreadyDone({ session }: Run, statement: Statement, before: Progress | undefined): Promise<boolean> {
  if (before?.sha256 !== sha256(statement.text) || statement.concurrentIndex === undefined) return false;
  return (await indexState(session.client, statement.concurrentIndex)) === "valid";
}

async function execute(
  run: Run,
  text: SqlText,
  { version, index, resumed }: { version: string | null; index: number; resumed: boolean },
): Promise<void> {
  const { session, settings } = run;
  const statement = text.statements[index];
  if (statement === undefined) return;
  // `record` before this went back to the login's own role.
  await runOwnScript(
    session.client,
    [...sessionStatements(settings, session, "SESSION"), "SET lock_timeout = 0"].join(";\n"),
  );
  const outcome = await runScript(session.client, statement.text);
  if (outcome.error === undefined) {
    await requireValid(run, text, statement);
    return;
  }
  if (!isServerError(outcome.error) || isShutdown(outcome.error)) throw connectionLost(text.file, outcome.error);
  // Dropped just before an earlier run was killed: undefined_object, undefined_table.
  if (resumed && statement.kind === "DropStmt" && ["42704", "42P01"].includes(outcome.error.code ?? "")) return;
  if (statement.concurrentIndex !== undefined) {
    await dropInvalid(session.client, statement.concurrentIndex).catch(() => undefined);
  }
  const offset = positionIn(statement, outcome);
  const failed = migrationFailed(text, outcome.error, { statement: index, offset, rolledBack: false });
  throw await remember(run, version, failed);
}

function positionIn(statement: Statement, { error }: ScriptOutcome): number | undefined {
  if (!isServerError(error) || error.position === undefined) return undefined;
  return (
    statement.offset +
    Array.from(statement.text)
      .slice(0, Number(error.position) - 1)
      .join("").length
  );
}

async function requireValid({ session }: Run, text: SqlText, statement: Statement): Promise<void> {
  if (statement.concurrentIndex === undefined) return;
  const state = await indexState(session.client, statement.concurrentIndex);
  if (state === "valid") return;
  throw new Error(
    `migration "${text.file}": index "${statement.concurrentIndex.name}" is ${state} after its build; expected it valid. ` +
      "Look at the server's log, then run up again: what is left of it is removed first.",
  );
}

/** Errors of the engine's own statements in the same classes as those of files. */
function classify(file: string, error: unknown): unknown {
  if (isLockLost(error)) return lockLost(file, error);
  if (isServerError(error)) return isShutdown(error) ? connectionLost(file, error) : error;
  // What pg throws once the socket is gone has no class of its own.
  const { name, message } = asError(error);
  const broken = name === "Error" && /connection|not queryable|ECONN|EPIPE|timeout/i.test(message);
  return broken ? connectionLost(file, error) : error;
}
