import { flagCatalogue } from "./flag-catalogue.ts";
import { unitBytes } from "./flag-units.ts";
import type { InstanceTier } from "./instance-tier.ts";

/** Part of the machine's memory that the server may use; the rest is for the system, Google's agents and the file cache. */
const USABLE_SHARE = 0.9;

/** What a session holds besides work_mem: its process, catalogue caches and prepared plans. An allowance, not a measurement. */
const SESSION_OVERHEAD_MB = 8;

/** Bounds of a computed work_mem: PostgreSQL's own default, and what one search needs at the most. */
const workMem = { minKb: 4 * 1024, maxKb: 128 * 1024, stepKb: 256 };

/** Raw values of PostgreSQL 15 for flags that nobody set. */
const serverDefaults: Readonly<Record<string, number>> = {
  autovacuum_max_workers: 3,
  autovacuum_work_mem: -1,
  hash_mem_multiplier: 2,
  maintenance_work_mem: 65_536,
  max_parallel_workers: 8,
  max_parallel_workers_per_gather: 2,
  shared_buffers: 16_384,
  work_mem: 4096,
};

type RawFlags = readonly { name: string; value: string }[];

/** The worst case in MB: every session in a hash join, every autovacuum worker and one index build at work. */
export interface MemoryBudget {
  /** 0.9 of the machine. */
  usableMb: number;
  sharedBuffersMb: number;
  maintenanceMb: number;
  autovacuumWorkers: number;
  autovacuumMbPerWorker: number;
  /** What is left for sessions; negative when even without a session it does not fit. */
  availableMb: number;
  perSessionMb: number;
  /** Parallel workers: they hold memory as a session does. */
  parallelWorkers: number;
  /** Sessions that fit beside the parallel workers; never below 0. */
  sessions: number;
}

/** What the given flags (in PostgreSQL's raw units) can take at the most from a machine. */
export function memoryBudget(args: { flags: RawFlags; tier: InstanceTier }): MemoryBudget {
  const number = (name: string): number => rawNumber(args.flags, name);
  const megabytes = (name: string): number => rawMegabytes(args.flags, name);
  const maintenanceMb = megabytes("maintenance_work_mem");
  const autovacuumWorkers = number("autovacuum_max_workers");
  const autovacuumMbPerWorker = number("autovacuum_work_mem") < 0 ? maintenanceMb : megabytes("autovacuum_work_mem");
  const parallelWorkers = number("max_parallel_workers_per_gather") === 0 ? 0 : number("max_parallel_workers");
  const usableMb = args.tier.memoryMb * USABLE_SHARE;
  const sharedBuffersMb = megabytes("shared_buffers");
  const availableMb = usableMb - sharedBuffersMb - maintenanceMb - autovacuumWorkers * autovacuumMbPerWorker;
  const perSessionMb = megabytes("work_mem") * number("hash_mem_multiplier") + SESSION_OVERHEAD_MB;
  const sessions = Math.max(0, Math.floor(availableMb / perSessionMb) - parallelWorkers);
  return {
    usableMb,
    sharedBuffersMb,
    maintenanceMb,
    autovacuumWorkers,
    autovacuumMbPerWorker,
    availableMb,
    perSessionMb,
    parallelWorkers,
    sessions,
  };
}

/** What remains of the usable memory after what is allocated whatever the sessions do: shared buffers and their processes. */
export function certainMemory({ budget, sessions }: { budget: MemoryBudget; sessions: number }): {
  /** Negative where it does not fit. */
  leftMb: number;
  arithmetic: string;
} {
  const leftMb = budget.usableMb - budget.sharedBuffersMb - sessions * SESSION_OVERHEAD_MB;
  const arithmetic =
    `${rounded(budget.usableMb)} MB usable - ${rounded(budget.sharedBuffersMb)} shared_buffers` +
    ` - ${sessions} sessions x ${SESSION_OVERHEAD_MB} = ${rounded(leftMb)} MB`;
  return { leftMb, arithmetic };
}

/** The work_mem in kB with which so many sessions fit beside the other flags; never below 4 MB. */
export function workMemKb(args: { flags: RawFlags; tier: InstanceTier; sessions: number }): number {
  const budget = memoryBudget(args);
  const shareMb = budget.availableMb / (args.sessions + budget.parallelWorkers) - SESSION_OVERHEAD_MB;
  const shareKb = (shareMb * 1024) / rawNumber(args.flags, "hash_mem_multiplier");
  const stepped = Math.floor(shareKb / workMem.stepKb) * workMem.stepKb;
  return Math.min(Math.max(stepped, workMem.minKb), workMem.maxKb);
}

/** The sum as a person would write it down. */
export function memoryArithmetic(budget: MemoryBudget): string {
  const mb = rounded;
  return (
    `${mb(budget.usableMb)} MB usable - ${mb(budget.sharedBuffersMb)} shared_buffers - ${mb(budget.maintenanceMb)} maintenance_work_mem` +
    ` - ${mb(budget.autovacuumWorkers)} x ${mb(budget.autovacuumMbPerWorker)} autovacuum = ${mb(budget.availableMb)} MB` +
    ` / ${mb(budget.perSessionMb)} MB a session - ${mb(budget.parallelWorkers)} parallel workers = ${mb(budget.sessions)} sessions`
  );
}

function rounded(megabytes: number): string {
  return String(Math.round(megabytes * 10) / 10);
}

function rawNumber(flags: RawFlags, name: string): number {
  return Number(flags.find((flag) => flag.name === name)?.value ?? serverDefaults[name]);
}

function rawMegabytes(flags: RawFlags, name: string): number {
  const rule = flagCatalogue[name];
  if (rule?.kind !== "measure" || rule.unit === "ms" || rule.unit === "s" || rule.unit === "min") {
    throw new TypeError(`flag "${name}": is no size`);
  }
  return unitBytes(rawNumber(flags, name), rule.unit) / 1024 ** 2;
}

/** Shares of the machine's memory that Cloud SQL accepts, percent. cloud.google.com/sql/docs/postgres/flags */
const windows = { effective_cache_size: { min: 10, max: 70 }, shared_buffers: { min: 10, max: 60 } } as const;

/** Flags whose share of memory Cloud SQL would refuse, one sentence each. */
export function memoryWindowProblems({ flags, tier }: { flags: RawFlags; tier: InstanceTier }): string[] {
  return (["effective_cache_size", "shared_buffers"] as const).flatMap((name) => {
    const megabytes = rawMegabytes(flags, name);
    const percent = (megabytes / tier.memoryMb) * 100;
    const { min, max } = windows[name];
    if (percent >= min && percent <= max) return [];
    const [least, most] = [Math.ceil((tier.memoryMb * min) / 100), Math.floor((tier.memoryMb * max) / 100)];
    return [
      `databaseFlags "${name}": is ${percent.toFixed(1)} % of the memory of ${tier.name} (${megabytes.toFixed(0)}MB); ` +
        `expected ${min} to ${max} %, which is ${least}MB to ${most}MB. Set it in databaseFlags.`,
    ];
  });
}
