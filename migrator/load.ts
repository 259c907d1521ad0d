import { MigrationFilesError } from "./errors.ts";
import { lint, type LintScope } from "./lint/lint.ts";
import { ownRules } from "./lint/own-rules.ts";
import type { Finding, MigrationSet, SqlText } from "./migration.ts";
import { type MigrationFolders, readMigrations } from "./migration-files.ts";
import { checkTransaction, loadParser, parseFile } from "./sql-parser.ts";

export interface LoadOptions extends MigrationFolders {
  /** Default "own": the rules that cost nothing; "all": squawk's too, where it is installed. */
  lint?: LintScope | undefined;
  /** Schema of the engine's tables, which files must not touch; default "migrations". */
  historySchema?: string | undefined;
}

/**
 * Reads, checks, parses and lints the folders; needs no database. Throws MigrationFilesError with every problem, syntax errors
 * with line and column included; what lint finds is in `findings`, for the caller to judge.
 */
export async function loadMigrations(options: LoadOptions): Promise<MigrationSet> {
  const { folder, format, lint: scope = "own", historySchema = "migrations" } = options;
  const set = readMigrations(options);
  await loadParser();
  const texts = allTexts(set);
  const repeating = new Set<SqlText>([...set.repeatables, ...set.seeds]);
  const findings: Finding[] = [];
  const problems = texts.flatMap((text) =>
    parseFile(text, ownRules({ text, repeated: repeating.has(text), historySchema }, findings)),
  );
  if (format === "flyway") texts.forEach(leaveTransaction);
  problems.push(...texts.flatMap(checkTransaction));
  for (const repeated of repeating) {
    if (repeated.transactional) continue;
    const message = "runs outside a transaction, which only versioned files can. Make it one.";
    problems.push({ file: repeated.file, line: 1, message });
  }
  if (problems.length > 0) throw new MigrationFilesError(folder, problems);
  return { ...set, findings: await lint({ folder, set, texts }, findings, scope) };
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
