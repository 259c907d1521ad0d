// One runner at a time, by a session-level advisory lock that is tried, never waited for: a session that blocks in
// pg_advisory_lock holds a snapshot, and CREATE INDEX CONCURRENTLY of the holder would wait for it: a deadlock.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { LockTimeoutError } from "./errors.ts";
import { codeOf } from "./reason.ts";
import type { Settings } from "./options.ts";

/** Short enough that a killed runner is followed within three seconds, its server included. */
const MAX_POLL_MS = 500;
const SQLSTATE_LOCK_LOST = "MG001";

interface LockKey {
  high: number;
  low: number;
}

/** The lock's key; databases have separate key spaces, so the history's name is enough. */
function lockKey({ historySchema }: Settings): LockKey {
  const hash = createHash("sha256").update(`migrator:${historySchema}.schema_history`).digest();
  return { high: hash.readInt32BE(0), low: hash.readInt32BE(4) };
}

/** Holds the lock while `work` runs. Throws LockTimeoutError with the holder's name after the deadline. */
export async function withRunnerLock<Result>(
  client: pg.Client,
  settings: Settings,
  work: () => Promise<Result>,
): Promise<Result> {
  const { high, low } = lockKey(settings);
  await acquire(client, settings);
  try {
    return await work();
  } finally {
    // The end of the session frees it too; a broken connection is no second failure.
    await client.query("SELECT pg_advisory_unlock($1, $2)", [high, low]).catch(() => undefined);
  }
}

async function acquire(client: pg.Client, settings: Settings): Promise<void> {
  const { high, low } = lockKey(settings);
  const deadline = Date.now() + settings.runnerLockTimeoutMs;
  for (let pause = 25, told = false; ; pause = Math.min(pause * 2, MAX_POLL_MS)) {
    const { rows } = await client.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1, $2) AS taken", [
      high,
      low,
    ]);
    if (rows[0]?.taken === true) return;
    const holder = await describeHolder(client, settings);
    if (Date.now() >= deadline) {
      throw new LockTimeoutError(
        `migrations: another runner holds the lock (${holder}), waited ${String(settings.runnerLockTimeoutMs)} ms; ` +
          "expected it to finish. Wait for it, or end it with pg_terminate_backend and run this again.",
      );
    }
    if (!told) settings.onProgress({ step: "waiting", message: `another runner is at work: ${holder}` });
    told = true;
    await sleep(Math.min(pause * (0.5 + Math.random()), Math.max(deadline - Date.now(), 1)));
  }
}

async function describeHolder(client: pg.Client, settings: Settings): Promise<string> {
  const { high, low } = lockKey(settings);
  const { rows } = await client.query<{ pid: number; application: string | null; since: string | null; state: string }>(
    `SELECT l.pid, a.application_name AS application, a.backend_start::timestamptz(0)::text AS since,
            coalesce(a.state, 'unknown') AS state
       FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid)
      WHERE ${heldBy("l", high, low)}`,
  );
  const holder = rows[0];
  if (holder === undefined) return "gone by now";
  const { pid, application, since, state } = holder;
  return `pid ${String(pid)}, application "${application ?? "?"}", connected since ${since ?? "?"}, ${state}`;
}

function heldBy(alias: string, high: number, low: number): string {
  // pg_locks shows the two halves as unsigned numbers; objsubid 2 stands for a key of two halves.
  return (
    `${alias}.locktype = 'advisory' AND ${alias}.objsubid = 2 AND ${alias}.granted AND ` +
    `${alias}.classid = ${String(high >>> 0)} AND ${alias}.objid = ${String(low >>> 0)} AND ` +
    `${alias}.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`
  );
}

/** Fence: raises unless this very backend still holds the lock. Stands before each COMMIT, in the same message. */
export function fenceStatement(settings: Settings): string {
  const { high, low } = lockKey(settings);
  return `DO $migrator_fence$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid = pg_catalog.pg_backend_pid() AND ${heldBy("l", high, low)}) THEN
      RAISE EXCEPTION 'the runner lock is lost' USING ERRCODE = '${SQLSTATE_LOCK_LOST}';
    END IF; END $migrator_fence$`;
}

/** Whether an error is the fence's. */
export function isLockLost(error: unknown): boolean {
  return codeOf(error) === SQLSTATE_LOCK_LOST;
}
