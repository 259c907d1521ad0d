// The catalog as the last run left it, beside the history. A snapshot counts only while nothing was recorded after it: a run
// that was killed in between leaves "unknown" behind, never a false alarm.
import type pg from "pg";
import { tables } from "../history/history-tables.ts";
import type { Settings } from "../options.ts";
import { identifier, literal } from "../run/script-query.ts";
import { compare, type Difference } from "./compare.ts";
import { type CatalogObject, SNAPSHOT_FORMAT, snapshotQuery } from "./snapshot.ts";

/** How the database compares with what the last run left. */
export interface Drift {
  /** "unknown" until a run has taken a snapshot; the next one does. */
  state: "none" | "found" | "unknown";
  /** SHA-256 over the catalog as it is now, hex; "" when unknown. */
  fingerprint: string;
  objects: Difference[];
}

const catalogTable = ({ historySchema }: Pick<Settings, "historySchema">): string =>
  `${identifier(historySchema)}.migration_catalog`;

/** Number of the last event that may have changed the catalog; "started" stands before a file outside a transaction. */
const lastEvent = (settings: Settings): string =>
  `(SELECT coalesce(max(id), 0) FROM ${tables(settings).event}
     WHERE kind IN ('started', 'applied', 'repeated', 'seeded', 'undone'))`;

const comparable = (settings: Settings): string =>
  `c.format = ${String(SNAPSHOT_FORMAT)} AND c.server = current_setting('server_version_num')::int / 10000
    AND c.event = ${lastEvent(settings)}`;

/** Whether there is a snapshot and nothing ran after it. Needs the right to read the history. */
export async function isRecorded(client: pg.Client, settings: Settings): Promise<boolean> {
  if (!(await hasTable(client, settings))) return false;
  const { rows } = await client.query<{ recorded: boolean }>(
    `SELECT EXISTS (SELECT FROM ${catalogTable(settings)} c WHERE c.objects IS NOT NULL AND ${comparable(settings)}) AS recorded`,
  );
  return rows[0]?.recorded === true;
}

/** Statements that take a snapshot of the catalog as it is, for a transaction of the owner's under the runners' lock. */
export async function recordStatements(client: pg.Client, settings: Settings, runId: string): Promise<string[]> {
  const table = catalogTable(settings);
  const readers = settings.historyReaders.map(identifier).join(", ");
  const make = [
    `CREATE TABLE ${table} (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event bigint NOT NULL, format int NOT NULL, server int NOT NULL,
       taken_at timestamptz NOT NULL DEFAULT now(), run_id uuid NOT NULL, fingerprint text NOT NULL, objects jsonb)`,
    ...(readers === "" ? [] : [`GRANT SELECT ON ${table} TO ${readers}`]),
  ];
  return [
    ...((await hasTable(client, settings)) ? [] : make),
    ...quiet,
    // Fingerprints stay for ever, objects only of the last snapshot.
    `UPDATE ${table} SET objects = NULL WHERE objects IS NOT NULL`,
    `WITH ${snapshotQuery(tables(settings).history, { intended: true })}
     INSERT INTO ${table} (event, format, server, run_id, fingerprint, objects)
     SELECT ${lastEvent(settings)}, ${String(SNAPSHOT_FORMAT)}, current_setting('server_version_num')::int / 10000,
            ${literal(runId)}::uuid, fingerprint, objects FROM snapshot`,
  ];
}

/** Names are written with their schema, and the one query is too short to be compiled. */
const quiet = ["SET LOCAL search_path = ''", "SET LOCAL jit = off"];

interface Compared {
  known: boolean;
  fingerprint: string;
  before: CatalogObject[] | null;
  after: CatalogObject[] | null;
}

/** Compares the catalog as it is with the last snapshot. Changes nothing; needs the right to read the history. */
export async function compareWithRecorded(client: pg.Client, settings: Settings): Promise<Drift> {
  if (!(await hasTable(client, settings))) return { state: "unknown", fingerprint: "", objects: [] };
  const compared = `WITH ${snapshotQuery(tables(settings).history, { intended: false })}, recorded AS (
      SELECT c.fingerprint, c.objects, ${comparable(settings)} AS known
        FROM ${catalogTable(settings)} c WHERE c.objects IS NOT NULL ORDER BY id DESC LIMIT 1
    ) SELECT coalesce(recorded.known, false) AS known, snapshot.fingerprint,
             CASE WHEN differs THEN recorded.objects END AS before, CASE WHEN differs THEN snapshot.objects END AS after
        FROM snapshot LEFT JOIN recorded ON true
       CROSS JOIN LATERAL (SELECT recorded.known AND snapshot.fingerprint <> recorded.fingerprint AS differs) AS verdict`;
  const row = await readOnly(client, async () => (await client.query<Compared>(compared)).rows[0]);
  if (row?.known !== true) return { state: "unknown", fingerprint: row?.fingerprint ?? "", objects: [] };
  const objects = compare(row.before ?? [], row.after ?? []);
  return { state: row.before === null ? "none" : "found", fingerprint: row.fingerprint, objects };
}

/** An answer within seconds, even while somebody holds a table. */
async function readOnly<Result>(client: pg.Client, work: () => Promise<Result>): Promise<Result> {
  await client.query(["BEGIN READ ONLY", ...quiet, "SET LOCAL lock_timeout = '2s'"].join(";\n"));
  try {
    return await work();
  } finally {
    await client.query("ROLLBACK").catch(() => undefined);
  }
}

async function hasTable(client: pg.Client, settings: Settings): Promise<boolean> {
  const sql = `SELECT to_regclass(${literal(catalogTable(settings))}) IS NOT NULL AS there`;
  return (await client.query<{ there: boolean }>(sql)).rows[0]?.there === true;
}
