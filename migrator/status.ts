import { readDrift } from "./catalog/drift.ts";
import type { Drift } from "./catalog/recorded.ts";
import { type HistoryRow, noHistory, readHistory, sinceBaseline } from "./history/history.ts";
import { compareVersions, type MigrationSet } from "./migration.ts";
import { type MigratorOptions, resolveOptions } from "./options.ts";
import { type Outcome, plan } from "./plan.ts";
import { withSession } from "./run/session.ts";
import { pendingRepeated } from "./up.ts";

/** One migration as folder and history see it. */
export interface StatusEntry {
  version: string;
  description: string;
  file: string;
  outcome: Outcome;
  /** ISO 8601, when it is applied. */
  installedOn?: string;
  installedBy?: string;
  durationMs?: number;
}

/** A database beside its folder, as `status` and `verify` see it. */
export interface Status {
  /** Version of the database; "" when nothing was ever applied. */
  version: string;
  entries: StatusEntry[];
  /** Applied versions with the checksum under which they were applied, ascending. */
  applied: { version: string; description: string; file: string; sha256: string | null }[];
  /** Files that `up` would run: migrations, then repeatables, then seeds. */
  pending: string[];
  /** Every contradiction between history and folder, as text. */
  problems: string[];
  /** Files outside a transaction that stopped half-way; `up` goes on with them. */
  interrupted: string[];
  /** What others have changed in the database since the last run. */
  drift: Drift;
}

/** What a database says of itself, without a folder to compare with. */
export interface DatabaseState {
  /** The applied versions, ascending; null when the database has no history. */
  applied: Status["applied"] | null;
  /** Version below which the database was there before the files; null for none. */
  baseline: string | null;
  drift: Drift;
}

/** History and drift by one connection. Changes nothing and needs only the right to read. */
export async function readDatabase(options: MigratorOptions): Promise<DatabaseState> {
  const settings = resolveOptions(options);
  return await withSession(settings, async ({ client }) => {
    const history = await readHistory(client, settings);
    const applied = history === null ? null : ascending(history.applied).map(toApplied);
    return { applied, baseline: history?.baseline ?? null, drift: await readDrift(client, settings) };
  });
}

/** Reads the history and compares it with the folder; changes nothing and needs only the right to read. */
export async function status(options: MigratorOptions, set: MigrationSet): Promise<Status> {
  const settings = resolveOptions(options);
  const { history, drift } = await withSession(settings, async ({ client }) => ({
    history: (await readHistory(client, settings)) ?? noHistory,
    drift: await readDrift(client, settings),
  }));
  const applied = ascending(history.applied);
  const { entries, pending, problems } = plan(sinceBaseline(set.migrations, history), applied);
  return {
    version: applied.at(-1)?.version ?? history.baseline ?? "",
    entries: entries.map((entry) => {
      const row = applied.find(({ version }) => version === entry.version);
      if (row === undefined) return entry;
      const { installedOn, installedBy, durationMs } = row;
      return { ...entry, installedOn: installedOn.toISOString(), installedBy, durationMs };
    }),
    applied: applied.map(toApplied),
    pending: [...pending, ...pendingRepeated(settings, set, history)].map(({ file }) => file),
    problems: problems.map(({ message }) => message),
    interrupted: [...new Set(history.unfinished.map(({ file }) => file))],
    drift,
  };
}

function ascending(rows: readonly HistoryRow[]): HistoryRow[] {
  return [...rows].sort((left, right) => compareVersions(left.version, right.version));
}

function toApplied({ version, description, file, sha256 }: HistoryRow): Status["applied"][number] {
  return { version, description, file, sha256 };
}
