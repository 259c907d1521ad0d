import { MigrationFilesError } from "./errors.ts";
import type { MigrationSet } from "./migration.ts";
import { type MigrationFolders, readMigrations } from "./migration-files.ts";
import { loadParser, parseFile } from "./sql-parser.ts";

/**
 * Reads, checks and parses the folders; needs no database. Throws MigrationFilesError with every problem, syntax errors with
 * line and column included.
 */
export async function loadMigrations(folders: MigrationFolders): Promise<MigrationSet> {
  const set = readMigrations(folders);
  await loadParser();
  const texts = [
    ...set.migrations.flatMap((migration) => [migration, ...(migration.down === null ? [] : [migration.down])]),
    ...set.repeatables,
    ...set.seeds,
  ];
  const problems = texts.flatMap(parseFile);
  for (const seed of set.seeds) {
    if (!seed.transactional) problems.push({ file: seed.file, line: 1, message: "a seed runs in a transaction." });
  }
  if (problems.length > 0) throw new MigrationFilesError(folders.folder, problems);
  return set;
}
