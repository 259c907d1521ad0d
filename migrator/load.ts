import { MigrationFilesError } from "./errors.ts";
import type { MigrationSet, SqlText } from "./migration.ts";
import { type MigrationFolders, readMigrations } from "./migration-files.ts";
import { checkTransaction, loadParser, parseFile } from "./sql-parser.ts";

/**
 * Reads, checks and parses the folders; needs no database. Throws MigrationFilesError with every problem, syntax errors with
 * line and column included.
 */
export async function loadMigrations(folders: MigrationFolders): Promise<MigrationSet> {
  const set = readMigrations(folders);
  await loadParser();
  const texts = allTexts(set);
  const problems = texts.flatMap((text) => parseFile(text));
  if (folders.format === "flyway") texts.forEach(leaveTransaction);
  problems.push(...texts.flatMap(checkTransaction));
  for (const repeated of [...set.repeatables, ...set.seeds]) {
    if (repeated.transactional) continue;
    const message = "runs outside a transaction, which only versioned files can. Make it one.";
    problems.push({ file: repeated.file, line: 1, message });
  }
  if (problems.length > 0) throw new MigrationFilesError(folders.folder, problems);
  return set;
}

/** Every text of a set, in the order of files. */
export function allTexts({ migrations, repeatables, seeds }: MigrationSet): SqlText[] {
  const versioned = migrations.flatMap((migration) => [
    migration,
    ...(migration.down === null ? [] : [migration.down]),
  ]);
  return [...versioned, ...repeatables, ...seeds];
}

/** Flyway runs a file outside a transaction when its statements need that, without being told. */
function leaveTransaction(text: SqlText): void {
  if (text.statements.some(({ outsideTransaction }) => outsideTransaction)) text.transactional = false;
}
