// SQL text that records what happened; it travels in the same message as the change it records.
import type { HistoryRow } from "./history.ts";
import { tables } from "./history-tables.ts";
import type { Migration, Repeatable } from "../migration.ts";
import type { Settings } from "../options.ts";
import { literal } from "../run/script-query.ts";

/** PostgreSQL's columns for descriptions and scripts are as long as Flyway's. */
const sinceStart = "(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000)::int";

/** A file's place in the history, and when it got there. */
export interface Rank {
  /** Of the row; that nobody else has taken it holds the runner's view of the history to what it is. */
  rank: number;
  /** Milliseconds; null: since the transaction began. */
  durationMs?: number | null;
  /** SQL. */
  installedOn?: string;
}

/** Row, detail and event of a file that ran. Plain rows of known values: the server has nothing to plan. */
export function recordApplied(settings: Settings, runId: string, entry: Migration | Repeatable, at: Rank): string {
  const version = "version" in entry ? entry.version : null;
  const event = [runId, version === null ? "repeated" : "applied", version, entry.file];
  return `${insertRow(settings, runId, entry, at)};
    INSERT INTO ${tables(settings).event} (run_id, kind, version, script) VALUES (${event.map(literal).join(", ")})`;
}

/** The history's row and its detail. */
export function insertRow(
  settings: Settings,
  runId: string,
  entry: Migration | Repeatable,
  { rank, durationMs = null, installedOn = "now()" }: Rank,
): string {
  const { history, detail } = tables(settings);
  const version = "version" in entry ? entry.version : null;
  const down = "down" in entry ? entry.down : null;
  const { description, file, checksum, sha256, statements } = entry;
  const duration = durationMs === null ? sinceStart : String(Math.round(durationMs));
  const way = [down?.file ?? null, down?.sql ?? null, down?.sha256 ?? null, down?.transactional ?? null];
  return `INSERT INTO ${history} (installed_rank, version, description, type, script, checksum, installed_by, installed_on,
      execution_time, success)
    VALUES (${[rank, version, description, "SQL", file, checksum].map(literal).join(", ")}, session_user, ${installedOn},
      ${duration}, true);
    INSERT INTO ${detail} (installed_rank, version, sha256, statements, duration_ms, run_id, down_script, down_sql,
      down_sha256, down_transactional)
    VALUES (${[rank, version, sha256, statements.length].map(literal).join(", ")}, ${duration},
      ${[runId, ...way].map(literal).join(", ")})`;
}

/** A seed's last run stands outside Flyway's table, which knows no seeds. */
export function recordSeeded(settings: Settings, runId: string, seed: Repeatable): string {
  const { seed: table, event } = tables(settings);
  const values = [seed.file, seed.description, seed.sha256, runId].map(literal).join(", ");
  return `WITH seeded AS (
    INSERT INTO ${table} (script, description, sha256, run_id, duration_ms) VALUES (${values}, ${sinceStart})
    ON CONFLICT (script) DO UPDATE SET description = EXCLUDED.description, sha256 = EXCLUDED.sha256,
      run_id = EXCLUDED.run_id, duration_ms = EXCLUDED.duration_ms, seeded_at = now()
  ) INSERT INTO ${event} (run_id, kind, script) VALUES (${literal(runId)}, 'seeded', ${literal(seed.file)})`;
}

/** Takes a migration out of the history, as Flyway understands it, and remembers that in the log. */
export function recordUndone(settings: Settings, runId: string, row: HistoryRow): string {
  const { history, event } = tables(settings);
  return `WITH removed AS (DELETE FROM ${history} WHERE installed_rank = ${literal(row.rank)} RETURNING version, script)
    INSERT INTO ${event} (run_id, kind, version, script) SELECT ${literal(runId)}::uuid, 'undone', version, script FROM removed`;
}

/** What the log keeps of an attempt. */
export interface LogEvent {
  kind: "started" | "failed" | "interrupted" | "baselined" | "repaired" | "adopted";
  version: string | null;
  file: string;
  line?: number;
  sqlstate?: string;
  message?: string;
}

export function recordEvent(settings: Settings, runId: string, entry: LogEvent): string {
  const values = [runId, entry.kind, entry.version, entry.file, entry.line ?? null, entry.sqlstate ?? null];
  return `INSERT INTO ${tables(settings).event} (run_id, kind, version, script, line, sqlstate, message)
    VALUES (${[...values, entry.message ?? null].map(literal).join(", ")})`;
}

/** Statement `index` of a file outside a transaction is about to begin, or has finished. */
export function recordProgress(
  settings: Settings,
  { file, statement, sha256, finished }: { file: string; statement: number; sha256: string; finished: boolean },
): string {
  const values = [file, statement, sha256, finished].map(literal).join(", ");
  return `INSERT INTO ${tables(settings).progress} (script, statement, sha256, finished) VALUES (${values})
    ON CONFLICT (script, statement) DO UPDATE SET sha256 = EXCLUDED.sha256, finished = EXCLUDED.finished`;
}

export function forgetProgress(settings: Settings, file: string, statement?: number): string {
  const only = statement === undefined ? "" : ` AND statement = ${literal(statement)}`;
  return `DELETE FROM ${tables(settings).progress} WHERE script = ${literal(file)}${only}`;
}
