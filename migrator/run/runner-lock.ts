// One runner at a time, by an advisory lock that is tried, never waited for: a session that blocks in pg_advisory_lock holds
// a snapshot, and CREATE INDEX CONCURRENTLY of the holder would wait for it: a deadlock. On a connection of its own a runner
// holds it for its whole run; behind a pooler each transaction takes it for itself.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { LockTimeoutError } from "../errors.ts";
import { type Activity, activityColumns, describe } from "./holders.ts";
import { throwIfInterrupted } from "./interruption.ts";
import type { Settings } from "../options.ts";
import { asError, codeOf } from "../reason.ts";
import type { Run } from "./run.ts";
import { literal } from "./script-query.ts";
import { poolerCleanUp } from "./session.ts";

/** Short enough that a killed runner is followed within three seconds, its server included. */
const MAX_POLL_MS = 500;
const LOCK_LOST = "the runner lock is lost";
const STOPPED = "the run is to stop";
const SQLSTATE_LOCK_BUSY = "MG002";
const SQLSTATE_HISTORY_MOVED = "MG003";

/** A lock's key in two halves; databases have separate key spaces, so the history's name is enough. */
function lockKey({ historySchema }: Settings, what = "schema_history"): [high: number, low: number] {
  const hash = createHash("sha256").update(`migrator:${historySchema}.${what}`).digest();
  return [hash.readInt32BE(0), hash.readInt32BE(4)];
}

/**
 * Holds the lock while `work` runs; behind a pooler does nothing, for there `guards` stand in each transaction. Throws
 * LockTimeoutError with the holder's name after the deadline.
 */
export async function withRunnerLock<Result>(run: Run, work: () => Promise<Result>): Promise<Result> {
  const { session, settings } = run;
  if (session.pooled) return await work();
  const key = lockKey(settings);
  await untilFree(run, async () => {
    // Twice: the fence gives one back and takes it again, and must not let go of it.
    const taken = "pg_try_advisory_lock($1, $2)";
    const text = `SELECT CASE WHEN ${taken} THEN ${taken} ELSE false END AS taken`;
    const { rows } = await session.client.query<{ taken: boolean }>(text, key);
    return rows[0]?.taken === true;
  });
  try {
    return await work();
  } finally {
    // The end of the session frees it too; a broken connection is no second failure.
    const free = "pg_advisory_unlock($1, $2)";
    await session.client.query(`SELECT ${free}, ${free}`, key).catch(() => undefined);
  }
}

/** Calls `take` until it says true. Throws LockTimeoutError after the deadline, InterruptedError on the signal. */
export async function untilFree({ session, settings }: Run, take: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + settings.runnerLockTimeoutMs;
  for (let pause = 25, told = false; ; pause = Math.min(pause * 2, MAX_POLL_MS)) {
    throwIfInterrupted(settings, "while it waited for another runner; nothing was done");
    if (await take()) return;
    const holder = await describeHolder(session.client, settings);
    if (Date.now() >= deadline) {
      throw new LockTimeoutError(
        `migrations: another runner holds the lock (${holder}), waited ${String(settings.runnerLockTimeoutMs)} ms; ` +
          "expected it to finish. Wait for it, or end it with pg_terminate_backend and run this again.",
      );
    }
    if (!told) settings.onProgress({ step: "waiting", message: `another runner is at work: ${holder}` });
    told = true;
    const limit = Math.max(deadline - Date.now(), 1);
    await sleep(Math.min(pause * (0.5 + Math.random()), limit), undefined, { signal: settings.signal }).catch(
      () => undefined,
    );
  }
}

async function describeHolder(client: pg.Client, settings: Settings): Promise<string> {
  const { rows } = await client.query<Activity>(
    `SELECT ${activityColumns} FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
      WHERE ${heldBy("l", lockKey(settings))}`,
  );
  return rows[0] === undefined ? "gone by now" : describe(rows[0]);
}

