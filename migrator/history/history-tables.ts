import type { Settings } from "../options.ts";
import { identifier } from "../run/script-query.ts";

type Table = "history" | "event" | "progress" | "seed" | "catalog";
type Named = Pick<Settings, "historySchema">;

/** Qualified, quoted names of the engine's tables. */
export function tables({ historySchema }: Named): Record<Table, string> {
  const name = (table: string): string => `${identifier(historySchema)}.${identifier(table)}`;
  return {
    history: name("schema_history"),
    event: name("migration_event"),
    progress: name("migration_progress"),
    seed: name("migration_seed"),
    catalog: name("migration_catalog"),
  };
}

export const recordFunction = ({ historySchema }: Named): string => `${identifier(historySchema)}.record_applied`;

/** Raised with every change of what a snapshot of the catalog holds: snapshots of another format are never compared. */
export const SNAPSHOT_FORMAT = 4;

/** SQL: number of the last event that may have changed the catalog; "started" stands before a file outside a transaction. */
export const lastChange = (settings: Named): string =>
  `(SELECT coalesce(max(id), 0) FROM ${tables(settings).event}
     WHERE kind IN ('started', 'applied', 'repeated', 'seeded', 'undone'))`;

/** SQL: whether snapshot `c` tells what the catalog should be: it has this engine's format, and nothing ran after it. */
export const isCurrent = (settings: Named): string =>
  `c.format = ${String(SNAPSHOT_FORMAT)} AND c.server = current_setting('server_version_num')::int / 10000
    AND c.event = ${lastChange(settings)}`;
