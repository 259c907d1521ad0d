// What a folder means for a history. Pure: the same decision in preview, on the command line and in front of the server.
import {
  EditedMigrationError,
  FailedHistoryError,
  MissingMigrationError,
  OutOfOrderMigrationError,
  type PlanProblem,
  RenamedMigrationError,
} from "./errors.ts";
import { compareVersions, versionKey } from "./migration.ts";

/** What the plan looks at in a file. */
export interface PlannedFile {
  version: string;
  description: string;
  file: string;
  sha256: string;
  /** Flyway's checksum; compared only where the history has no SHA-256. */
  checksum?: number;
}

/** What the plan looks at in a row of the history. */
export interface AppliedFile {
  version: string;
  description: string;
  file: string;
  /** null where another tool wrote the row. */
  sha256: string | null;
  checksum?: number | null;
  /** Absent means true. */
  success?: boolean;
}

/** What becomes of one version: `applied` and `pending` are well, every other one stops a run. */
export type Outcome = "applied" | "pending" | "edited" | "missing" | "renamed" | "out of order" | "failed";

/** One line of the plan, by version. */
export interface PlanEntry {
  version: string;
  description: string;
  file: string;
  outcome: Outcome;
}

/** Folder and history beside each other. */
export interface Plan<File extends PlannedFile> {
  /** Every version that folder or history knows, ascending. */
  entries: PlanEntry[];
  /** What would run, in order. Meaningful only without problems. */
  pending: File[];
  problems: PlanProblem[];
}

/** Compares files (ascending) with history rows (any order). */
export function plan<File extends PlannedFile>(files: readonly File[], applied: readonly AppliedFile[]): Plan<File> {
  const rows = new Map(applied.map((row) => [versionKey(row.version), row]));
  const known = new Map(files.map((file) => [versionKey(file.version), file]));
  const newest = [...rows.keys()].sort(compareVersions).at(-1);
  const versions = [...new Set([...rows.keys(), ...known.keys()])].sort(compareVersions);

  const result: Plan<File> = { entries: [], pending: [], problems: [] };
  for (const version of versions) {
    const row = rows.get(version);
    const file = known.get(version);
    const judged = row === undefined ? judgeNew(file, newest, applied) : judgeApplied(row, file, files);
    if (judged.problem !== undefined) result.problems.push(judged.problem);
    if (judged.outcome === "pending" && file !== undefined) result.pending.push(file);
    const named = file ?? row;
    if (named === undefined) continue;
    const { description, file: name } = named;
    result.entries.push({ version: named.version, description, file: name, outcome: judged.outcome });
  }
  return result;
}

interface Judgement {
  outcome: Outcome;
  problem?: PlanProblem;
}

function judgeNew(
  file: PlannedFile | undefined,
  newest: string | undefined,
  applied: readonly AppliedFile[],
): Judgement {
  if (file === undefined || newest === undefined || compareVersions(file.version, newest) > 0) {
    return { outcome: "pending" };
  }
  const last = applied.find(({ version }) => versionKey(version) === newest);
  const problem = new OutOfOrderMigrationError(
    file.file,
    `migration "${file.file}": was never applied, yet a later one was (${last?.file ?? newest}); ` +
      "expected files in the order of their numbers. Give it the next free number.",
  );
  return { outcome: "out of order", problem };
}

function judgeApplied(row: AppliedFile, file: PlannedFile | undefined, files: readonly PlannedFile[]): Judgement {
  if (row.success === false) {
    const problem = new FailedHistoryError(
      row.file,
      `migration "${row.file}": the history says that it failed (success = false); expected only finished rows. ` +
        "Look at the database, finish or undo it by hand, then remove that row.",
    );
    return { outcome: "failed", problem };
  }
  if (file === undefined) return judgeMissing(row, files);
  if (!sameContent(row, file)) {
    const now = row.file === file.file ? "" : `, and is called "${file.file}" now`;
    const problem = new EditedMigrationError(
      file.file,
      `migration "${row.file}": was edited after it was applied (SHA-256 ${short(row.sha256)} applied, ` +
        `${short(file.sha256)} in the folder)${now}; expected the applied text. Put it back and write a new migration.`,
    );
    return { outcome: "edited", problem };
  }
  if (row.description !== file.description) {
    const problem = new RenamedMigrationError(
      file.file,
      `migration "${row.file}": is called "${file.file}" now; expected the name under which it was applied. ` +
        "Rename it back.",
    );
    return { outcome: "renamed", problem };
  }
  return { outcome: "applied" };
}

function judgeMissing(row: AppliedFile, files: readonly PlannedFile[]): Judgement {
  const twin = files.find((file) => file.sha256 === row.sha256);
  if (twin !== undefined) {
    const problem = new RenamedMigrationError(
      twin.file,
      `migration "${row.file}": stands in the folder as "${twin.file}", under another number; ` +
        "expected the name under which it was applied. Rename it back.",
    );
    return { outcome: "renamed", problem };
  }
  const problem = new MissingMigrationError(
    row.file,
    `migration "${row.file}": was applied, but its file is missing; expected every applied file in the folder. ` +
      `Bring it back from version control, or go back with "down" to the version before it.`,
  );
  return { outcome: "missing", problem };
}

function sameContent(row: AppliedFile, file: PlannedFile): boolean {
  if (row.sha256 !== null) return row.sha256 === file.sha256;
  return row.checksum === null || row.checksum === undefined || row.checksum === file.checksum;
}

function short(hash: string | null): string {
  return hash === null ? "unknown" : hash.slice(0, 12);
}