function heldBy(alias: string, [high, low]: [number, number]): string {
  // pg_locks shows the two halves as unsigned numbers; objsubid 2 stands for a key of two halves.
  return (
    `${alias}.locktype = 'advisory' AND ${alias}.objsubid = 2 AND ${alias}.granted AND ` +
    `${alias}.classid = ${String(high >>> 0)} AND ${alias}.objid = ${String(low >>> 0)} AND ` +
    `${alias}.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`
  );
}

/** What stands in each transaction of the engine, right after its BEGIN and right before its COMMIT. */
export interface Guards {
  head: string[];
  tail: string[];
}

/**
 * On a connection of its own: a fence before the COMMIT, which raises unless this very backend still holds the lock. Behind a
 * pooler: the transaction takes the lock for itself, and raises when another runner's doings came after `run.seen`.
 */
export function guards(run: Run): Guards {
  const { session, settings } = run;
  if (!session.pooled) return { head: [], tail: [fenceStatement(settings)] };
  const taken = `pg_catalog.pg_try_advisory_xact_lock(${lockKey(settings).join(", ")})`;
  const lock = raiseUnless(taken, "another runner holds the lock", SQLSTATE_LOCK_BUSY);
  if (run.seen === null) return { head: [lock], tail: poolerCleanUp };
  const others = `SELECT FROM ${run.seen.table} WHERE id > ${run.seen.event} AND run_id <> ${literal(run.runId)}`;
  // A statement of its own: its snapshot must be younger than the lock.
  const unmoved = raiseUnless(`NOT EXISTS (${others})`, "another runner changed the history", SQLSTATE_HISTORY_MOVED);
  return { head: [lock, unmoved], tail: poolerCleanUp };
}

/**
 * Raises unless this very backend still holds the lock: a session can only give back what it holds. A look into pg_locks
 * would tell as much, for ten times the price in each file's transaction.
 */
export function fenceStatement(settings: Settings): string {
  const key = lockKey(settings).join(", ");
  return must(`pg_catalog.pg_advisory_unlock(${key}) AND pg_catalog.pg_try_advisory_lock(${key})`, LOCK_LOST);
}

/** For a second connection: what was sent ahead and has not begun will not begin any more. */
export function stopStatement({ settings, runId }: Run): string {
  return `SELECT pg_catalog.pg_try_advisory_lock(${lockKey(settings, runId).join(", ")})`;
}

/** Raises when this run is to stop. */
export function goStatement({ settings, runId }: Run): string {
  const key = lockKey(settings, runId).join(", ");
  return must(
    `pg_catalog.pg_try_advisory_lock_shared(${key}) AND pg_catalog.pg_advisory_unlock_shared(${key})`,
    STOPPED,
  );
}

/** By a cast: a DO block would cost several times as much in each file's transaction. */
function must(condition: string, otherwise: string): string {
  return `SELECT (CASE WHEN ${condition} THEN 'true' ELSE '${otherwise}' END)::boolean`;
}

function raiseUnless(condition: string, message: string, sqlstate: string): string {
  return `DO $migrator$ BEGIN IF NOT ${condition} THEN
    RAISE EXCEPTION '${message}' USING ERRCODE = '${sqlstate}'; END IF; END $migrator$`;
}

/** Whether an error is one of the guards'. */
export const isLockLost = (error: unknown): boolean => isUnmet(error, LOCK_LOST);
export const isStopped = (error: unknown): boolean => isUnmet(error, STOPPED);
const isUnmet = (error: unknown, what: string): boolean =>
  codeOf(error) === "22P02" && asError(error).message.includes(what);
export const isLockBusy = (error: unknown): boolean => codeOf(error) === SQLSTATE_LOCK_BUSY;
export const isHistoryMoved = (error: unknown): boolean => codeOf(error) === SQLSTATE_HISTORY_MOVED;
