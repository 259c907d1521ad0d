// One class a failure, so that callers can tell them apart without reading words.
import type { Difference } from "./catalog/compare.ts";

/** Whatever the engine refuses or fails at. Its message is complete: what is wrong, where, and the next step. */
export class MigrationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** One thing wrong in the folder. `line` and `column` are 1-based. */
export interface FileProblem {
  file: string;
  line?: number;
  column?: number;
  message: string;
}

/** `file` is the one to look at. */
abstract class AboutFile extends MigrationError {
  readonly file: string;

  constructor(file: string, message: string) {
    super(message);
    this.file = file;
  }
}

/** What is wrong with a folder's numbers or with its `migrations.sum`; part of a MigrationFilesError. */
export abstract class FolderProblem extends AboutFile implements FileProblem {}

/** Two files have the same number. */
export class DuplicateVersionError extends FolderProblem {}
/** A number is left out. */
export class VersionGapError extends FolderProblem {}
/** A file that `migrations.sum` does not have; the message says where it was inserted. */
export class UnlistedFileError extends FolderProblem {}
/** A file that `migrations.sum` has and the folder has not: removed or renamed. */
export class RemovedFileError extends FolderProblem {}
/** A file that is not what `migrations.sum` says. */
export class EditedFileError extends FolderProblem {}
/** `migrations.sum` has the files in another order. */
export class ReorderedFileError extends FolderProblem {}

/** The folder breaks the rules of files; every problem at once. */
export class MigrationFilesError extends MigrationError {
  readonly problems: readonly FileProblem[];

  constructor(folder: string, problems: readonly FileProblem[]) {
    super(`migrations in "${folder}":\n${problems.map((problem) => `  ${formatProblem(problem)}`).join("\n")}`);
    this.problems = problems;
  }
}

/** `file:line:column: message`. */
export function formatProblem({ file, line, column, message }: FileProblem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return `${place}: ${message}`;
}

/** History and folder contradict each other. */
export abstract class PlanProblem extends AboutFile {}

/** An applied file has other content now. */
export class EditedMigrationError extends PlanProblem {}
/** An applied migration has no file any more. */
export class MissingMigrationError extends PlanProblem {}
/** An applied migration's file has another name or number now. */
export class RenamedMigrationError extends PlanProblem {}
/** A file that was never applied stands before one that was. */
export class OutOfOrderMigrationError extends PlanProblem {}
/** The history has a row with success = false (only another tool writes those). */
export class FailedHistoryError extends PlanProblem {}

/** All contradictions between history and folder at once. */
export class PlanError extends MigrationError {
  readonly problems: readonly PlanProblem[];

  constructor(problems: readonly PlanProblem[]) {
    super(problems.map((problem) => problem.message).join("\n"));
    this.problems = problems;
  }
}

/** Another runner holds the lock until the deadline. */
export class LockTimeoutError extends MigrationError {}
/** The lock was lost before the commit; the change was rolled back. */
export class LockLostError extends MigrationError {}
/** The run was ended from outside (`signal`); the message says what became of the file under way. */
export class InterruptedError extends MigrationError {}
/** A statement outside a transaction was interrupted, and nothing tells whether it did its work. */
export class UnknownOutcomeError extends MigrationError {}
/** Files that run outside a transaction need a connection of their own, and a pooler stands in between. */
export class PooledConnectionError extends MigrationError {}
/** Behind a pooler: another runner changed the history since it was read. The engine reads it again; callers never see this. */
export class HistoryMovedError extends MigrationError {}
/** The connection broke; the message says what the history knows of the file under way. */
export class ConnectionLostError extends MigrationError {}
/** `down` was asked for something that cannot be undone. */
export class DownRefusedError extends MigrationError {}
/** `baseline` was asked for where it makes no sense. */
export class BaselineRefusedError extends MigrationError {}
/** `repair` was asked for what only a person can decide. */
export class RepairRefusedError extends MigrationError {}
/** Another tool's history does not fit the folder; the message names what does not. */
export class AdoptionRefusedError extends MigrationError {}
/** The history disagrees with the folder or was tampered with. */
export class VerifyError extends MigrationError {}

/** The catalog is not as the last run left it: someone changed the database by other means. */
export class DriftError extends MigrationError {
  readonly objects: readonly Difference[];

  constructor(message: string, objects: readonly Difference[]) {
    super(message);
    this.objects = objects;
  }
}

/** Where and why a file failed. Never row values: neither detail nor where of PostgreSQL's message is kept. */
export interface MigrationFailure {
  file: string;
  /** 1-based line and column in the file. */
  line: number;
  column: number;
  sqlstate: string;
  reason: string;
}

/** A statement failed in the server. */
export class MigrationFailedError extends MigrationError {
  readonly failure: MigrationFailure;

  constructor(failure: MigrationFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}
