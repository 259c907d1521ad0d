// The migration engine's public face. It knows PostgreSQL and a folder of SQL files, nothing else.
export { adopt, adoptableTools, type AdoptableTool } from "./foreign/adopt.ts";
export { baseline } from "./baseline.ts";
export { acceptDrift } from "./catalog/accept.ts";
export { type Difference, formatDifference } from "./catalog/compare.ts";
export { driftError } from "./catalog/drift.ts";
export type { Drift } from "./catalog/recorded.ts";
export { down, type DownResult, planDown } from "./down.ts";
export * from "./errors.ts";
export { sinceBaseline } from "./history/history.ts";
export { type Linter, loadMigrations, type LoadOptions } from "./files/load.ts";
export {
  compareVersions,
  type Finding,
  type Migration,
  type MigrationSet,
  type Repeatable,
  type Seed,
  type SqlText,
  type Statement,
  type TableLock,
  tableLocks,
  versionKey,
} from "./migration.ts";
export { type FolderFormat, type MigrationFolders, readMigrations, writeSum } from "./files/migration-files.ts";
export type { MigratorOptions, Progress } from "./options.ts";
export { type AppliedFile, type Outcome, plan, type Plan, type PlanEntry, type PlannedFile } from "./plan.ts";
export { formatProgress } from "./run/progress.ts";
export { repair, type Repair } from "./repair.ts";
export { withSignals } from "./run/signals.ts";
export { type DatabaseState, readDatabase, status, type Status, type StatusEntry } from "./status.ts";
export { up, type UpResult } from "./up.ts";
export { upToDate } from "./up-to-date.ts";
export { verify } from "./verify.ts";
