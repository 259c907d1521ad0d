// The engine's tables. `schema_history` is Flyway's table, column for column, so that a team can go on with Flyway; what
// Flyway does not keep stands beside it.
import type pg from "pg";
import type { AppliedFile } from "./plan.ts";
import type { Settings } from "./options.ts";
import { identifier, literal, runOwnScript } from "./script-query.ts";
import { roleStatements } from "./session.ts";

/** A row of the history with its detail. */
export interface HistoryRow extends AppliedFile {
  rank: number;
  installedBy: string;
  installedOn: Date;
  /** Milliseconds. */
  durationMs: number;
  down: { file: string; sql: string; sha256: string; transactional: boolean } | null;
}

/** A seed's last run. */
export interface SeedRow {
  description: string;
  file: string;
  sha256: string | null;
  checksum: number | null;
}

export interface History {
  /** Versioned rows by rank. */
  applied: HistoryRow[];
  /** The last run of each seed. */
  seeds: SeedRow[];
  /** Files outside a transaction that began and did not finish: which statements are done. */
  unfinished: { file: string; statement: number; sha256: string; finished: boolean }[];
}

/** Qualified, quoted names of the engine's tables. */
export function tables({
  historySchema,
}: Pick<Settings, "historySchema">): Record<"history" | "detail" | "event" | "progress", string> {
  const name = (table: string): string => `${identifier(historySchema)}.${identifier(table)}`;
  return {
    history: name("schema_history"),
    detail: name("migration_detail"),
    event: name("migration_event"),
    progress: name("migration_progress"),
  };
}

interface RawRow {
  installed_rank: number;
  version: string | null;
  description: string;
  script: string;
  checksum: number | null;
  installed_by: string;
  installed_on: Date;
  execution_time: number;
  success: boolean;
  sha256: string | null;
  down_script: string | null;
  down_sql: string | null;
  down_sha256: string | null;
  down_transactional: boolean | null;
}

/** Reads the history; null when there is none. Needs only the right to read. */
export async function readHistory(client: pg.Client, settings: Settings): Promise<History | null> {
  const { history, detail, progress } = tables(settings);
  const found = await client.query<{ there: boolean }>(`SELECT to_regclass(${literal(history)}) IS NOT NULL AS there`);
  if (found.rows[0]?.there !== true) return null;
  const { rows } = await client.query<RawRow>(
    `SELECT h.installed_rank, h.version, h.description, h.script, h.checksum, h.installed_by, h.installed_on,
            h.execution_time, h.success, d.sha256, d.down_script, d.down_sql, d.down_sha256, d.down_transactional
       FROM ${history} h LEFT JOIN ${detail} d USING (installed_rank) WHERE h.type = 'SQL' ORDER BY h.installed_rank`,
  );
  const unfinished = await client.query<{ file: string; statement: number; sha256: string; finished: boolean }>(
    `SELECT script AS file, statement, sha256, finished FROM ${progress} ORDER BY script, statement`,
  );
  const seeds = new Map<string, SeedRow>();
  for (const row of rows.filter(({ version }) => version === null)) {
    const { description, script: file, sha256, checksum } = row;
    seeds.set(file, { description, file, sha256, checksum });
  }
  const applied = rows.flatMap((row) => (row.version === null ? [] : [toHistoryRow(row, row.version)]));
  return { applied, seeds: [...seeds.values()], unfinished: unfinished.rows };
}

function toHistoryRow(row: RawRow, version: string): HistoryRow {
  const { down_script: file, down_sql: sql, down_sha256: sha256, down_transactional: transactional } = row;
  const hasDown = file !== null && sql !== null && sha256 !== null && transactional !== null;
  return {
    rank: row.installed_rank,
    version,
    description: row.description,
    file: row.script,
    sha256: row.sha256,
    checksum: row.checksum,
    success: row.success,
    installedBy: row.installed_by,
    installedOn: row.installed_on,
    durationMs: row.execution_time,
    down: hasDown ? { file, sql, sha256, transactional } : null,
  };
}

/** Makes schema and tables when they are missing; call with the runners' lock held. */
export async function ensureHistory(client: pg.Client, settings: Settings): Promise<void> {
  const { history, detail, event, progress } = tables(settings);
  const { historySchema: schema, ownerRole } = settings;
  const { rows } = await client.query<{ schema_there: boolean; table_there: boolean }>(
    `SELECT to_regnamespace(${literal(identifier(schema))}) IS NOT NULL AS schema_there,
            to_regclass(${literal(history)}) IS NOT NULL AS table_there`,
  );
  if (rows[0]?.table_there === true) return;
  const authorization = ownerRole === "" ? "" : ` AUTHORIZATION ${identifier(ownerRole)}`;
  const name = (suffix: string): string => identifier(`schema_history_${suffix}`);
  const readers = settings.historyReaders.map(identifier).join(", ");
  await runOwnScript(
    client,
    [
      "BEGIN",
      ...(rows[0]?.schema_there === true ? [] : [`CREATE SCHEMA ${identifier(schema)}${authorization}`]),
      ...roleStatements(settings, "LOCAL"),
      `CREATE TABLE ${history} (
         "installed_rank" INT NOT NULL CONSTRAINT ${name("pk")} PRIMARY KEY,
         "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL, "type" VARCHAR(20) NOT NULL,
         "script" VARCHAR(1000) NOT NULL, "checksum" INTEGER, "installed_by" VARCHAR(100) NOT NULL,
         "installed_on" TIMESTAMP NOT NULL DEFAULT now(), "execution_time" INTEGER NOT NULL, "success" BOOLEAN NOT NULL)`,
      `CREATE INDEX ${name("s_idx")} ON ${history} ("success")`,
      `CREATE TABLE ${detail} (
         installed_rank int PRIMARY KEY REFERENCES ${history} ON DELETE CASCADE,
         version text UNIQUE, sha256 text NOT NULL, statements int NOT NULL, duration_ms int NOT NULL, run_id uuid NOT NULL,
         down_script text, down_sql text, down_sha256 text, down_transactional boolean)`,
      `CREATE TABLE ${event} (
         id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_id uuid NOT NULL,
         happened_at timestamptz NOT NULL DEFAULT clock_timestamp(), actor text NOT NULL DEFAULT session_user,
         kind text NOT NULL CHECK (kind IN ('started', 'applied', 'seeded', 'undone', 'failed')),
         version text, script text NOT NULL, line int, sqlstate text, message text)`,
      `CREATE TABLE ${progress} (
         script text NOT NULL, statement int NOT NULL, sha256 text NOT NULL, finished boolean NOT NULL,
         PRIMARY KEY (script, statement))`,
      ...appendOnly(schema, event),
      ...(readers === ""
        ? []
        : [
            `GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${readers}`,
            `GRANT SELECT ON ${history}, ${detail}, ${event}, ${progress} TO ${readers}`,
          ]),
      "COMMIT",
    ].join(";\n"),
  ).catch(async (error: unknown) => {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  });
}

function appendOnly(schema: string, event: string): string[] {
  const guard = `${identifier(schema)}.refuse_change`;
  return [
    `CREATE FUNCTION ${guard}() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       BEGIN RAISE EXCEPTION 'the migration log is append-only' USING ERRCODE = 'insufficient_privilege'; END $$`,
    `CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${event}
       FOR EACH STATEMENT EXECUTE FUNCTION ${guard}()`,
  ];
}
