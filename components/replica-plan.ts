import { databaseFlags, type DatabaseFlag, flagProblems, type FlagProfile, type FlagValue } from "./database-flags.ts";
import { type InstanceTier, instanceTier, InstanceTierError } from "./instance-tier.ts";
import { memoryWindowProblems } from "./memory-budget.ts";

/** A read replica as configured; what is left out is as in the primary. */
export interface ReadReplica {
  /** Appended to the primary's name. */
  name: string;
  tier?: string | undefined;
  /** Name of the earlier replica that this one follows; the primary when it is left out. */
  source?: string | undefined;
  /** Single flags that replace those of the primary. */
  databaseFlags?: Readonly<Record<string, FlagValue>> | undefined;
  /** Port of the server; another than the primary's only where both are on one machine. */
  port?: number | undefined;
}

export interface ReplicaPlanArgs {
  /** In the order in which they would be promoted. */
  readReplicas: readonly ReadReplica[];
  /** The primary's. */
  tier: string;
  flagProfile: FlagProfile;
  /** The primary's. */
  databaseFlags: Readonly<Record<string, FlagValue>>;
  /** Sessions that may work at the same time, on each replica as on the primary. */
  sessions: number;
}

export interface PlannedReplica {
  name: string;
  tier: string;
  /** Name of the replica that it follows; undefined for the primary. */
  source: string | undefined;
  /** Raw, as Cloud SQL takes them. */
  flags: DatabaseFlag[];
  /** Undefined for the primary's. */
  port: number | undefined;
}

/** Replicas in a chain below the primary. cloud.google.com/sql/docs/postgres/replication/cascading-replicas */
const DEEPEST = 3;

/** What a standby cannot replay with less of than its source has. postgresql.org/docs/15/hot-standby.html */
const NEVER_LESS = ["max_connections", "max_worker_processes", "max_locks_per_transaction"] as const;

/** PostgreSQL 15's own, for those that no profile sets. */
const serverDefaults = { max_connections: 100, max_worker_processes: 8, max_locks_per_transaction: 64 } as const;

/** Every replica with tier and flags resolved. Throws DatabaseFlagsError and InstanceTierError. */
export function replicaPlan(args: ReplicaPlanArgs): PlannedReplica[] {
  return args.readReplicas.map((replica) => {
    const tier = replica.tier ?? args.tier;
    const overrides = { ...args.databaseFlags, ...replica.databaseFlags };
    const { flagProfile: profile, sessions } = args;
    const flags = databaseFlags({ profile, overrides, tier: instanceTier(tier), sessions });
    return { name: replica.name, tier, source: replica.source, flags, port: replica.port };
  });
}

/** Whatever Cloud SQL or PostgreSQL would refuse of the replicas, one sentence each. For a primary that is right by itself. */
export function replicaProblems(args: ReplicaPlanArgs): string[] {
  return args.readReplicas.flatMap((replica, index) => [
    ...placeProblems(replica, args.readReplicas.slice(0, index)),
    ...tierProblems(replica, args),
    ...flagProblems(replica.databaseFlags ?? {}).map((problem) => `readReplicas "${replica.name}": ${problem}`),
    ...lessProblems(replica, args),
  ]);
}

function refused(replica: ReadReplica, wrong: string, seen: string | number, expected: string, next: string): string {
  return `readReplicas "${replica.name}": ${wrong} (${seen}); expected ${expected}. ${next}.`;
}

function placeProblems(replica: ReadReplica, earlier: readonly ReadReplica[]): string[] {
  const { name, source } = replica;
  const known = earlier.map((other) => other.name);
  if (known.includes(name)) return [refused(replica, "is there twice", name, "each name once", "Choose another name")];
  if (source === undefined) return [];
  if (!known.includes(source)) {
    const expected = known.length === 0 ? "no source" : `one of those before it, ${known.join(", ")}`;
    return [
      refused(replica, "follows a replica that is not before it", source, expected, "Change source or the order"),
    ];
  }
  const depth = depthOf(replica, earlier);
  if (depth <= DEEPEST) return [];
  const expected = `at most ${DEEPEST} in a chain below the primary`;
  return [refused(replica, "stands too deep in a chain", depth, expected, "Let it follow an earlier one")];
}

function depthOf({ source }: ReadReplica, earlier: readonly ReadReplica[]): number {
  const followed = earlier.find(({ name }) => name === source);
  return followed === undefined ? 1 : 1 + depthOf(followed, earlier.slice(0, earlier.indexOf(followed)));
}

function tierProblems(replica: ReadReplica, { tier: primary }: ReplicaPlanArgs): string[] {
  if (replica.tier === undefined) return [];
  try {
    const { edition } = instanceTier(replica.tier);
    const expected = instanceTier(primary).edition;
    if (edition === expected) return [];
    const wrong = "is of another edition than the primary";
    return [refused(replica, wrong, replica.tier, `a tier of ${expected}`, "Change its tier, or leave it out")];
  } catch (error) {
    if (!(error instanceof InstanceTierError)) throw error;
    return error.message.split("\n").map((problem) => `readReplicas "${replica.name}": ${problem}`);
  }
}

/** Shares of memory, and what must not be less than in the primary; silent where tier or flag is wrong by itself. */
function lessProblems(replica: ReadReplica, args: ReplicaPlanArgs): string[] {
  const overrides = { ...args.databaseFlags, ...replica.databaseFlags };
  const tier = knownTier(replica.tier ?? args.tier);
  if (flagProblems(overrides).length > 0 || tier === undefined) return [];
  const [plan] = replicaPlan({ ...args, readReplicas: [replica] });
  const windows = memoryWindowProblems({ flags: plan?.flags ?? [], tier });
  const less = NEVER_LESS.flatMap((name) => {
    const [own, primary] = [overrides[name], args.databaseFlags[name]].map((value) =>
      Number(value ?? serverDefaults[name]),
    ) as [number, number];
    if (own >= primary) return [];
    const wrong = `has a smaller ${name} than the primary, and would stop replaying`;
    return [refused(replica, wrong, own, `at least ${primary}`, "Raise it, or leave it out")];
  });
  return [...windows.map((problem) => `readReplicas "${replica.name}": ${problem}`), ...less];
}

function knownTier(name: string): InstanceTier | undefined {
  try {
    return instanceTier(name);
  } catch (error) {
    if (error instanceof InstanceTierError) return undefined;
    throw error;
  }
}
