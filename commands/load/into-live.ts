// As the application, into a library that is in use: each batch is a transaction that also says how far the file is.
import type pg from "pg";
import { batchesOf, type Rejects } from "./batches.ts";
import { insertBatch } from "./insert-batch.ts";
import { advanceState, beginState, finishState, type LoadState, readState } from "./load-state.ts";
import type { TrackFile } from "./track-file.ts";

export interface LoadOptions {
  connect: () => Promise<pg.Client>;
  file: TrackFile;
  rejects: Rejects;
  batchSize: number;
  /** Told after each batch. */
  onProgress: (progress: { records: number; bytes: number }) => void;
  onStep: (step: string) => void;
}

export interface LoadResult {
  records: number;
  rejected: number;
}

export async function loadIntoLive(options: LoadOptions): Promise<LoadResult> {
  const client = await options.connect();
  try {
    await beginState(client, options.file);
    const state = await readState(client, options.file);
    if (state?.finished !== true) await loadBatches(client, options, state);
    await finishState(client, options.file);
    const { records = 0, rejected = 0 } = (await readState(client, options.file)) ?? {};
    return { records, rejected };
  } finally {
    await client.end();
  }
}

async function loadBatches(client: pg.Client, options: LoadOptions, state: LoadState | undefined): Promise<void> {
  const { file, rejects, batchSize: size, onProgress } = options;
  for await (const batch of batchesOf(file, { skip: state?.records ?? 0, size, rejects })) {
    await client.query("begin");
    try {
      const { rejected } = await insertBatch(client, file.columns, batch.rows, rejects);
      await advanceState(client, file, { ...batch, rejected: batch.rejected + rejected });
      await client.query("commit");
    } catch (error) {
      await client.query("rollback");
      throw error;
    }
    onProgress({ records: batch.to, bytes: batch.bytes });
  }
}
