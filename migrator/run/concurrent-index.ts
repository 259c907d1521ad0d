// CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY that are interrupted leave INVALID indexes behind: they cost on every write
// and help no query.
import type pg from "pg";
import type { Statement } from "../migration.ts";
import { identifier } from "./script-query.ts";

type Index = NonNullable<Statement["concurrentIndex"]>;

/** "absent", "invalid" or "valid". */
export type IndexState = "absent" | "invalid" | "valid";

/** State of the index that a statement is to build. An index stands in its table's schema. */
export async function indexState(client: pg.Client, index: Index): Promise<IndexState> {
  return (await find(client, index)).state;
}

/** Removes what an interrupted build has left; nothing else. */
export async function dropInvalid(client: pg.Client, index: Index): Promise<void> {
  const { state, schema } = await find(client, index);
  if (state !== "invalid") return;
  await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${identifier(schema)}.${identifier(index.name)}`);
}

/**
 * Removes what an interrupted REINDEX CONCURRENTLY has left: half-built copies and replaced originals, under names of
 * PostgreSQL's own. Only those that this role may drop.
 */
export async function dropHalfReindexed(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
       FROM pg_catalog.pg_index i
       JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND n.nspname !~ '^pg_'
        AND pg_catalog.pg_has_role(c.relowner, 'USAGE')`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
}

async function find(client: pg.Client, index: Index): Promise<{ state: IndexState; schema: string }> {
  const table = [index.schema, index.table]
    .filter((part) => part !== "")
    .map(identifier)
    .join(".");
  const { rows } = await client.query<{ valid: boolean; schema: string }>(
    `SELECT i.indisvalid AS valid, n.nspname AS schema
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = $1
        AND c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($2))`,
    [index.name, table],
  );
  const row = rows[0];
  return row === undefined
    ? { state: "absent", schema: "" }
    : { state: row.valid ? "valid" : "invalid", schema: row.schema };
}
