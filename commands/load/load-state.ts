// library.track_loads: how far a file is, in the database it goes into.
import type pg from "pg";
import { UsageError } from "../command.ts";
import type { TrackFile } from "./track-file.ts";

export interface LoadState {
  intoEmpty: boolean;
  /** Records that are done, rejected ones included. */
  records: number;
  rejected: number;
  indexDefinitions: readonly string[];
  finished: boolean;
}

interface StateRow {
  into_empty: boolean;
  records: string;
  rejected: string;
  index_definitions: string[];
  finished_at: Date | null;
}

/** The file's state; undefined where it was never begun. */
export async function readState(client: pg.Client, file: TrackFile): Promise<LoadState | undefined> {
  const { rows } = await client.query<StateRow>(
    "select into_empty, records, rejected, index_definitions, finished_at from library.track_loads where file_digest = $1",
    [file.digest],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    intoEmpty: row.into_empty,
    records: Number(row.records),
    rejected: Number(row.rejected),
    indexDefinitions: row.index_definitions,
    finished: row.finished_at !== null,
  };
}

/** Begins a file; harmless where it was begun. */
export async function beginState(
  client: pg.Client,
  file: TrackFile,
  definitions: readonly string[] = [],
): Promise<void> {
  await client.query(
    `insert into library.track_loads (file_digest, into_empty, index_definitions) values ($1, $2, $3)
     on conflict (file_digest) do nothing`,
    [file.digest, definitions.length > 0, definitions],
  );
}

/** Moves the state in the transaction that writes the rows. Two loaders of one file: the later one fails here. */
export async function advanceState(
  client: pg.Client,
  file: TrackFile,
  moved: { from: number; to: number; rejected: number },
): Promise<void> {
  const { rowCount } = await client.query(
    "update library.track_loads set records = $3, rejected = rejected + $4 where file_digest = $1 and records = $2",
    [file.digest, moved.from, moved.to, moved.rejected],
  );
  if (rowCount === 1) return;
  throw new UsageError(
    `load of "${file.path}": is not where this run left it (${String(moved.from)} records); expected one loader of a file. ` +
      "Wait for the other and run it again.",
  );
}

export async function finishState(client: pg.Client, file: TrackFile): Promise<void> {
  await client.query("update library.track_loads set finished_at = now() where file_digest = $1", [file.digest]);
}
