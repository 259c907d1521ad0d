import { sha256 } from "../files/checksum.ts";
import { dropHalfReindexed, dropInvalid, indexState } from "./concurrent-index.ts";
import { EditedMigrationError, UnknownOutcomeError } from "../errors.ts";
import { asConnectionLost, isShutdown } from "./broken-connection.ts";
import { isServerError, migrationFailed } from "./failure.ts";
import type { History } from "../history/history.ts";
import { nameFile } from "./holders.ts";
import { interrupted } from "./interruption.ts";
import { forgetProgress, recordEvent, recordProgress } from "../history/history-statements.ts";
import type { SqlText, Statement } from "../migration.ts";
import type { Run, Step } from "./run.ts";
import {
  changeHistory,
  lockLost,
  record,
  remember,
  rememberInterruption,
  runInTransaction,
  stopWhenInterrupted,
} from "./run-transaction.ts";
import { fenceStatement, isLockLost } from "./runner-lock.ts";
import { runOwnScript, runScript, type ScriptOutcome } from "./script-query.ts";
import { sessionStatements } from "./session.ts";
import { watched } from "./watch.ts";

type Progress = History["unfinished"][number];

/** Runs a file in the way that its head says; `next` as runInTransaction takes it. */
export function runStep(run: Run, step: Step, earlier: readonly Progress[], next?: Step): Promise<void> {
  return step.text.transactional ? runInTransaction(run, step, { next }) : runStatementwise(run, step, earlier);
}

/**
 * Runs a file outside a transaction, statement by statement. Each one's begin and end are recorded, so that the next run
 * goes on where this one stopped. Throws as runInTransaction does.
 */
async function runStatementwise(
  run: Run,
  { text, version, record: finish }: Step,
  earlier: readonly Progress[],
): Promise<void> {
  const began = performance.now();
  await record(run, [recordEvent(run.settings, run.runId, { kind: "started", version, file: text.file })]);
  for (const [index, statement] of text.statements.entries()) {
    const before = earlier.find((row) => row.file === text.file && row.statement === index);
    if (before?.finished === true) {
      refuseEdited(text.file, statement, before);
      continue;
    }
    await stopWhenInterrupted(run, version, text.file);
    const step = { file: text.file, statement: index, sha256: sha256(statement.text) };
    try {
      await prepare(run, statement, before !== undefined);
      await record(run, [recordProgress(run.settings, { ...step, finished: false })]);
      const finished = recordProgress(run.settings, { ...step, finished: true });
      if (fitsTransaction(statement)) {
        const alone = { text: cutOut(text, statement), version, record: (): string => finished };
        await runInTransaction(run, alone, { wholeFile: false });
        continue;
      }
      if (!(await alreadyDone(run, statement, before))) {
        refuseUnknown(text.file, statement, before);
        await execute(run, text, { version, index, resumed: before !== undefined });
      }
      await record(run, [finished]);
    } catch (error) {
      throw classify(text.file, error);
    }
  }
  const done = [finish(performance.now() - began), forgetProgress(run.settings, text.file)];
  await changeHistory(run, text.file, done);
}

/** Blocks and procedures may commit on their own; everything else that can share a transaction with its record does. */
export const mayCommit: ReadonlySet<string> = new Set(["DoStmt", "CallStmt"]);

function fitsTransaction({ kind, outsideTransaction }: Statement): boolean {
  return !outsideTransaction && !mayCommit.has(kind);
}

/** The statement as a text of its own, at its place in the file. */
function cutOut(text: SqlText, statement: Statement): SqlText {
  const blank = text.sql.slice(0, statement.offset).replaceAll(/[^\n]/g, " ");
  return { ...text, sql: `${blank}${statement.text}`, statements: [statement] };
}

/** Whether an interrupted block that may commit on its own did its work is nothing that the engine can see. */
function refuseUnknown(file: string, statement: Statement, before: Progress | undefined): void {
  if (!mayCommit.has(statement.kind) || before?.sha256 !== sha256(statement.text)) return;
  throw new UnknownOutcomeError(
    `migration "${file}": line ${String(statement.line)} was interrupted and may have committed a part of its work; ` +
      "expected a person's word. Look at the data; delete the statement from the file where it is done, then run repair.",
  );
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
async function prepare({ session, settings }: Run, statement: Statement, resumed: boolean): Promise<void> {
  // Waiting for a lock is harmless here: CONCURRENTLY lets others pass, and giving up would leave an INVALID index.
  const statements = [
    ...sessionStatements(settings, session, "SESSION"),
    "SET lock_timeout = 0",
    fenceStatement(settings),
  ];
  await runOwnScript(session.client, statements.join(";\n"));
  if (statement.concurrentIndex !== undefined) await dropInvalid(session.client, statement.concurrentIndex);
  if (resumed && statement.kind === "ReindexStmt") await dropHalfReindexed(session.client);
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
  const name = nameFile(text.file);
  const message = `${name}${statement.text}`;
  const { result: outcome, cut } = await watched(run, text.file, () => runScript(session.client, message));
  if (outcome.error === undefined) {
    await requireValid(run, text, statement);
    return;
  }
  const broken = !isServerError(outcome.error) || isShutdown(outcome.error);
  // What a cancelled build has left is removed by the next run: here it could wait for others.
  const stopped = `in "${text.file}", line ${String(statement.line)}; the statements before it are done`;
  if (cut) throw broken ? interrupted(stopped) : await rememberInterruption(run, version, text.file, stopped);
  if (!isServerError(outcome.error) || isShutdown(outcome.error)) throw outcome.error;
  // An earlier run was killed just after it.
  if (resumed && (saysDone[statement.kind] ?? []).includes(outcome.error.code ?? "")) return;
  if (statement.concurrentIndex !== undefined) {
    await dropInvalid(session.client, statement.concurrentIndex).catch(() => undefined);
  }
  if (statement.kind === "ReindexStmt") await dropHalfReindexed(session.client).catch(() => undefined);
  // Its end is known: another try is no blind one.
  if (mayCommit.has(statement.kind)) await record(run, [forgetProgress(settings, text.file, index)]);
  const offset = positionIn(statement, outcome, name.length);
  const failed = migrationFailed(text, outcome.error, { statement: index, offset, rolledBack: false });
  throw await remember(run, version, failed);
}

/** What a statement meets that was done before: SQLSTATEs of "is not there" and "is there already", by kind. */
const saysDone: Record<string, readonly string[]> = {
  DropStmt: ["42704", "42P01"],
  DropdbStmt: ["3D000"],
  DropTableSpaceStmt: ["42704"],
  DropSubscriptionStmt: ["42704"],
  CreatedbStmt: ["42P04"],
  CreateTableSpaceStmt: ["42710"],
  CreateSubscriptionStmt: ["42710"],
};

function positionIn(statement: Statement, { error }: ScriptOutcome, before: number): number | undefined {
  if (!isServerError(error) || error.position === undefined) return undefined;
  return (
    statement.offset +
    Array.from(statement.text)
      .slice(0, Number(error.position) - 1 - before)
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
  return isLockLost(error) ? lockLost(file, error) : asConnectionLost(file, error);
}
