import type { FlagUnit } from "./flag-units.ts";

/** What PostgreSQL 15 on Cloud SQL accepts for one flag. */
export type FlagRule = { restart: boolean } & (
  | {
      kind: "measure";
      unit: FlagUnit;
      min: number;
      max: number;
      /** Bare numbers that mean something of their own. */ special?: readonly number[];
    }
  | { kind: "integer"; min: number; max: number }
  | { kind: "real"; min: number; max: number }
  | { kind: "switch" }
  | { kind: "choice"; values: readonly string[] }
  | { kind: "list"; values: readonly string[] }
);

const int32 = 2_147_483_647;
const processes = 262_143;

function size(
  unit: "8kB" | "kB" | "MB",
  min: number,
  max: number,
  more: { restart?: boolean; special?: number[] } = {},
): FlagRule {
  return { kind: "measure", unit, min, max, special: more.special ?? [], restart: more.restart ?? false };
}

function time(unit: "ms" | "s", min: number, max: number, special: number[] = []): FlagRule {
  return { kind: "measure", unit, min, max, special, restart: false };
}

function integer(min: number, max: number, restart = false): FlagRule {
  return { kind: "integer", min, max, restart };
}

function real(min: number, max: number): FlagRule {
  return { kind: "real", min, max, restart: false };
}

const toggle: FlagRule = { kind: "switch", restart: false };
const toggleAndRestart: FlagRule = { kind: "switch", restart: true };

/**
 * The flags that this stack knows; another name is refused, because a misspelt one would only fail minutes into an update.
 * Bounds and units: `pg_settings` of PostgreSQL 15. Names: cloud.google.com/sql/docs/postgres/flags
 */
export const flagCatalogue: Readonly<Record<string, FlagRule>> = {
  autovacuum_analyze_scale_factor: real(0, 100),
  autovacuum_max_workers: integer(1, processes, true),
  autovacuum_naptime: time("s", 1, 2_147_483),
  autovacuum_vacuum_cost_delay: time("ms", 0, 100, [-1]),
  autovacuum_vacuum_cost_limit: integer(-1, 10_000),
  autovacuum_vacuum_insert_scale_factor: real(0, 100),
  autovacuum_vacuum_scale_factor: real(0, 100),
  autovacuum_work_mem: size("kB", 1024, int32, { special: [-1] }),
  checkpoint_completion_target: real(0, 1),
  checkpoint_timeout: time("s", 30, 86_400),
  "cloudsql.enable_pgaudit": toggleAndRestart,
  "cloudsql.iam_authentication": toggle,
  "cloudsql.logical_decoding": toggleAndRestart,
  deadlock_timeout: time("ms", 1, int32),
  default_statistics_target: integer(1, 10_000),
  effective_cache_size: size("8kB", 1, int32),
  effective_io_concurrency: integer(0, 1000),
  gin_fuzzy_search_limit: integer(0, int32),
  gin_pending_list_limit: size("kB", 64, int32),
  hash_mem_multiplier: real(1, 1000),
  hot_standby_feedback: toggle,
  idle_in_transaction_session_timeout: time("ms", 0, int32, [0]),
  idle_session_timeout: time("ms", 0, int32, [0]),
  jit: toggle,
  lock_timeout: time("ms", 0, int32, [0]),
  log_autovacuum_min_duration: time("ms", 0, int32, [-1, 0]),
  log_checkpoints: toggle,
  log_connections: toggle,
  log_disconnections: toggle,
  log_lock_waits: toggle,
  log_min_duration_statement: time("ms", 0, int32, [-1, 0]),
  log_statement: { kind: "choice", values: ["none", "ddl", "mod", "all"], restart: false },
  log_temp_files: size("kB", 0, int32, { special: [-1, 0] }),
  maintenance_work_mem: size("kB", 1024, int32),
  max_connections: integer(1, processes, true),
  max_locks_per_transaction: integer(10, int32, true),
  max_parallel_maintenance_workers: integer(0, 1024),
  max_parallel_workers: integer(0, 1024),
  max_parallel_workers_per_gather: integer(0, 1024),
  max_standby_archive_delay: time("ms", 0, int32, [-1, 0]),
  max_standby_streaming_delay: time("ms", 0, int32, [-1, 0]),
  max_wal_size: size("MB", 2, int32),
  max_worker_processes: integer(0, processes, true),
  min_wal_size: size("MB", 2, int32),
  "pg_stat_statements.track": { kind: "choice", values: ["none", "top", "all"], restart: false },
  "pgaudit.log": {
    kind: "list",
    values: ["none", "read", "write", "function", "role", "ddl", "misc", "misc_set", "all"],
    restart: false,
  },
  "pgaudit.log_parameter": toggle,
  random_page_cost: real(0, Number.MAX_VALUE),
  shared_buffers: size("8kB", 16, 1_073_741_823, { restart: true }),
  statement_timeout: time("ms", 0, int32, [0]),
  temp_buffers: size("8kB", 100, 1_073_741_823),
  temp_file_limit: size("kB", 0, int32, { special: [-1] }),
  track_io_timing: toggle,
  wal_buffers: size("8kB", 4, processes, { restart: true, special: [-1] }),
  wal_compression: { kind: "choice", values: ["off", "on", "pglz", "lz4", "zstd"], restart: false },
  work_mem: size("kB", 64, int32),
};
