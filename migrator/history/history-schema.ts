// The engine's tables. `schema_history` is Flyway's table, column for column, so that a team can go on with Flyway; what
// Flyway does not keep stands beside it.
import { createRecordFunction } from "./history-statements.ts";
import { recordFunction, tables } from "./history-tables.ts";
import type { Settings } from "../options.ts";
import type { Run } from "../run/run.ts";
import { changeHistory } from "../run/run-transaction.ts";
import { identifier, literal } from "../run/script-query.ts";
import { isServerError } from "../run/failure.ts";

/** Makes schema and tables when they are missing. */
export async function ensureHistory(run: Run): Promise<void> {
  const { settings, session } = run;
  const { historySchema: schema, ownerRole } = settings;
  const names = Object.values(tables(settings)).map(literal).join(", ");
  const { rows } = await session.client.query<{ schema: boolean; complete: boolean }>(
    `SELECT to_regnamespace(${literal(identifier(schema))}) IS NOT NULL AS schema,
            (SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(ARRAY[${names}]) AS name)
              AND to_regproc(${literal(recordFunction(settings))}) IS NOT NULL AS complete`,
  );
  const there = rows[0] ?? { schema: false, complete: false };
  if (there.complete) return;
  const owner = ownerRole === "" ? "" : ` AUTHORIZATION ${identifier(ownerRole)}`;
  const make = [
    // The login itself may make schemas; the owner's role need not.
    ...(there.schema ? [] : ["RESET ROLE", `CREATE SCHEMA ${identifier(schema)}${owner}`]),
    ...(there.schema || ownerRole === "" ? [] : [`SET LOCAL ROLE ${literal(ownerRole)}`]),
    ...historyTables(settings),
    ...grants(settings),
  ];
  try {
    await changeHistory(run, "history", make);
  } catch (error) {
    // Behind a pooler another runner may have made them in between: duplicate_table, duplicate_schema, unique_violation.
    if (!session.pooled || !isServerError(error) || !["42P07", "42P06", "42710", "23505"].includes(error.code ?? ""))
      throw error;
  }
}

function historyTables(settings: Settings): string[] {
  const { history, event, progress, seed, catalog } = tables(settings);
  const name = (suffix: string): string => identifier(`schema_history_${suffix}`);
  return [
    `CREATE TABLE IF NOT EXISTS ${history} (
       "installed_rank" INT NOT NULL CONSTRAINT ${name("pk")} PRIMARY KEY,
       "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL, "type" VARCHAR(20) NOT NULL,
       "script" VARCHAR(1000) NOT NULL, "checksum" INTEGER, "installed_by" VARCHAR(100) NOT NULL,
       "installed_on" TIMESTAMP NOT NULL DEFAULT now(), "execution_time" INTEGER NOT NULL, "success" BOOLEAN NOT NULL)`,
    `CREATE INDEX IF NOT EXISTS ${name("s_idx")} ON ${history} ("success")`,
    // What Flyway's row of the same rank does not hold stands in the last event with that rank.
    `CREATE TABLE IF NOT EXISTS ${event} (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_id uuid NOT NULL,
       happened_at timestamptz NOT NULL DEFAULT clock_timestamp(), actor text NOT NULL DEFAULT session_user,
       kind text NOT NULL, version text, script text NOT NULL, line int, sqlstate text, message text,
       installed_rank int, sha256 text, duration_ms int,
       down_script text, down_sql text, down_sha256 text, down_transactional boolean)`,
    `CREATE TABLE IF NOT EXISTS ${progress} (
       script text NOT NULL, statement int NOT NULL, sha256 text NOT NULL, finished boolean NOT NULL,
       PRIMARY KEY (script, statement))`,
    `CREATE TABLE IF NOT EXISTS ${seed} (
       script text PRIMARY KEY, description text NOT NULL, sha256 text NOT NULL, run_id uuid NOT NULL,
       seeded_at timestamptz NOT NULL DEFAULT now(), duration_ms int NOT NULL)`,
    `CREATE TABLE IF NOT EXISTS ${catalog} (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event bigint NOT NULL, format int NOT NULL, server int NOT NULL,
       taken_at timestamptz NOT NULL DEFAULT now(), run_id uuid NOT NULL, fingerprint text NOT NULL, objects text)`,
    createRecordFunction(settings),
    ...appendOnly(settings.historySchema, event),
  ];
}

function appendOnly(schema: string, event: string): string[] {
  const guard = `${identifier(schema)}.refuse_change`;
  return [
    `CREATE OR REPLACE FUNCTION ${guard}() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       BEGIN RAISE EXCEPTION 'the migration log is append-only' USING ERRCODE = 'insufficient_privilege'; END $$`,
    `CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${event}
       FOR EACH STATEMENT EXECUTE FUNCTION ${guard}()`,
  ];
}

function grants(settings: Settings): string[] {
  const readers = settings.historyReaders.map(identifier).join(", ");
  if (readers === "") return [];
  return [
    `GRANT USAGE ON SCHEMA ${identifier(settings.historySchema)} TO ${readers}`,
    `GRANT SELECT ON ${Object.values(tables(settings)).join(", ")} TO ${readers}`,
  ];
}
