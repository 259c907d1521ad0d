import { keepingWatch } from "./catalog/drift.ts";
import { PlanError, PooledConnectionError } from "./errors.ts";
import type { History, RepeatedRow } from "./history/history.ts";
import { noHistory, readForChange, readHistory, sinceBaseline } from "./history/history.ts";
import { ensureHistory } from "./history/history-schema.ts";
import { recordApplied, recordSeeded } from "./history/history-statements.ts";
import type { Migration, MigrationSet, Repeatable, SqlText } from "./migration.ts";
import { type MigratorOptions, resolveOptions, type Settings } from "./options.ts";
import { plan } from "./plan.ts";
import { type Run, type Step, withRun } from "./run/run.ts";
import { runStep } from "./run/run-statements.ts";
import { withRunnerLock } from "./run/runner-lock.ts";

/** What a run did. */
export interface UpResult {
  /** Version of the database now; "" when nothing was ever applied. */
  version: string;
  /** Files that this run applied, in order; `durationMs` as recorded in the history is the server's own. */
  applied: { version: string; file: string; durationMs: number }[];
  /** Repeatables that this run applied. */
  repeated: string[];
  /** Seeds that this run wrote. */
  seeded: string[];
  /** How many migrations the database has now. */
  total: number;
}

/**
 * Brings the database to the folder's last version, then runs the repeatables and the environment's seeds that changed. Needs
 * migrations as `loadMigrations` gives them. Safe to run at the same time from several places, to kill at any moment and to
 * run again. Throws PlanError when history and folder contradict each other, DriftError
 * when others have changed the catalog, MigrationFailedError when a file fails (the files
 * before it stay applied), LockTimeoutError, LockLostError, ConnectionLostError, UnknownOutcomeError, InterruptedError after
 * the signal, and PooledConnectionError where a pooler is in the way of files outside a transaction.
 */
export async function up(options: MigratorOptions, set: MigrationSet): Promise<UpResult> {
  const settings = resolveOptions(options);
  const result: UpResult = { version: "", applied: [], repeated: [], seeded: [], total: 0 };
  return await withRun(settings, async (run) => {
    const history = await readHistory(run.session.client, settings);
    const todo = decide(settings, set, history);
    const pending = todo.migrations.length + todo.repeated.length > 0;
    // A killed run left no snapshot; or the surroundings are to be taken as they are now.
    const wantsSnapshot = history !== null && (settings.acceptSurroundings || !history.recorded);
    if (pending || wantsSnapshot) {
      requireOwnConnection(run, todo.migrations);
      await withRunnerLock(run, () => keepingWatch(run, () => applyAll(run, set, result)));
    }
    return { ...result, version: set.migrations.at(-1)?.version ?? "", total: set.migrations.length };
  });
}

interface Todo {
  migrations: Migration[];
  repeated: Repeatable[];
}

function decide(settings: Settings, set: MigrationSet, found: History | null): Todo {
  const history = found ?? noHistory;
  const { pending, problems } = plan(sinceBaseline(set.migrations, history), history.applied);
  if (problems.length > 0) throw new PlanError(problems);
  return { migrations: pending, repeated: pendingRepeated(settings, set, history) };
}

/** Repeatables, then the environment's seeds, whose last run had another content. */
export function pendingRepeated(settings: Settings, set: MigrationSet, history: History): Repeatable[] {
  const { environment } = settings;
  const seeds = set.seeds.filter(({ environments }) => environments.length === 0 || environments.includes(environment));
  return [...changed(set.repeatables, history.repeatables), ...changed(seeds, history.seeds)];
}

function changed(files: readonly Repeatable[], rows: readonly RepeatedRow[]): Repeatable[] {
  return files.filter(({ file, sha256, checksum }) => {
    const last = rows.find((row) => row.file === file);
    return last === undefined || (last.sha256 === null ? last.checksum !== checksum : last.sha256 !== sha256);
  });
}

async function applyAll(run: Run, set: MigrationSet, result: UpResult): Promise<void> {
  await ensureHistory(run);
  // Read again under the lock: another runner may have done it all meanwhile.
  const history = await readForChange(run);
  const todo = decide(run.settings, set, history);
  requireOwnConnection(run, todo.migrations);
  const steps = stepsOf(run, set, todo, history);
  for (const [index, step] of steps.entries()) {
    const following = steps[index + 1];
    // A migration's record raises where the record before it is missing.
    const next = following?.text.transactional === true && following.version !== null ? following : undefined;
    const durationMs = await timed(run.settings, step.text.file, () => runStep(run, step, history.unfinished, next));
    step.note(result, durationMs);
  }
}

interface UpStep extends Step {
  note: (result: UpResult, durationMs: number) => void;
}

function stepsOf({ settings, runId }: Run, set: MigrationSet, todo: Todo, { lastRank }: History): UpStep[] {
  let rank = lastRank;
  const ranked = (text: Migration | Repeatable, note: UpStep["note"]): UpStep => {
    const at = { rank: (rank += 1) };
    const record: Step["record"] = (durationMs) => recordApplied(settings, runId, text, { ...at, durationMs });
    return { text, version: "version" in text ? text.version : null, record, note };
  };
  const migrations = todo.migrations.map((text) =>
    ranked(text, ({ applied }, durationMs) => applied.push({ version: text.version, file: text.file, durationMs })),
  );
  const others = todo.repeated.map((text): UpStep => {
    if (!set.seeds.some((seed) => seed === text)) return ranked(text, ({ repeated }) => repeated.push(text.file));
    const record = (): string => recordSeeded(settings, runId, text);
    return { text, version: null, record, note: ({ seeded }) => seeded.push(text.file) };
  });
  return [...migrations, ...others];
}

/** Refuses, before anything is touched, what cannot run through a pooler. */
export function requireOwnConnection(
  { session }: Run,
  texts: readonly Pick<SqlText, "file" | "transactional">[],
): void {
  const outside = texts.filter(({ transactional }) => !transactional).map(({ file }) => `"${file}"`);
  if (!session.pooled || outside.length === 0) return;
  throw new PooledConnectionError(
    `migrations: ${outside.join(", ")} run outside a transaction, but a pooler stands before the database ` +
      "(it greeted with another backend than the one that answers), where no lock outlasts a transaction; " +
      "expected a connection of its own. Connect to PostgreSQL directly and run it again.",
  );
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
