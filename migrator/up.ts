import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionLostError, MigrationError, PlanError } from "./errors.ts";
import { ensureHistory, type History, readHistory } from "./history.ts";
import { recordApplied } from "./history-statements.ts";
import type { Migration, MigrationSet, Seed } from "./migration.ts";
import { type MigratorOptions, resolveOptions, type Settings } from "./options.ts";
import { plan } from "./plan.ts";
import { runStatementwise } from "./run-statements.ts";
import { type Run, runInTransaction } from "./run-transaction.ts";
import { withRunnerLock } from "./runner-lock.ts";
import { withSession } from "./session.ts";

/** What a run did. */
export interface UpResult {
  /** Version of the database now; "" when nothing was ever applied. */
  version: string;
  /** Files that this run applied, in order; `durationMs` as recorded in the history is the server's own. */
  applied: { version: string; file: string; durationMs: number }[];
  /** Seeds that this run wrote. */
  seeded: string[];
  /** How many migrations the database has now. */
  total: number;
}

const RECONNECTS = 3;

/**
 * Brings the database to the folder's last version. Needs migrations as `loadMigrations` gives them. Safe to run at the same
 * time from several places, to kill at any moment and to run again. Throws PlanError when history and folder contradict each
 * other, MigrationFailedError when a file fails (the files before it stay applied), LockTimeoutError, LockLostError and
 * ConnectionLostError.
 */
export async function up(options: MigratorOptions, set: MigrationSet): Promise<UpResult> {
  const settings = resolveOptions(options);
  const result: UpResult = { version: "", applied: [], seeded: [], total: 0 };
  for (let reconnects = 0; ; reconnects += 1) {
    try {
      return await withSession(settings, async (session) => {
        const run = { session, settings, runId: randomUUID() };
        const todo = decide(set, await readHistory(session.client, settings));
        if (todo.migrations.length + todo.seeds.length > 0) {
          await withRunnerLock(session.client, settings, () => applyAll(run, set, result));
        }
        return finish(result, set);
      });
    } catch (error) {
      // The history tells whether the file under way was committed: the next round reads it.
      if (!(error instanceof ConnectionLostError) || reconnects >= RECONNECTS) throw error;
      settings.onProgress({ step: "waiting", message: `${error.message} Connecting again.` });
      await sleep(settings.retryDelayMs * 2 ** reconnects);
    }
  }
}

function finish(result: UpResult, set: MigrationSet): UpResult {
  return { ...result, version: set.migrations.at(-1)?.version ?? "", total: set.migrations.length };
}

interface Todo {
  migrations: Migration[];
  seeds: Seed[];
}

function decide(set: MigrationSet, history: History | null): Todo {
  const { pending, problems } = plan(set.migrations, history?.applied ?? []);
  if (problems.length > 0) throw new PlanError(problems);
  const seeds = set.seeds.filter((seed) => {
    const last = history?.seeds.find(({ file }) => file === seed.file);
    return last === undefined || (last.sha256 === null ? last.checksum !== seed.checksum : last.sha256 !== seed.sha256);
  });
  return { migrations: pending, seeds };
}

async function applyAll(run: Run, set: MigrationSet, result: UpResult): Promise<void> {
  const { session, settings } = run;
  await ensureHistory(session.client, settings);
  // Read again under the lock: another runner may have done it all meanwhile.
  const history = await readHistory(session.client, settings);
  if (history === null)
    throw new MigrationError(`history in schema "${settings.historySchema}" vanished under the lock.`);
  const todo = decide(set, history);
  for (const migration of todo.migrations) {
    const durationMs = await timed(settings, migration.file, () => applyOne(run, migration, history));
    result.applied.push({ version: migration.version, file: migration.file, durationMs });
  }
  for (const seed of todo.seeds) {
    await timed(settings, seed.file, () => runInTransaction(run, seed, null, recordApplied(settings, run.runId, seed)));
    result.seeded.push(seed.file);
  }
}

async function applyOne(run: Run, migration: Migration, history: History): Promise<void> {
  if (migration.transactional) {
    const record = recordApplied(run.settings, run.runId, migration);
    await runInTransaction(run, migration, migration.version, record);
    return;
  }
  await runStatementwise(run, migration, migration.version, {
    earlier: history.unfinished,
    finish: (durationMs) => recordApplied(run.settings, run.runId, migration, durationMs),
  });
}

/** Announces a step, does it, announces its end. Returns its milliseconds. */
export async function timed(settings: Settings, file: string, work: () => Promise<void>): Promise<number> {
  settings.onProgress({ step: "starting", file });
  const began = performance.now();
  await work();
  const durationMs = Math.round(performance.now() - began);
  settings.onProgress({ step: "done", file, durationMs });
  return durationMs;
}
