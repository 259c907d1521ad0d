// Writes batches by COPY over one connection or several at once, and moves the file's state in their order: what is done
// is always the beginning of the file. A batch that the database does not take as a whole goes in by statements that find
// the wrong rows.
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import type pg from "pg";
// The COPY protocol for node-postgres, by its maintainers.
import { from as copyFrom } from "pg-copy-streams";
import { type Batch, batchesOf, type Rejects } from "./batches.ts";
import { insertBatch } from "./insert-batch.ts";
import { advanceState, type LoadState } from "./load-state.ts";
import type { TrackFile } from "./track-file.ts";
import { copyLine } from "./track-record.ts";

/** A statement of so many rows merges what the indexes have gathered; more would make that long for who searches meanwhile. */
const BATCH = 5_000;
const LINES_PER_WRITE = 1000;

interface WriteOptions {
  file: TrackFile;
  rejects: Rejects;
  /** Told after each batch. */
  onProgress: (progress: { records: number; bytes: number }) => void;
}

/** Writes the rest of the file, each batch in a transaction; `written` is told how many records each round of batches had. */
export async function writeBatches(
  writers: readonly pg.Client[],
  options: WriteOptions,
  state: LoadState | undefined,
  written: (records: number) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const { file, rejects, onProgress } = options;
  const batching = { skip: state?.records ?? 0, size: BATCH, rejects, ahead: writers.length };
  for await (const round of roundsOf(batchesOf(file, batching), writers)) {
    const copied = await Promise.all(round.map(([writer, batch]) => copyBatch(writer, file, batch)));
    const whole = copied.every(Boolean);
    // A row that one has written and another waits for would hold both up for ever: all step back, and go one by one.
    if (!whole) await Promise.all(round.map(([writer]) => writer.query("rollback")));
    for (const [writer, batch] of round) {
      const rejected = whole ? 0 : await insertRows(writer, options, batch);
      await advanceState(writer, file, { ...batch, rejected: batch.rejected + rejected });
      await writer.query("commit");
      onProgress({ records: batch.to, bytes: batch.bytes });
    }
    await written(round.reduce((records, [, { from, to }]) => records + to - from, 0));
  }
}

/** As many batches as there are writers, each with its own. */
async function* roundsOf(
  batches: AsyncIterable<Batch>,
  writers: readonly pg.Client[],
): AsyncGenerator<[pg.Client, Batch][], void> {
  let round: [pg.Client, Batch][] = [];
  for await (const batch of batches) {
    const writer = writers[round.length];
    if (writer !== undefined) round.push([writer, batch]);
    if (round.length < writers.length) continue;
    yield round;
    round = [];
  }
  if (round.length > 0) yield round;
}

/** Counting waits for the load's end, and nobody for a row for ever. */
async function begin(writer: pg.Client, lockTimeout: string): Promise<void> {
  await writer.query("begin");
  await writer.query("select set_config('library.load', 'on', true), set_config('lock_timeout', $1, true)", [
    lockTimeout,
  ]);
}

/** Whether the database took all of it; the transaction stays open. */
async function copyBatch(writer: pg.Client, file: TrackFile, batch: Batch): Promise<boolean> {
  await begin(writer, "2s");
  try {
    const stream = writer.query(copyFrom(`copy library.audio_tracks (${file.columns.join(", ")}) from stdin`));
    await pipeline(Readable.from(copyBlocks(file, batch)), stream);
    return true;
  } catch (error) {
    // 22 wrong values, 23 constraints and rows that are there, 55P03 and 40P01 a row that another session is writing.
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (/^2[23]|^55P03$|^40P01$/.test(code)) return false;
    throw error;
  }
}

async function insertRows(writer: pg.Client, { file, rejects }: WriteOptions, batch: Batch): Promise<number> {
  await begin(writer, "0");
  const { rejected } = await insertBatch(writer, file.columns, batch.rows, rejects);
  return rejected;
}

/**
 * Few large writes instead of one a row. An artist's tracks stand together, so that what one has read of the indexes of
 * artists and albums is there for the next.
 */
function* copyBlocks({ columns }: TrackFile, { rows }: Batch): Generator<string> {
  const [artist, album] = [columns.indexOf("artist"), columns.indexOf("album")];
  const keyed = rows.map(({ record }) => ({ record, key: `${record[artist] ?? ""}\t${record[album] ?? ""}` }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  for (let start = 0; start < keyed.length; start += LINES_PER_WRITE) {
    yield keyed
      .slice(start, start + LINES_PER_WRITE)
      .map(({ record }) => copyLine(record))
      .join("");
  }
}
