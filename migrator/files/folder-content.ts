import type { Migration, Repeatable } from "../migration.ts";

/** A migration whose place among the others is not known yet. */
export type UnchainedMigration = Omit<Migration, "chain">;

/** What a reader finds in a folder, in any order. */
export interface FolderContent {
  migrations: UnchainedMigration[];
  repeatables: Repeatable[];
}
