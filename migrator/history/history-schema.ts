// The engine's tables. `schema_history` is Flyway's table, column for column, so that a team can go on with Flyway; what
// Flyway does not keep stands beside it.
import { tables } from "./history-tables.ts";
import type { Settings } from "../options.ts";
import type { Run } from "../run/run.ts";
import { changeHistory } from "../run/run-transaction.ts";
import { identifier, literal } from "../run/script-query.ts";
import { isServerError } from "../run/failure.ts";

const eventKinds = [
  ...["started", "applied", "repeated", "seeded", "undone"],
  ...["failed", "interrupted", "baselined", "repaired", "adopted"],
];

/** Makes schema and tables when they are missing, and adds what an older engine's tables lack. */
export async function ensureHistory(run: Run): Promise<void> {
  const { settings, session } = run;
  const { history, seed } = tables(settings);
  const { historySchema: schema, ownerRole } = settings;
  const { rows } = await session.client.query<{ schema: boolean; history: boolean; current: boolean }>(
    `SELECT to_regnamespace(${literal(identifier(schema))}) IS NOT NULL AS schema,
            to_regclass(${literal(history)}) IS NOT NULL AS history, to_regclass(${literal(seed)}) IS NOT NULL AS current`,
  );
  const there = rows[0] ?? { schema: false, history: false, current: false };
  if (there.current) return;
  const owner = ownerRole === "" ? "" : ` AUTHORIZATION ${identifier(ownerRole)}`;
  const make = [
    // The login itself may make schemas; the owner's role need not.
    ...(there.schema ? [] : ["RESET ROLE", `CREATE SCHEMA ${identifier(schema)}${owner}`]),
    ...(there.schema || ownerRole === "" ? [] : [`SET LOCAL ROLE ${literal(ownerRole)}`]),
    ...(there.history ? fromOlderEngine(settings) : [...historyTables(settings), seedTable(settings)]),
    ...grants(settings),
  ];
  try {
    await changeHistory(run, "history", make);
  } catch (error) {
    // Behind a pooler another runner may have made them in between: duplicate_table, duplicate_schema.
    if (!session.pooled || !isServerError(error) || !["42P07", "42P06", "42710"].includes(error.code ?? ""))
      throw error;
  }
}

function historyTables(settings: Settings): string[] {
  const { history, detail, event, progress } = tables(settings);
  const name = (suffix: string): string => identifier(`schema_history_${suffix}`);
  return [
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
       kind text NOT NULL ${kindCheck()},
       version text, script text NOT NULL, line int, sqlstate text, message text)`,
    `CREATE TABLE ${progress} (
       script text NOT NULL, statement int NOT NULL, sha256 text NOT NULL, finished boolean NOT NULL,
       PRIMARY KEY (script, statement))`,
    ...appendOnly(settings.historySchema, event),
  ];
}

const kindCheck = (): string =>
  `CONSTRAINT migration_event_kind_check CHECK (kind IN (${eventKinds.map(literal).join(", ")}))`;

const seedTable = (settings: Settings): string => `CREATE TABLE ${tables(settings).seed} (
   script text PRIMARY KEY, description text NOT NULL, sha256 text NOT NULL, run_id uuid NOT NULL,
   seeded_at timestamptz NOT NULL DEFAULT now(), duration_ms int NOT NULL)`;

/** An older engine kept seeds in Flyway's table, where Flyway takes them for repeatable migrations without a file. */
function fromOlderEngine(settings: Settings): string[] {
  const { history, detail, event, seed } = tables(settings);
  const old = `h.version IS NULL AND h.type = 'SQL' AND h.script ~ '^S[0-9]+__'`;
  return [
    `ALTER TABLE ${event} DROP CONSTRAINT IF EXISTS migration_event_kind_check`,
    `ALTER TABLE ${event} ADD ${kindCheck()}`,
    seedTable(settings),
    `INSERT INTO ${seed} (script, description, sha256, run_id, seeded_at, duration_ms)
       SELECT DISTINCT ON (h.script) h.script, h.description, d.sha256, d.run_id, h.installed_on, h.execution_time
         FROM ${history} h JOIN ${detail} d USING (installed_rank) WHERE ${old} ORDER BY h.script, h.installed_rank DESC`,
    `DELETE FROM ${history} h WHERE ${old}`,
  ];
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

function grants(settings: Settings): string[] {
  const readers = settings.historyReaders.map(identifier).join(", ");
  if (readers === "") return [];
  return [
    `GRANT USAGE ON SCHEMA ${identifier(settings.historySchema)} TO ${readers}`,
    `GRANT SELECT ON ${Object.values(tables(settings)).join(", ")} TO ${readers}`,
  ];
}
