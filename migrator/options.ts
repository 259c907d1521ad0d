import type pg from "pg";

/** How the engine runs. Times in milliseconds. */
export interface MigratorOptions {
  /** Opens a client; the engine ends it. Called again after a lost connection. */
  connect: () => Promise<pg.Client>;
  /** Role that the files run as and that owns what they make; "" stays the login's own. */
  ownerRole?: string;
  /** Schema of the engine's tables; default "migrations". Made when missing. */
  historySchema?: string;
  /** Roles that may read the history, for instance a login that looks for drift. */
  historyReaders?: readonly string[];
  /**
   * Takes schemas, extensions and default privileges as they are now, because the caller has just changed them; default
   * false: they are watched for drift as all else is.
   */
  acceptSurroundings?: boolean;
  /** How long to wait for another runner to finish; default 600,000. */
  runnerLockTimeoutMs?: number;
  /** How long a statement may wait for a lock while everyone else queues behind it; default 2,000. */
  lockTimeoutMs?: number;
  /** How long a statement may run; default 0: as long as it takes. Statements that run outside a transaction are never cut. */
  statementTimeoutMs?: number;
  /** How often a file is tried again after a lock timeout, deadlock or serialization failure; default 10. */
  retries?: number;
  /** First pause before such a retry, doubled each time up to 30 s; default 500. */
  retryDelayMs?: number;
  /** PostgreSQL's search_path while a file runs; default "": files name their schemas. */
  searchPath?: readonly string[];
  /** Seeds that name environments run only in these; default "": only seeds for every environment run. */
  environment?: string;
  /** Ends the run after the statement under way, which is cancelled when it takes longer than 3 s: InterruptedError. */
  signal?: AbortSignal;
  /** How often `onProgress` hears of a statement that takes long; default 5,000. */
  progressIntervalMs?: number;
  /** Hears of every step as it happens. */
  onProgress?: (progress: Progress) => void;
}

/** What `onProgress` hears. */
export type Progress =
  | { step: "waiting"; message: string }
  | { step: "starting"; file: string }
  | { step: "retrying"; file: string; message: string }
  /** `message` says how far the statement is where PostgreSQL tells (index builds, CLUSTER, VACUUM, ANALYZE, COPY), else "". */
  | { step: "running"; file: string; ageMs: number; message: string }
  | { step: "done"; file: string; durationMs: number };

/** Options with every default filled in. */
export type Settings = Readonly<Required<Omit<MigratorOptions, "signal">>> & {
  readonly signal: AbortSignal | undefined;
};

/** The one place of the defaults. */
export function resolveOptions(options: MigratorOptions): Settings {
  return {
    connect: options.connect,
    ownerRole: options.ownerRole ?? "",
    historySchema: options.historySchema ?? "migrations",
    historyReaders: options.historyReaders ?? [],
    acceptSurroundings: options.acceptSurroundings ?? false,
    runnerLockTimeoutMs: options.runnerLockTimeoutMs ?? 600_000,
    lockTimeoutMs: options.lockTimeoutMs ?? 2_000,
    statementTimeoutMs: options.statementTimeoutMs ?? 0,
    retries: options.retries ?? 10,
    retryDelayMs: options.retryDelayMs ?? 500,
    searchPath: options.searchPath ?? [],
    environment: options.environment ?? "",
    signal: options.signal,
    progressIntervalMs: options.progressIntervalMs ?? 5_000,
    onProgress: options.onProgress ?? ((): void => undefined),
  };
}
