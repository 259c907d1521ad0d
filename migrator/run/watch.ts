// Looks at a message under way from a second connection: how far it is, who blocks it, whether its backend still lives; and
// ends it when the run is interrupted.
import type pg from "pg";
import { type Activity, activityColumns, describe, nameFile } from "./holders.ts";
import type { Run } from "./run.ts";
import { stopStatement } from "./runner-lock.ts";

/** After an interruption: how long a statement may go on, and how long its cancellation may take: together below 4 s. */
const GRACE_MS = 3_000;
const CANCEL_MS = 600;
/** A backend that has been idle for so long while its answer is awaited has answered into the void. */
const LOST_AFTER_MS = 5_000;
const MIN_TICK_MS = 50;
const MAX_TICK_MS = 1_000;

export interface Watched<Result> {
  result: Result;
  /** Sessions that the message last waited for, in words; "" when none was seen. */
  blockers: string;
  /** Whether it was cancelled by an interruption. */
  cut: boolean;
}

/** Watches until `work` settles. */
export async function watched<Result>(run: Run, file: string, work: () => Promise<Result>): Promise<Watched<Result>> {
  const watch = new Watch(run, file);
  try {
    const result = await work();
    return { result, blockers: watch.blockers, cut: watch.cut };
  } finally {
    watch.end();
  }
}

interface Backend extends pg.QueryResultRow {
  state: string | null;
  idleMs: number | null;
  progress: string | null;
}

class Watch {
  blockers = "";
  cut = false;
  readonly #run: Run;
  readonly #file: string;
  readonly #began = performance.now();
  readonly #tickMs: number;
  #told = 0;
  #timer: NodeJS.Timeout;
  #ended = false;
  readonly #onAbort = (): void => {
    void this.#run.session.companion.rows(stopStatement(this.#run), []);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#cancel(), GRACE_MS);
  };

  constructor(run: Run, file: string) {
    this.#run = run;
    this.#file = file;
    const { lockTimeoutMs, progressIntervalMs, signal } = run.settings;
    // Blockers are to be seen before the wait for a lock is given up.
    const wanted = lockTimeoutMs > 0 ? lockTimeoutMs / 3 : MAX_TICK_MS;
    this.#tickMs = Math.max(MIN_TICK_MS, Math.min(wanted, progressIntervalMs, MAX_TICK_MS));
    this.#timer = this.#next();
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (signal?.aborted === true) this.#onAbort();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#run.settings.signal?.removeEventListener("abort", this.#onAbort);
  }

  #next(): NodeJS.Timeout {
    return setTimeout(() => void this.#tick(), this.#tickMs);
  }

  async #tick(): Promise<void> {
    const { session, settings } = this.#run;
    // Behind a pooler nobody knows which backend is at work.
    const backend = session.pooled ? undefined : await this.#look();
    const ageMs = Math.round(performance.now() - this.#began);
    if (this.#over()) return;
    if (this.#file !== "" && ageMs - this.#told >= settings.progressIntervalMs) {
      this.#told = ageMs;
      settings.onProgress({ step: "running", file: this.#file, ageMs, message: backend?.progress ?? "" });
    }
    this.#timer = this.#next();
  }

  async #look(): Promise<Backend | undefined> {
    const { companion, pid } = this.#run.session;
    const blocking = await companion.rows<Activity>(blockersQuery, [pid]);
    if (blocking !== undefined && blocking.length > 0) this.blockers = blocking.map(describe).join("; ");
    const backends = await companion.rows<Backend>(backendQuery, [pid]);
    if (backends === undefined || this.#over()) return undefined;
    const [backend] = backends;
    if (backend === undefined || (backend.idleMs ?? 0) > LOST_AFTER_MS) {
      // Its answer got lost on the way. What it holds must not outlive it.
      await companion.rows("SELECT pg_terminate_backend($1)", [pid]);
      if (!this.#over()) this.#hangUp();
    }
    return backend;
  }

  async #cancel(): Promise<void> {
    this.cut = true;
    const { companion, pid, pooled } = this.#run.session;
    this.#timer = setTimeout(() => this.#hangUp(), CANCEL_MS);
    // Not what comes after it: it may have ended meanwhile.
    if (!pooled) await companion.rows(cancelQuery, [pid, this.#file === "" ? "" : nameFile(this.#file)]);
  }

  /** The server notices within a second (client_connection_check_interval) and ends the work itself. */
  #hangUp(): void {
    const { client } = this.#run.session;
    const { stream } = (client as pg.Client & { connection: { stream: { destroy(): void } } }).connection;
    stream.destroy();
  }

  #over(): boolean {
    return this.#ended || this.#run.settings.signal?.aborted === true;
  }
}

const cancelQuery = `SELECT pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity
  WHERE pid = $1 AND state = 'active' AND starts_with(query, $2)`;

const blockersQuery = `SELECT ${activityColumns}
   FROM unnest(pg_catalog.pg_blocking_pids($1)) b (pid) JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid`;

const backendQuery = `SELECT a.state,
       CASE WHEN a.state <> 'active' THEN (extract(epoch FROM clock_timestamp() - a.state_change) * 1000)::float8 END AS "idleMs",
       p.progress
  FROM pg_catalog.pg_stat_activity a LEFT JOIN (
         SELECT pid, phase || CASE WHEN tuples_total > 0 THEN format(', %s of %s rows', tuples_done, tuples_total)
                                   ELSE format(', %s of %s blocks', blocks_done, blocks_total) END AS progress
           FROM pg_catalog.pg_stat_progress_create_index
         UNION ALL SELECT pid, format('%s, %s rows, %s of %s blocks', phase, heap_tuples_scanned, heap_blks_scanned, heap_blks_total)
           FROM pg_catalog.pg_stat_progress_cluster
         UNION ALL SELECT pid, format('%s, %s of %s blocks', phase, heap_blks_scanned, heap_blks_total)
           FROM pg_catalog.pg_stat_progress_vacuum
         UNION ALL SELECT pid, format('%s, %s of %s blocks', phase, sample_blks_scanned, sample_blks_total)
           FROM pg_catalog.pg_stat_progress_analyze
         UNION ALL SELECT pid, format('%s rows, %s bytes', tuples_processed, bytes_processed)
           FROM pg_catalog.pg_stat_progress_copy
       ) p USING (pid) WHERE a.pid = $1`;
