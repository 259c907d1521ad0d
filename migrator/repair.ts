import { recordStatements } from "./catalog/recorded.ts";
import { RepairRefusedError } from "./errors.ts";
import { type History, type HistoryRow, readForChange, sinceBaseline } from "./history/history.ts";
import { forgetProgress, recordEvent } from "./history/history-statements.ts";
import { tables } from "./history/history-tables.ts";
import { compareVersions, type Migration, type MigrationSet, versionKey } from "./migration.ts";
import { type MigratorOptions, resolveOptions, type Settings } from "./options.ts";
import { plan, type PlanEntry } from "./plan.ts";
import { type Run, withRun } from "./run/run.ts";
import { mayCommit } from "./run/run-statements.ts";
import { changeHistory } from "./run/run-transaction.ts";
import { withRunnerLock } from "./run/runner-lock.ts";
import { literal } from "./run/script-query.ts";

/** One thing that repair does to the history; nothing else in the database is touched. */
export interface Repair {
  /** "removed": a failed row; "realigned": to the file's present text and name; "deleted": marked, its file is gone; "forgotten": an interrupted statement. */
  kind: "removed" | "realigned" | "deleted" | "forgotten";
  version: string | null;
  file: string;
  /** What was and what is, in words. */
  message: string;
}

/**
 * Brings the history in line with the folder, as Flyway's repair does: removes rows of failed migrations, takes over the
 * checksums and names of edited files, marks rows whose file is gone as deleted, and lets an interrupted block run again.
 * Everything is logged with the reason. `dryRun` changes nothing and tells what it would do. Throws RepairRefusedError
 * without a reason and for a file that stands under another number now; else as `up`.
 */
export async function repair(
  options: MigratorOptions,
  set: MigrationSet,
  { reason, dryRun = false }: { reason: string; dryRun?: boolean },
): Promise<Repair[]> {
  const settings = resolveOptions(options);
  if (reason.trim() === "" && !dryRun) {
    throw new RepairRefusedError(
      "repair: no reason is given; expected one, the log keeps it. Say why the history is wrong.",
    );
  }
  let done: Repair[] = [];
  return await withRun(settings, async (run) => {
    const look = async (): Promise<{ steps: Step[]; history: History }> => {
      const history = await readForChange(run);
      return { steps: stepsOf(settings, set, history), history };
    };
    if (dryRun) return (await look()).steps.map(({ repair: step }) => step);
    return await withRunnerLock(run, async () => {
      const { steps, history } = await look();
      // None are left when an earlier answer got lost on the way.
      if (steps.length === 0) return done;
      done = steps.map(({ repair: step }) => step);
      const changes = steps.flatMap((step) => [...step.sql, logOf(run, step, reason)]);
      // One that stands tells of drift, which a repair must not hide; where there is none, watching begins now.
      const snapshot = history.recorded ? [] : recordStatements(settings, run.runId);
      await changeHistory(run, "repair", [...changes, ...snapshot]);
      return done;
    });
  });
}

interface Step {
  repair: Repair;
  sql: string[];
  rank?: number;
  /** Of the row from now on. */
  sha256?: string;
}

function stepsOf(settings: Settings, set: MigrationSet, history: History): Step[] {
  const files = sinceBaseline(set.migrations, history);
  const { entries } = plan(files, history.applied);
  const byVersion = new Map(entries.map((entry) => [versionKey(entry.version), entry]));
  const moved = entries.filter(({ outcome, version }) => outcome === "renamed" && fileOf(files, version) === undefined);
  if (moved.length > 0) {
    throw new RepairRefusedError(
      `repair: ${moved.map(({ file }) => `"${file}"`).join(", ")} stand in the folder under another number now; ` +
        "expected the number under which they were applied. Rename them back.",
    );
  }
  const rows = history.applied.flatMap((row) => {
    const entry = byVersion.get(versionKey(row.version));
    return entry === undefined ? [] : stepOf(settings, row, entry, fileOf(files, row.version));
  });
  return [...rows, ...forgotten(settings, set, history)];
}

const fileOf = (files: readonly Migration[], version: string): Migration | undefined =>
  files.find((file) => compareVersions(file.version, version) === 0);

function stepOf(settings: Settings, row: HistoryRow, { outcome }: PlanEntry, file: Migration | undefined): Step[] {
  const { history } = tables(settings);
  const { version, rank } = row;
  const step = (kind: Repair["kind"], message: string, sql: string): Step => ({
    repair: { kind, version, file: row.file, message },
    sql: [sql],
    rank,
  });
  const only = `WHERE installed_rank = ${literal(rank)}`;
  if (outcome === "failed") return [step("removed", "the row of a failed run", `DELETE FROM ${history} ${only}`)];
  if (outcome === "missing") {
    const deleted = `INSERT INTO ${history}
       (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
     SELECT (SELECT max(installed_rank) + 1 FROM ${history}), version, description, 'DELETE', script, checksum,
            session_user, 0, success FROM ${history} ${only}`;
    return [step("deleted", "its file is gone", deleted)];
  }
  if (file === undefined || !["edited", "renamed"].includes(outcome)) return [];
  const { sha256, checksum, description } = file;
  const message = `SHA-256 ${short(row.sha256)} is ${short(sha256)} now, "${row.file}" is "${file.file}"`;
  const realigned = `UPDATE ${history} SET checksum = ${literal(checksum)}, description = ${literal(description)},
          script = ${literal(file.file)} ${only}`;
  return [{ ...step("realigned", message, realigned), sha256 }];
}

const short = (hash: string | null): string => hash?.slice(0, 12) ?? "unknown";

/** Interrupted blocks that may have committed a part of their work: a person has looked, they may run again. */
function forgotten(settings: Settings, set: MigrationSet, { unfinished }: History): Step[] {
  return unfinished.flatMap(({ file, statement, finished }): Step[] => {
    const migration = set.migrations.find((candidate) => candidate.file === file);
    const kind = migration?.statements[statement]?.kind;
    if (finished || (migration !== undefined && !mayCommit.has(kind ?? ""))) return [];
    const message = `statement ${String(statement + 1)} was interrupted`;
    const repaired = { kind: "forgotten", version: migration?.version ?? null, file, message } as const;
    return [{ repair: repaired, sql: [forgetProgress(settings, file, statement)] }];
  });
}

function logOf({ settings, runId }: Run, { repair: done, rank, sha256 }: Step, reason: string): string {
  const { kind, version, file } = done;
  const message = `${kind}: ${done.message}. Reason: ${reason}`;
  return recordEvent(settings, runId, { kind: "repaired", version, file, message, rank, sha256 });
}
