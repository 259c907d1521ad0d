import { DuplicateVersionError, type FileProblem, MigrationFilesError, VersionGapError } from "../errors.ts";
import { readDbmate } from "../foreign/dbmate-folder.ts";
import { readFlyway } from "../foreign/flyway-folder.ts";
import type { FolderContent, UnchainedMigration } from "./folder-content.ts";
import { readNative, readSeeds } from "./native.ts";
import { compareVersions, type Migration, type MigrationSet, versionKey } from "../migration.ts";
import { chained, checkSum, sumLines, writeSumFile } from "./migration-sum.ts";

/** How the names of a folder are to be read. */
export type FolderFormat = "native" | "flyway" | "dbmate";

/** Where the files stand: folders, absolute or relative to the working directory. */
export interface MigrationFolders {
  folder: string;
  /** Folder of `S0001__name.sql`; without it there are no seeds. */
  seedsFolder?: string | undefined;
  /** Default "native", the only one with a `migrations.sum`. */
  format?: FolderFormat | undefined;
  /** Whether numbers may be left out; default "refuse" for native folders, "allow" for the others. */
  gaps?: "refuse" | "allow" | undefined;
}

const readers: Record<FolderFormat, (folder: string, problems: FileProblem[]) => FolderContent> = {
  native: readNative,
  flyway: readFlyway,
  dbmate: readDbmate,
};

/**
 * Reads the folders and checks names, pairs, order, encoding and `migrations.sum`, without parsing SQL (`statements` and
 * `findings` stay empty). Throws MigrationFilesError with every problem.
 */
export function readMigrations(folders: MigrationFolders): MigrationSet {
  const { set, problems } = readSet(folders);
  if ((folders.format ?? "native") === "native") checkSum(folders.folder, set, problems);
  if (problems.length > 0) throw new MigrationFilesError(folders.folder, problems);
  return set;
}

/** Writes `migrations.sum` for the folder as it stands; returns its path. Throws MigrationFilesError, and then writes nothing. */
export function writeSum(folders: Pick<MigrationFolders, "folder" | "gaps">): string {
  const { set, problems } = readSet({ folder: folders.folder, gaps: folders.gaps });
  if (problems.length > 0) throw new MigrationFilesError(folders.folder, problems);
  return writeSumFile(folders.folder, sumLines(set));
}

function readSet(folders: MigrationFolders): { set: MigrationSet; problems: FileProblem[] } {
  const { folder, seedsFolder, format = "native" } = folders;
  const problems: FileProblem[] = [];
  const content = readers[format](folder, problems);
  const migrations = content.migrations.sort((left, right) => compareVersions(left.version, right.version));
  refuseDuplicates(migrations, problems);
  if ((folders.gaps ?? (format === "native" ? "refuse" : "allow")) === "refuse") refuseGaps(migrations, problems);
  const repeatables = content.repeatables.sort((left, right) => (left.description < right.description ? -1 : 1));
  const seeds = seedsFolder === undefined ? [] : readSeeds(seedsFolder, problems);
  refuseDuplicates(seeds, problems);
  return { set: { migrations: chained(migrations), repeatables, seeds, findings: [] }, problems };
}

function refuseDuplicates(
  files: readonly { file: string; version: string | undefined }[],
  problems: FileProblem[],
): void {
  const seen = new Map<string, string>();
  for (const { version, file } of files) {
    if (version === undefined) continue;
    const other = seen.get(versionKey(version));
    if (other === undefined) seen.set(versionKey(version), file);
    else {
      const message = `has the same number as "${other}" (${version}); expected each once. Give the later one the next number.`;
      problems.push(new DuplicateVersionError(file, message));
    }
  }
}

function refuseGaps(migrations: readonly UnchainedMigration[] | readonly Migration[], problems: FileProblem[]): void {
  let expected = 1n;
  for (const { version, file } of migrations) {
    const number = BigInt(version.split(".", 1).join(""));
    if (number > expected) {
      const message = `leaves a gap (${version} follows ${String(expected - 1n)}); expected number ${String(expected)}.`;
      problems.push(new VersionGapError(file, `${message} Number files one by one from 1.`));
    }
    expected = number + 1n;
  }
}
