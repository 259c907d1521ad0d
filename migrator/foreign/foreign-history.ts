// What other tools' histories are read into.
import type pg from "pg";
import { AdoptionRefusedError } from "../errors.ts";
import { compareVersions, type Migration, type MigrationSet, type Repeatable } from "../migration.ts";

/** One file that the other tool says it has run. */
export interface ForeignRow {
  /** As the other tool calls it, for messages. */
  name: string;
  /** The folder's file; undefined when none fits. */
  file: Migration | Repeatable | undefined;
  /** When it ran, in PostgreSQL's words; null where the tool keeps no time. */
  installedOn: string | null;
}

export interface ForeignHistory {
  rows: ForeignRow[];
  /** Version of the other tool's baseline. */
  baseline?: string;
  /** What forbids to take it over, in words. */
  problems: string[];
}

/** A reader of one tool's table. */
export interface ForeignTool {
  /** Where the tool keeps its history by default, qualified. */
  table: string;
  /** Columns by which it is recognised. */
  columns: readonly string[];
  /** `table` is quoted already. */
  read(client: pg.Client, table: string, set: MigrationSet): Promise<ForeignHistory>;
}

/** Whether another tool's word for a version means this one; such a word may be anything. */
export function sameVersion(version: string, word: string): boolean {
  return /^\d+(?:\.\d+)*$/.test(word) && compareVersions(version, word) === 0;
}

/** Quotes the name of the table and refuses one that is not there or is another tool's. */
export async function requireTable(client: pg.Client, table: string, columns: readonly string[]): Promise<string> {
  const { rows } = await client.query<{ quoted: string; columns: string[] }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS quoted,
            ARRAY(SELECT attname::text FROM pg_catalog.pg_attribute
                   WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum) AS columns
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = to_regclass($1)`,
    [table],
  );
  const found = rows[0];
  if (found === undefined) {
    throw new AdoptionRefusedError(`history "${table}": does not exist; expected the other tool's table. Name it.`);
  }
  const missing = columns.filter((column) => !found.columns.includes(column));
  if (missing.length > 0) {
    throw new AdoptionRefusedError(
      `history "${table}": has the columns ${found.columns.join(", ")}; expected ${columns.join(", ")}. ` +
        "It is another tool's: name that tool.",
    );
  }
  return found.quoted;
}
