import {
  databaseFlags,
  type DatabaseFlag,
  type FlagProfile,
  type FlagValue,
  maxConnections,
} from "./database-flags.ts";
import type { InstanceTier } from "./instance-tier.ts";
import { certainMemory, memoryArithmetic, memoryBudget } from "./memory-budget.ts";

/** `superuser_reserved_connections`, which Cloud SQL leaves at PostgreSQL's default. */
const SUPERUSER_RESERVED = 3;

/** Sessions that Cloud SQL's own agents hold. Not documented; check with `select * from pg_stat_activity` on the instance. */
const CLOUD_SQL_OWN = 5;

/** Connections above the pool for clients that waited long; part of the budget. */
const RESERVE_POOL_SIZE = 1;

/** Connections of one Cloud Run instance to one Cloud SQL instance. cloud.google.com/sql/docs/quotas#cloud-run-connection-limits */
const CLOUD_RUN_CONNECTIONS = 100;

/**
 * Connections with which one pooler alone keeps the server's processors at work: two for each, and two for those that wait for
 * the disk. More of them only take turns: with 1,000 clients on two processors that the pooler shares, a pool of 7 answered 0.91
 * of the calls that the best direct connections did, one of 4 answered 0.98. A shared-core machine counts as one processor.
 */
const busyConnections = ({ vCpus }: InstanceTier) => 2 * Math.max(vCpus, 1) + 2;

/** A pooler logs in with one name to one database: one pool. */
const USERS = 1;
const DATABASES = 1;

export interface ConnectionBudgetArgs {
  tier: InstanceTier;
  flagProfile: FlagProfile;
  databaseFlags: Readonly<Record<string, FlagValue>>;
  /** Connections kept for migrations, checks and people. */
  administrationConnections: number;
  /** Instances of the service at the most; each has a pooler. */
  serviceMaxInstances: number;
  /** Other applications -> their instances at the most; each instance has a pooler. None unless given. */
  connectionShares?: Readonly<Record<string, number>>;
  /** Revisions that run at the same time during a deployment, of the service and of every other application. */
  deployOverlap: number;
}

/** The name of the library's own service among the consumers. */
export const OWN_CONSUMER = "tracks";

/** What a consumer may hold of the server: each of its instances a pooler with these settings. */
export interface ConnectionShare {
  maxInstances: number;
  poolSize: number;
  reservePoolSize: number;
  maxDbConnections: number;
}

/**
 * How many connections each pooler may hold so that all together never over-commit the server's connections, nor its memory
 * where there is no warning.
 */
export interface ConnectionBudget {
  /** Flags of the instance for which this budget holds. */
  flags: DatabaseFlag[];
  maxConnections: number;
  /** Poolers that may run at the same time. */
  poolers: number;
  /** PgBouncer's default_pool_size. */
  poolSize: number;
  /** PgBouncer's reserve_pool_size. */
  reservePoolSize: number;
  /** PgBouncer's max_db_connections: pool and reserve. */
  maxDbConnections: number;
  /** Connections of all poolers together at the most. */
  pooledConnections: number;
  /** Consumer -> its share, the library's own service first. */
  shares: Record<string, ConnectionShare>;
  limitedBy: "connections" | "memory" | "cloudRun" | "processors";
  /** The sums, one line each. */
  arithmetic: string[];
  /** Where every session at its worst at the same time would not fit in memory: a sentence with the sum. */
  warnings: string[];
}

/** A configuration that cannot run on the server; the message holds the sum. */
export class ConnectionBudgetError extends Error {
  override readonly name = "ConnectionBudgetError";
}

/**
 * Throws ConnectionBudgetError when a pool would be left without a connection, or when what is certainly allocated does not
 * fit in memory; DatabaseFlagsError on a wrong flag.
 */
