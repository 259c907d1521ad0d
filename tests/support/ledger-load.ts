// Clients that read and write through a pool and keep a ledger of every write that was acknowledged, so that it can be checked
// afterwards whether one was lost.
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { createTrack, type Database, DatabaseUnavailableError, Tracks } from "../../client/index.ts";

export interface LoadOptions {
  readonly clients: number;
  /** Share of writes among all calls; a tenth unless given. */
  readonly writeShare?: number;
  /** What is searched for, in turn. */
  readonly queries: readonly string[];
}

export interface LoadOutcome {
  readonly reads: number;
  readonly writes: number;
  /** Calls that ended in an error that says that it may be tried again. */
  readonly retryable: number;
  /** Anything else that failed: its message. */
  readonly broken: readonly string[];
  readonly seconds: number;
  /** Milliseconds of each successful call. */
  readonly latenciesMs: readonly number[];
}

export class LedgerLoad {
  readonly #options: LoadOptions;
  /** Ids of tracks whose creation was acknowledged. */
  readonly #ledger: string[] = [];
  readonly #successes: number[] = [];
  readonly #latencies: number[] = [];
  readonly #broken: string[] = [];
  readonly #running: Promise<void>[];
  readonly #startedAt = performance.now();
  #database: Database;
  #reads = 0;
  #retryable = 0;
  #stopped = false;

  constructor(database: Database, options: LoadOptions) {
    this.#database = database;
    this.#options = options;
    this.#running = Array.from({ length: options.clients }, (_, index) => this.#client(index));
  }

  /** New calls go through this one. */
  use(database: Database): void {
    this.#database = database;
  }

  /** Milliseconds from now until a call that began after now has succeeded. */
  async recovery(): Promise<number> {
    const from = performance.now();
    for (;;) {
      const first = this.#successes.findLast((began) => began > from);
      if (first !== undefined) return performance.now() - from;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Lets the running calls end. */
  async stop(): Promise<LoadOutcome> {
    this.#stopped = true;
    await Promise.all(this.#running);
    return {
      ...{ reads: this.#reads, writes: this.#ledger.length, retryable: this.#retryable, broken: this.#broken },
      ...{ seconds: (performance.now() - this.#startedAt) / 1000, latenciesMs: this.#latencies },
    };
  }

  /** Acknowledged writes that the database does not have. */
  async lost(admin: pg.Client): Promise<number> {
    const text =
      "select count(*)::int as lost from unnest($1::uuid[]) as ledger (id) " +
      "where not exists (select from library.audio_tracks track where track.id = ledger.id)";
    const { rows } = await admin.query<{ lost: number }>(text, [this.#ledger]);
    return rows[0]?.lost ?? Number.NaN;
  }

  async #client(index: number): Promise<void> {
    const { queries, writeShare = 0.1 } = this.#options;
    const every = Math.round(1 / writeShare);
    for (let turn = index; !this.#stopped; turn += 1) {
      const began = performance.now();
      try {
        if (turn % every === 0) await this.#write();
        else {
          await new Tracks(this.#database).search(queries[turn % queries.length] ?? "", 20);
          this.#reads += 1;
        }
        this.#successes.push(began);
        this.#latencies.push(performance.now() - began);
      } catch (error) {
        if (error instanceof DatabaseUnavailableError) this.#retryable += 1;
        else this.#broken.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
        // As any caller would that is told to try later.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async #write(): Promise<void> {
    const id = randomUUID();
    await createTrack(this.#database, {
      ...{ id, title: `Ledger ${id.slice(0, 8)}`, artist: "The Writers", album: null, genre: null, year: 2026 },
      ...{ duration: 1, channels: 2, sampleRate: 44_100, bitrate: null, format: "FLAC", thumbnailPath: null },
      audioPath: `gs://library-audio/audio/${id}.flac`,
    });
    this.#ledger.push(id);
  }
}
