import { MigrationFilesError } from "../errors.ts";
import type { Finding, MigrationSet, SqlText } from "../migration.ts";
import { type MigrationFolders, readMigrations } from "./migration-files.ts";
import { checkTransaction, type Inspect, loadParser, parseFile } from "../grammar/sql-parser.ts";

/** What has something to say of parsed files. */
export interface Linter {
  /** Hears of each statement of a text while its tree is there; a `repeated` one is a repeatable or a seed. */
  inspect(text: SqlText, repeated: boolean): Inspect;
  /** Called once, after all of them. */
  findings(folder: string, set: MigrationSet): Promise<Finding[]>;
}

export interface LoadOptions extends MigrationFolders {
  /** Without one there are no findings. */
  linter?: Linter | undefined;
}

/**
 * Reads, checks and parses the folders, and has them linted; needs no database. Throws MigrationFilesError with every problem, syntax errors
 * with line and column included; what lint finds is in `findings`, for the caller to judge.
 */
export async function loadMigrations(options: LoadOptions): Promise<MigrationSet> {
  const { folder, format, linter } = options;
  const set = readMigrations(options);
  await loadParser();
  const texts = allTexts(set);
  const repeating = new Set<SqlText>([...set.repeatables, ...set.seeds]);
  const problems = texts.flatMap((text) => parseFile(text, linter?.inspect(text, repeating.has(text))));
  if (format === "flyway") texts.forEach(leaveTransaction);
  problems.push(...texts.flatMap(checkTransaction));
  for (const repeated of repeating) {
    if (repeated.transactional) continue;
    const message = "runs outside a transaction, which only versioned files can. Make it one.";
    problems.push({ file: repeated.file, line: 1, message });
  }
  if (problems.length > 0) throw new MigrationFilesError(folder, problems);
  return { ...set, findings: (await linter?.findings(folder, set)) ?? [] };
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
