import type { Settings } from "../options.ts";
import { identifier } from "../run/script-query.ts";

type Table = "history" | "detail" | "event" | "progress" | "seed";

/** Qualified, quoted names of the engine's tables. */
export function tables({ historySchema }: Pick<Settings, "historySchema">): Record<Table, string> {
  const name = (table: string): string => `${identifier(historySchema)}.${identifier(table)}`;
  return {
    history: name("schema_history"),
    detail: name("migration_detail"),
    event: name("migration_event"),
    progress: name("migration_progress"),
    seed: name("migration_seed"),
  };
}
