// What the program declares of its migrations, what the state keeps of them, and when the two differ. Pure.
import type { ConnectionDescriptor } from "../connections/descriptor.ts";
import { compareVersions, type Finding, type Migration, type TableLock, tableLocks } from "../migrator/migration.ts";

/** One line of the plan. */
export interface MigrationInput {
  version: string;
  description: string;
  file: string;
  sha256: string;
  transactional: boolean;
  /** How many statements the file holds. This and all below is filled in by check. */
  statements?: number;
  /** The strongest lock that it takes on a table that was there before; "" for none. */
  lock?: TableLock | "";
  /** How many statements write a whole table anew. */
  rewrites?: number;
  /** What lint has to say. */
  findings?: string[];
}

/** A repeatable or a seed. */
export interface RepeatedInput {
  description: string;
  file: string;
  sha256: string;
}

/** Optional is what the state of an older engine may lack. */
export interface SchemaMigrationsInputs {
  connection: ConnectionDescriptor;
  verifierConnection: ConnectionDescriptor;
  folder: string;
  seedsFolder?: string;
  ownerRole: string;
  historyReaders: string[];
  requiredSchemas: string[];
  readinessDeadlineMs: number;
  environment?: string;
  targetVersion?: string;
  allowDown?: boolean;
  surroundings?: string;
  files: MigrationInput[];
  repeatables?: RepeatedInput[];
  seeds: RepeatedInput[];
  /** Declared empty; refresh fills in every object that others have changed. */
  drift?: string[];
}

export interface SchemaMigrationsOutputs extends SchemaMigrationsInputs {
  version: string;
  appliedCount: number;
  applied: { version: string; file: string; sha256: string }[];
  /** Version below which the database was there before the files; "" for none. */
  baseline?: string;
}

/** Whether a version lies beyond the target; "" has nothing beyond. */
export function isBeyond(version: string, target: string | undefined): boolean {
  return target !== undefined && target !== "" && compareVersions(version, target) > 0;
}

/** The line of a plan for a parsed file. */
export function planned(input: MigrationInput, parsed: Migration, findings: readonly Finding[]): MigrationInput {
  const locks = parsed.statements.map(({ lock }) => (lock === null ? -1 : tableLocks.indexOf(lock)));
  return {
    ...input,
    statements: parsed.statements.length,
    lock: tableLocks[Math.max(-1, ...locks)] ?? "",
    rewrites: parsed.statements.filter(({ rewrites }) => rewrites).length,
    findings: findings.filter(({ file }) => file === input.file).map(formatFinding),
  };
}

export function formatFinding({ file, line, column, rule, severity, message }: Finding): string {
  return `${file}:${String(line)}:${String(column)}: ${severity} ${rule}: ${message}`;
}

/** Files, history and drift decide what is left to do; a changed way to the database is an update that applies nothing. */
export function differs(olds: Partial<SchemaMigrationsOutputs>, news: SchemaMigrationsInputs): boolean {
  const baseline = olds.baseline ?? "";
  const applied = olds.applied ?? [];
  const wanted = news.files.filter(
    ({ version }) =>
      baseline === "" || compareVersions(version, baseline) > 0 || applied.some((row) => row.version === version),
  );
  const list = (files: readonly { version: string; sha256: string }[]): string =>
    files.map(({ version, sha256 }) => `${version} ${sha256}`).join();
  return list(applied) !== list(wanted) || (olds.drift ?? []).length > 0 || comparable(olds) !== comparable(news);
}

function comparable(inputs: Partial<SchemaMigrationsInputs>): string {
  const { ownerRole, historyReaders, environment = "", surroundings = "" } = inputs;
  const files = [inputs.files, inputs.repeatables, inputs.seeds].flatMap((list) => list ?? []);
  const names = files.map(({ file, sha256 }) => [file, sha256]);
  const ways = [inputs.connection, inputs.verifierConnection].map((way) => Object.entries(way ?? {}).sort());
  return JSON.stringify([ways, ownerRole, historyReaders, environment, surroundings, names]);
}
