// Rows that look into the database as `music_library_verifier`, which can only read.
import type pg from "pg";
import { openClient } from "../../connections/open.ts";
import { projectRoot } from "../../local/paths.ts";
import { connectionAs, type VerifyContext } from "./context.ts";
import type { Instance } from "./instance.ts";
import { migrationFigure } from "./migration-row.ts";
import { expectThat, type Row, row } from "./report.ts";
import { searchRows } from "./search-rows.ts";
import { tlsRows } from "./tls-rows.ts";

/** All of them over one connection, one after the other. */
export async function databaseRows(context: VerifyContext, instance: Promise<Instance>): Promise<Row[]> {
  const { contract } = context;
  const descriptor = connectionAs(contract, contract.database.logins.verifier);
  const started = performance.now();
  let client: pg.Client;
  try {
    client = await openClient(descriptor, { applicationName: "verify" });
  } catch (error) {
    const figure = error instanceof Error ? error.message : String(error);
    return [{ promise: "the database answers and has its schema", passed: false, figure }];
  }
  try {
    const connectMs = performance.now() - started;
    return [
      await row("the database answers and has its schema", () => schemaFigure(client, connectMs)),
      await row("migrations are complete and unedited", () => migrationFigure(contract, projectRoot)),
      ...(await searchRows(client)),
      await row("PUBLIC has nothing", () => publicFigure(client)),
      ...(await tlsRows(descriptor, instance)),
    ];
  } finally {
    await client.end();
  }
}

async function schemaFigure(client: pg.Client, connectMs: number): Promise<string> {
  const expected = ["audio_tracks", "track_events"];
  const { rows } = await client.query<{ table_name: string }>(
    "select c.relname as table_name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'library' and c.relkind in ('r', 'p')",
  );
  const present = new Set(rows.map(({ table_name }) => table_name));
  const missing = expected.filter((name) => !present.has(name));
  expectThat(missing.length === 0, `tables missing in schema library: ${missing.join(", ")}`);
  const { rows: versions } = await client.query<{ server_version: string; estimate: string }>(
    "select current_setting('server_version') as server_version, (select count(*) from library.audio_tracks) as estimate",
  );
  expectThat(
    versions[0]?.server_version.startsWith("15.") === true,
    `PostgreSQL ${versions[0]?.server_version ?? "?"} answers; expected 15`,
  );
  return `PostgreSQL ${versions[0]?.server_version ?? ""}, ${present.size} tables, ${versions[0]?.estimate ?? ""} tracks, connected in ${connectMs.toFixed(0)} ms`;
}

/** Neither CREATE nor anything else on the database and its schemas for everybody. */
async function publicFigure(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ what: string }>(`
    select 'CREATE on schema ' || nspname as what from pg_namespace where has_schema_privilege('public', oid, 'create')
    union all select 'USAGE on schema ' || nspname from pg_namespace
      where nspname in ('library', 'migrations') and has_schema_privilege('public', oid, 'usage')
    union all select privilege || ' on database' from unnest(array['connect', 'create', 'temporary']) as privilege
      where has_database_privilege('public', current_database(), privilege)`);
  expectThat(rows.length === 0, `PUBLIC holds ${rows.map(({ what }) => what).join(", ")}`);
  return "no CREATE, no CONNECT, no USAGE";
}