export function connectionBudget(args: ConnectionBudgetArgs): ConnectionBudget {
  const consumers = { [OWN_CONSUMER]: args.serviceMaxInstances, ...args.connectionShares };
  const poolers = sum(Object.values(consumers)) * args.deployOverlap;
  const byConnections = connectionCeiling(args, poolers);
  if (byConnections.poolSize < 1) throw new ConnectionBudgetError(tooFewConnections(args, byConnections));

  const wanted = poolers * (byConnections.poolSize + RESERVE_POOL_SIZE) + args.administrationConnections;
  const flags = databaseFlags({
    profile: args.flagProfile,
    overrides: args.databaseFlags,
    tier: args.tier,
    sessions: wanted,
  });
  const memory = memoryBudget({ flags, tier: args.tier });
  const byMemory = Math.floor((memory.sessions - args.administrationConnections) / poolers) - RESERVE_POOL_SIZE;
  const memorySum =
    `memory: ${memoryArithmetic(memory)}; floor((${memory.sessions} - ${args.administrationConnections} administration)` +
    ` / ${poolers} poolers) - ${RESERVE_POOL_SIZE} reserve = ${byMemory}`;
  const smallest = poolers * (1 + RESERVE_POOL_SIZE) + args.administrationConnections;
  const certain = certainMemory({ budget: memory, sessions: smallest });
  if (certain.leftMb < 0) throw new ConnectionBudgetError(tooLittleMemory(args, certain.arithmetic));

  const byCloudRun = CLOUD_RUN_CONNECTIONS - RESERVE_POOL_SIZE;
  const byProcessors = busyConnections(args.tier);
  // One connection is the least that a pool can have: the memory may then run out all the same, which is what is warned of.
  const poolSize = Math.min(byConnections.poolSize, Math.max(byMemory, 1), byCloudRun, byProcessors);
  return {
    flags,
    maxConnections: maxConnections(args.databaseFlags),
    poolers,
    poolSize,
    reservePoolSize: RESERVE_POOL_SIZE,
    maxDbConnections: poolSize + RESERVE_POOL_SIZE,
    pooledConnections: poolers * (poolSize + RESERVE_POOL_SIZE),
    shares: Object.fromEntries(
      Object.entries(consumers).map(([consumer, maxInstances]) => [
        consumer,
        {
          maxInstances,
          poolSize,
          reservePoolSize: RESERVE_POOL_SIZE,
          maxDbConnections: poolSize + RESERVE_POOL_SIZE,
        },
      ]),
    ),
    limitedBy: limitOf({ poolSize, byConnections: byConnections.poolSize, byCloudRun, byProcessors }),
    arithmetic: [
      byConnections.sum,
      memorySum,
      `Cloud Run: ${CLOUD_RUN_CONNECTIONS} - ${RESERVE_POOL_SIZE} reserve = ${byCloudRun}`,
      `processors: 2 x ${Math.max(args.tier.vCpus, 1)} + 2 = ${byProcessors}`,
    ],
    warnings: byMemory < 1 ? [memoryCouldRunOut(args, smallest, memorySum)] : [],
  };
}

function limitOf(sizes: {
  poolSize: number;
  byConnections: number;
  byCloudRun: number;
  byProcessors: number;
}): ConnectionBudget["limitedBy"] {
  if (sizes.poolSize === sizes.byConnections) return "connections";
  if (sizes.poolSize === sizes.byProcessors) return "processors";
  return sizes.poolSize === sizes.byCloudRun ? "cloudRun" : "memory";
}

interface Ceiling {
  usable: number;
  poolSize: number;
  sum: string;
}

function connectionCeiling(args: ConnectionBudgetArgs, poolers: number): Ceiling {
  const max = maxConnections(args.databaseFlags);
  const usable = max - SUPERUSER_RESERVED - CLOUD_SQL_OWN - args.administrationConnections;
  const poolSize = Math.floor(usable / (poolers * USERS * DATABASES)) - RESERVE_POOL_SIZE;
  const arithmetic =
    `connections: floor((${max} max_connections - ${SUPERUSER_RESERVED} superuser - ${CLOUD_SQL_OWN} Cloud SQL - ` +
    `${args.administrationConnections} administration) / (${instances(args)} instances x ${args.deployOverlap} overlap x ` +
    `${USERS} user x ${DATABASES} database)) - ${RESERVE_POOL_SIZE} reserve = ${poolSize}`;
  return { usable, poolSize, sum: arithmetic };
}

/** `5`, or `(5 + 2 + 3)` with other applications. */
function instances({ serviceMaxInstances, connectionShares = {} }: ConnectionBudgetArgs): string {
  const all = [serviceMaxInstances, ...Object.values(connectionShares)];
  return all.length === 1 ? String(serviceMaxInstances) : `(${all.join(" + ")})`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function tooFewConnections(args: ConnectionBudgetArgs, ceiling: Ceiling): string {
  const others = sum(Object.values(args.connectionShares ?? {}));
  const most = Math.floor(ceiling.usable / (args.deployOverlap * (1 + RESERVE_POOL_SIZE))) - others;
  const next =
    most >= 1
      ? `Use at most ${most} instances, or raise max_connections in databaseFlags.`
      : "Raise max_connections in databaseFlags, or lower administrationConnections.";
  return `serviceMaxInstances: leaves a pool without a connection (${args.serviceMaxInstances}), because ${ceiling.sum}; expected 1 or more. ${next}`;
}

function tooLittleMemory({ tier }: ConnectionBudgetArgs, sum: string): string {
  return (
    `tier "${tier.name}": cannot hold what the server allocates in any case, because ${sum}; expected 0 MB or more. ` +
    "Take a larger tier, or lower shared_buffers in databaseFlags or serviceMaxInstances."
  );
}

function memoryCouldRunOut({ tier }: ConnectionBudgetArgs, sessions: number, sum: string): string {
  return (
    `tier "${tier.name}": its memory could run out if every session were at its worst at the same time, because ${sum}; ` +
    `expected room for ${sessions} sessions, which leaves 1 to each pool. ` +
    "Take a larger tier, lower serviceMaxInstances, or lower work_mem, maintenance_work_mem or autovacuum_work_mem in databaseFlags."
  );
}
