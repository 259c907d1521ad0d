// The records of a file in batches, without those that are wrong, which are told by line.
import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { readRecords, type TrackFile } from "./track-file.ts";
import { recordProblems, type TrackRecord, withDefaults } from "./track-record.ts";

export interface NumberedRecord {
  line: number;
  raw: string;
  record: TrackRecord;
}

export interface Batch {
  /** Records of the file before this batch, and after it. */
  from: number;
  to: number;
  rows: NumberedRecord[];
  rejected: number;
  /** Bytes of the file up to its end. */
  bytes: number;
}

/** A record that the library does not take, where the run is to stop at the first. */
export class RecordRefusedError extends Error {
  override readonly name = "RecordRefusedError";
}

/** What happens to records that are wrong. */
export class Rejects {
  #count = 0;
  #out: WriteStream | undefined;
  readonly #file: TrackFile;
  readonly #options: { onError: "stop" | "skip"; rejects: string | undefined; say: (line: string) => void };

  constructor(
    file: TrackFile,
    options: { onError: "stop" | "skip"; rejects: string | undefined; say: (line: string) => void },
  ) {
    this.#file = file;
    this.#options = options;
  }

  /** Tells the line and why; writes the record as it stands to the reject file, if there is one. Throws when told to stop. */
  add(line: number, raw: string, problem: string): void {
    const told = `line ${String(line)}: ${problem}`;
    if (this.#options.onError === "stop") {
      throw new RecordRefusedError(
        `file "${this.#file.path}": ${told}. Correct it and run the same command, or run it with --on-error skip.`,
      );
    }
    this.#count += 1;
    if (this.#count <= 20) this.#options.say(told);
    if (this.#count === 21) this.#options.say("more wrong lines are counted, and told no longer");
    const { rejects } = this.#options;
    if (rejects === undefined) return;
    if (this.#out === undefined) {
      this.#out = createWriteStream(rejects, { flags: "a" });
      if (this.#file.format === "csv" && this.#out.bytesWritten === 0)
        this.#out.write(`${this.#file.columns.join(",")}\n`);
    }
    this.#out.write(`${raw}\n`);
  }

  async close(): Promise<void> {
    if (this.#out === undefined) return;
    this.#out.end();
    await finished(this.#out);
  }
}

interface Batching {
  skip: number;
  size: number;
  rejects: Rejects;
  /** Batches that are read while the database is busy with those that were given. */
  ahead: number;
}

/**
 * Batches of `size` records, beginning after the first `skip` records of the file. What is wrong with one that was read
 * ahead is thrown in its turn.
 */
export async function* batchesOf(file: TrackFile, options: Batching): AsyncGenerator<Batch, void> {
  const batches = readBatches(file, options);
  const read: Promise<IteratorResult<Batch, void>>[] = [];
  const readOn = (): void => {
    const next = batches.next();
    next.catch(() => undefined);
    read.push(next);
  };
  for (let n = 0; n < options.ahead; n += 1) readOn();
  try {
    for (;;) {
      const result = await read.shift();
      if (result === undefined || result.done === true) return;
      readOn();
      yield result.value;
    }
  } finally {
    await batches.return();
  }
}

async function* readBatches(file: TrackFile, { skip, size, rejects }: Batching): AsyncGenerator<Batch, void> {
  let batch: Batch = { from: skip, to: skip, rows: [], rejected: 0, bytes: 0 };
  let count = 0;
  for await (const { line, raw, bytes, record, problem } of readRecords(file)) {
    count += 1;
    if (count <= skip) continue;
    const problems = record === undefined ? [problem] : recordProblems(file.columns, record);
    if (record !== undefined && problems.length === 0) {
      batch.rows.push({ line, raw, record: withDefaults(file.columns, record) });
    } else {
      rejects.add(line, raw, problems.join("; "));
      batch.rejected += 1;
    }
    batch.to = count;
    batch.bytes = bytes;
    if (count - batch.from < size) continue;
    yield batch;
    batch = { from: count, to: count, rows: [], rejected: 0, bytes };
  }
  if (batch.to > batch.from) yield batch;
}
