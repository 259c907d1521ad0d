// The catalog as the last run left it, beside the history. A snapshot counts only while nothing was recorded after it: a run
// that was killed in between leaves "unknown" behind, never a false alarm.
import type pg from "pg";
import { isCurrent, lastChange, SNAPSHOT_FORMAT, tables } from "../history/history-tables.ts";
import type { Settings } from "../options.ts";
import { literal } from "../run/script-query.ts";
import { compare, type Difference } from "./compare.ts";
import { type CatalogObject, snapshotQuery } from "./snapshot.ts";

/** How the database compares with what the last run left. */
export interface Drift {
  /** "unknown" until a run has taken a snapshot; the next one does. */
  state: "none" | "found" | "unknown";
  /** SHA-256 over the catalog as it is now, hex; "" when unknown. */
  fingerprint: string;
  objects: Difference[];
}

/** Statements that take a snapshot of the catalog as it is, for a transaction of the owner's under the runners' lock. */
export function recordStatements(settings: Settings, runId: string): string[] {
  const { catalog, history } = tables(settings);
  return [
    ...quiet,
    // Fingerprints stay for ever, objects only of the last snapshot.
    `UPDATE ${catalog} SET objects = NULL WHERE objects IS NOT NULL`,
    `WITH ${snapshotQuery(history, { intended: true })}
     INSERT INTO ${catalog} (event, format, server, run_id, fingerprint, objects)
     SELECT ${lastChange(settings)}, ${String(SNAPSHOT_FORMAT)}, current_setting('server_version_num')::int / 10000,
            ${literal(runId)}::uuid, fingerprint, objects FROM snapshot`,
  ];
}

/** Names are written with their schema, and the one query is too short to be compiled. */
const quiet = ["SET LOCAL search_path = ''", "SET LOCAL jit = off"];

interface Compared {
  known: boolean;
  fingerprint: string;
  /** CatalogObject[] as JSON. */
  before: string | null;
  after: string | null;
}

/** Compares the catalog as it is with the last snapshot. Changes nothing; needs the right to read the history. */
export async function compareWithRecorded(client: pg.Client, settings: Settings): Promise<Drift> {
  const { history, catalog } = tables(settings);
  const there = `SELECT to_regclass(${literal(catalog)}) IS NOT NULL AS there`;
  if ((await client.query<{ there: boolean }>(there)).rows[0]?.there !== true) return unknown("");
  const compared = `WITH ${snapshotQuery(history, { intended: false })}, recorded AS (
      SELECT c.fingerprint, c.objects, ${isCurrent(settings)} AS known
        FROM ${catalog} c WHERE c.objects IS NOT NULL ORDER BY id DESC LIMIT 1
    ) SELECT coalesce(recorded.known, false) AS known, snapshot.fingerprint,
             CASE WHEN differs THEN recorded.objects END AS before, CASE WHEN differs THEN snapshot.objects END AS after
        FROM snapshot LEFT JOIN recorded ON true
       CROSS JOIN LATERAL (SELECT recorded.known AND snapshot.fingerprint <> recorded.fingerprint AS differs) AS verdict`;
  const row = await readOnly(client, async () => (await client.query<Compared>(compared)).rows[0]);
  if (row?.known !== true) return unknown(row?.fingerprint ?? "");
  const [before, after] = [row.before, row.after].map((json) => JSON.parse(json ?? "[]") as CatalogObject[]);
  const objects = compare(before ?? [], after ?? []);
  return { state: row.before === null ? "none" : "found", fingerprint: row.fingerprint, objects };
}

const unknown = (fingerprint: string): Drift => ({ state: "unknown", fingerprint, objects: [] });

/** An answer within seconds, even while somebody holds a table. */
async function readOnly<Result>(client: pg.Client, work: () => Promise<Result>): Promise<Result> {
  await client.query(["BEGIN READ ONLY", ...quiet, "SET LOCAL lock_timeout = '2s'"].join(";\n"));
  try {
    return await work();
  } finally {
    await client.query("ROLLBACK").catch(() => undefined);
  }
}
