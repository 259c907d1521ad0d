// What the engine's tables say, read. Needs only the right to read.
import type pg from "pg";
import { isCurrent, tables } from "./history-tables.ts";
import { compareVersions, type Migration, versionKey } from "../migration.ts";
import type { Settings } from "../options.ts";
import type { AppliedFile } from "../plan.ts";
import type { Run } from "../run/run.ts";
import { literal } from "../run/script-query.ts";

/** A row of the history with its detail. */
export interface HistoryRow extends AppliedFile {
  rank: number;
  installedBy: string;
  installedOn: Date;
  /** Milliseconds. */
  durationMs: number;
  /** The stored way back, without its text; null where there is none. */
  down: { file: string; sha256: string; transactional: boolean } | null;
}

/** The last run of a seed or of a repeatable. */
export interface RepeatedRow {
  file: string;
  description: string;
  /** null where another tool wrote the row. */
  sha256: string | null;
  checksum?: number | null;
}

export interface History {
  /** Versioned rows by rank, without those that were marked as deleted. */
  applied: HistoryRow[];
  /** Version of the baseline: what is at or below it and has no row is none of this folder's. */
  baseline: string | null;
  repeatables: RepeatedRow[];
  seeds: RepeatedRow[];
  /** Files outside a transaction that began and did not finish: which statements are done. */
  unfinished: { file: string; statement: number; sha256: string; finished: boolean }[];
  /** The highest rank of any row. */
  lastRank: number;
  /** Number of the last event that changed the history. */
  lastEvent: string;
  /** Whether there is a snapshot of the catalog, and nothing ran after it. */
  recorded: boolean;
}

/** A database without a history. */
export const noHistory: History = {
  applied: [],
  baseline: null,
  repeatables: [],
  seeds: [],
  unfinished: [],
  lastRank: 0,
  lastEvent: "0",
  recorded: false,
};

/** As the server names it already. */
interface RawRow extends Omit<HistoryRow, "version"> {
  version: string | null;
  type: string;
}

type Rows = Pick<pg.QueryResult<pg.QueryResultRow>, "rows">;

/** Reads the history; null when there is none. */
export async function readHistory(client: pg.Client, settings: Settings): Promise<History | null> {
  const { history, event, progress, seed, catalog } = tables(settings);
  const { rows: found } = await client.query<{ history: boolean; catalog: boolean }>(
    `SELECT to_regclass(${literal(history)}) IS NOT NULL AS history, to_regclass(${literal(catalog)}) IS NOT NULL AS catalog`,
  );
  if (found[0]?.history !== true) return null;
  // One message. The log first: what comes after it can only be missed by it, never by the rows.
  const results: Rows | Rows[] = await client.query(
    `SELECT coalesce(max(id), 0)::text AS "lastEvent", (SELECT coalesce(max(installed_rank), 0) FROM ${history}) AS "lastRank"
       FROM ${event} WHERE kind NOT IN ('started', 'failed', 'interrupted');
     SELECT h.installed_rank AS rank, h.version, h.description, h.type, h.script AS file, h.checksum, h.success, d.sha256,
            h.installed_by AS "installedBy", h.installed_on AS "installedOn", h.execution_time AS "durationMs",
            CASE WHEN d.down_script IS NOT NULL THEN json_build_object('file', d.down_script, 'sha256', d.down_sha256,
              'transactional', d.down_transactional) END AS down
       FROM ${history} h LEFT JOIN (${lastOfRank(event, "sha256, down_script, down_sha256, down_transactional")}) d
            USING (installed_rank)
      WHERE h.type IN ('SQL', 'BASELINE', 'DELETE') ORDER BY h.installed_rank;
     SELECT script AS file, statement, sha256, finished FROM ${progress} ORDER BY script, statement;
     SELECT script AS file, description, sha256 FROM ${seed};
     ${found[0].catalog ? `SELECT FROM ${catalog} c WHERE c.objects IS NOT NULL AND ${isCurrent(settings)}` : ""}`,
  );
  const [events, rows, unfinished, seeds, snapshots]: Rows[] = Array.isArray(results) ? results : [];
  return {
    ...sort((rows?.rows ?? []) as RawRow[]),
    seeds: (seeds?.rows ?? []) as RepeatedRow[],
    unfinished: (unfinished?.rows ?? []) as History["unfinished"],
    ...((events?.rows[0] ?? noHistory) as Pick<History, "lastEvent" | "lastRank">),
    recorded: (snapshots?.rows.length ?? 0) > 0,
  };
}

/** The history (`noHistory` where there is none) for a run that is about to change it: what others do from now on shows. */
export async function readForChange(run: Run): Promise<History> {
  const history = (await readHistory(run.session.client, run.settings)) ?? noHistory;
  run.seen = { table: tables(run.settings).event, event: history.lastEvent };
  return history;
}

function sort(rows: readonly RawRow[]): Pick<History, "applied" | "baseline" | "repeatables"> {
  let baseline: string | null = null;
  const applied = new Map<string, HistoryRow>();
  const repeatables = new Map<string, RepeatedRow>();
  for (const { type, version, ...row } of rows) {
    // A row of type DELETE takes back what stands before it.
    if (type === "DELETE") (version === null ? repeatables : applied).delete(version ?? row.file);
    else if (version === null) repeatables.set(row.file, row);
    else if (type === "BASELINE") baseline = version;
    else applied.set(version, { ...row, version });
  }
  return { applied: [...applied.values()], baseline, repeatables: [...repeatables.values()] };
}

/** The event that holds the detail of each rank's row. */
const lastOfRank = (event: string, columns: string): string =>
  `SELECT DISTINCT ON (installed_rank) installed_rank, ${columns} FROM ${event}
    WHERE installed_rank IS NOT NULL ORDER BY installed_rank, id DESC`;

/** Texts of the stored ways back, by the rank of their row. */
export async function readWaysBack(client: pg.Client, settings: Settings): Promise<Map<number, string>> {
  const { rows } = await client.query<{ installed_rank: number; down_sql: string | null }>(
    lastOfRank(tables(settings).event, "down_sql"),
  );
  return new Map(rows.flatMap(({ installed_rank: rank, down_sql: sql }) => (sql === null ? [] : [[rank, sql]])));
}

/** The files that the history has to do with: without those that a baseline stands for. */
export function sinceBaseline<File extends Pick<Migration, "version">>(
  files: readonly File[],
  { baseline, applied }: { baseline: string | null; applied: readonly { version: string }[] },
): File[] {
  if (baseline === null) return [...files];
  const rows = new Set(applied.map(({ version }) => versionKey(version)));
  return files.filter(({ version }) => compareVersions(version, baseline) > 0 || rows.has(versionKey(version)));
}
