// As the application, into a library that is in use: what is written is found at once, and its words are counted at the end.
import type pg from "pg";
import type { Rejects } from "./batches.ts";
import { beginState, finishState, readState } from "./load-state.ts";
import type { TrackFile } from "./track-file.ts";
import { writeBatches } from "./write-batches.ts";

/** Records whose words are counted together: each word of theirs is one update. */
const COUNTED_TOGETHER = 200_000;

export interface LoadOptions {
  connect: () => Promise<pg.Client>;
  file: TrackFile;
  rejects: Rejects;
  /** Told after each batch. */
  onProgress: (progress: { records: number; bytes: number }) => void;
  onStep: (step: string) => void;
}

export interface LoadResult {
  records: number;
  rejected: number;
}

export async function loadIntoLive(options: LoadOptions): Promise<LoadResult> {
  const { file } = options;
  // One: a second makes it a tenth faster where two processors search as well, and searches wait twice as long.
  const client = await options.connect();
  try {
    await beginState(client, file);
    const state = await readState(client, file);
    if (state?.finished !== true) {
      let uncounted = 0;
      await writeBatches([client], options, state, async (records) => {
        uncounted += records;
        if (uncounted < COUNTED_TOGETHER) return;
        await settle(client);
        uncounted = 0;
      });
      await settle(client);
    }
    await finishState(client, file);
    const { records = 0, rejected = 0 } = (await readState(client, file)) ?? {};
    return { records, rejected };
  } finally {
    await client.end();
  }
}

/** Merges what the last batches left, and counts the words; where another session is counting, it goes on with ours. */
async function settle(client: pg.Client): Promise<void> {
  await client.query("select library.merge_new_entries()");
  for (let folded = 1; folded > 0;) {
    const { rows } = await client.query<{ folded: number }>("select library.fold_word_changes($1) as folded", [
      COUNTED_TOGETHER,
    ]);
    folded = rows[0]?.folded ?? 0;
  }
}
