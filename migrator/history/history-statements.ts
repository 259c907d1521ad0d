// SQL text that records what happened; it travels in the same message as the change it records.
import type { HistoryRow } from "./history.ts";
import { recordFunction, tables } from "./history-tables.ts";
import type { Migration, Repeatable } from "../migration.ts";
import type { Settings } from "../options.ts";
import { literal } from "../run/script-query.ts";

/** A file's place in the history, and when it got there. */
export interface Rank {
  /** Of the row; that nobody else has taken it holds the runner's view of the history to what it is. */
  rank: number;
  /** Milliseconds; null: since the transaction began. */
  durationMs?: number | null;
  /** null: now. */
  installedOn?: string | null;
}

/** Row and event of a file that ran, or that `message` takes over. Raises where the row of the rank before is missing. */
export function recordApplied(
  settings: Settings,
  runId: string,
  entry: Migration | Repeatable,
  { rank, durationMs = null, installedOn = null }: Rank,
  message: string | null = null,
): string {
  const { description, file, checksum, sha256 } = entry;
  const version = "version" in entry ? entry.version : null;
  const down = "down" in entry ? entry.down : null;
  const kind = message !== null ? "adopted" : version === null ? "repeated" : "applied";
  const duration = durationMs === null ? null : Math.round(durationMs);
  const row = [rank, version, description, file, checksum, duration, installedOn];
  const way = down === null ? [null, null, null, null] : [down.file, down.sql, down.sha256, down.transactional];
  const values = [...row, runId, kind, message, sha256, ...way].map(literal).join(", ");
  return `SELECT ${recordFunction(settings)}(${values})`;
}

/**
 * The function that writes both, once in the history's schema: its statements are planned once a session, which a thousand
 * files would pay for a thousand times.
 */
export function createRecordFunction(settings: Settings): string {
  const { history, event } = tables(settings);
  return `CREATE OR REPLACE FUNCTION ${recordFunction(settings)} (int, text, text, text, int, int, timestamp, uuid, text, text,
      text, text, text, text, boolean) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      duration int := coalesce($6, ${sinceStart});
    BEGIN
      IF $1 > 1 AND NOT EXISTS (SELECT FROM ${history} WHERE installed_rank = $1 - 1) THEN
        RAISE EXCEPTION 'row % of the history is missing', $1 - 1 USING ERRCODE = 'no_data_found';
      END IF;
      INSERT INTO ${history} (installed_rank, version, description, type, script, checksum, installed_by, installed_on,
          execution_time, success)
        VALUES ($1, $2, $3, 'SQL', $4, $5, session_user, coalesce($7, now()), duration, true);
      INSERT INTO ${event} (run_id, kind, version, script, message, installed_rank, sha256, duration_ms, ${wayBack})
        VALUES ($8, $9, $2, $4, $10, $1, $11, duration, $12, $13, $14, $15);
    END $$`;
}

const sinceStart = "(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000)::int";
const wayBack = "down_script, down_sql, down_sha256, down_transactional";

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
    INSERT INTO ${event} (run_id, kind, version, script, installed_rank)
    SELECT ${literal(runId)}::uuid, 'undone', version, script, ${literal(row.rank)} FROM removed`;
}

/** What the log keeps of an attempt. */
export interface LogEvent {
  kind: "started" | "failed" | "interrupted" | "baselined" | "repaired";
  version: string | null;
  file: string;
  line?: number;
  sqlstate?: string;
  message?: string;
  /** Of the history's row that it changes. */
  rank?: number | undefined;
  /** Of the row from now on; its stored way back stays, for that belongs to what was applied. */
  sha256?: string | undefined;
}

export function recordEvent(settings: Settings, runId: string, entry: LogEvent): string {
  const { event } = tables(settings);
  const { kind, version, file, line = null, sqlstate = null, message = null, rank = null, sha256 = null } = entry;
  const values = [runId, kind, version, file, line, sqlstate, message, rank, sha256].map(literal).join(", ");
  const columns = "run_id, kind, version, script, line, sqlstate, message, installed_rank, sha256";
  if (sha256 === null) return `INSERT INTO ${event} (${columns}) VALUES (${values})`;
  const last = `SELECT ${wayBack} FROM ${event} WHERE installed_rank = ${literal(rank)} ORDER BY id DESC LIMIT 1`;
  return `INSERT INTO ${event} (${columns}, ${wayBack})
    SELECT ${values}, last.* FROM (SELECT) AS one LEFT JOIN (${last}) AS last ON true`;
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
