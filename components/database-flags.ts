import { closest, distance } from "fastest-levenshtein";
import { flagCatalogue, type FlagRule } from "./flag-catalogue.ts";
import { countUnits, type FlagUnit, unitWords, withUnit } from "./flag-units.ts";
import { workMemKb } from "./memory-budget.ts";
import type { InstanceTier } from "./instance-tier.ts";

/** A flag as people write it: sizes and times with their unit ("64MB", "500ms"), switches as true or false. */
export type FlagValue = string | number | boolean;

export type FlagProfile = "computed" | "first-deployment";

/** A flag as Cloud SQL takes it: PostgreSQL's raw unit, always text. */
export interface DatabaseFlag {
  name: string;
  value: string;
}

export interface DatabaseFlagsArgs {
  profile: FlagProfile;
  /** Single flags that replace those of the profile. */
  overrides: Readonly<Record<string, FlagValue>>;
  tier: InstanceTier;
  /** Sessions that may work at the same time: all pools together and administration. */
  sessions: number;
}

/** Flags with a name, unit or value that Cloud SQL would refuse. */
export class DatabaseFlagsError extends Error {
  override readonly name = "DatabaseFlagsError";
}

/** What ran before this program. shared_buffers was written there as 98304: pages of 8 kB, not megabytes. */
const firstDeployment: Readonly<Record<string, FlagValue>> = {
  shared_buffers: "768MB",
  work_mem: "64MB",
  maintenance_work_mem: "1GB",
  effective_cache_size: "800000kB",
  random_page_cost: 1.1,
  max_connections: 100,
  log_min_duration_statement: "1s",
  log_statement: "all",
  log_connections: true,
  log_disconnections: true,
};

/** The flags of an instance, sorted by name so that their order is no difference. Throws DatabaseFlagsError. */
export function databaseFlags(args: DatabaseFlagsArgs): DatabaseFlag[] {
  const problems = flagProblems(args.overrides);
  if (problems.length > 0) throw new DatabaseFlagsError(problems.join("\n"));
  return Object.entries(profileFlags(args))
    .map(([name, value]) => ({ name, value: rawFlag(name, value) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The value of `max_connections` that `databaseFlags` will choose: the same in both profiles unless overridden. */
export function maxConnections(overrides: Readonly<Record<string, FlagValue>>): number {
  return Number(overrides["max_connections"] ?? firstDeployment["max_connections"]);
}

function profileFlags({ profile, overrides, tier, sessions }: DatabaseFlagsArgs): Record<string, FlagValue> {
  switch (profile) {
    case "first-deployment":
      return { ...firstDeployment, ...overrides };
    case "computed": {
      const flags = { ...computedFlags(tier), ...overrides };
      if (overrides["work_mem"] !== undefined) return flags;
      const raw = Object.entries(flags).map(([name, value]) => ({ name, value: rawFlag(name, value) }));
      return { ...flags, work_mem: withUnit(workMemKb({ flags: raw, tier, sessions }), "kB") };
    }
    default:
      return profile satisfies never;
  }
}

/** Everything but work_mem, which is what these leave over, shared among the sessions. */
function computedFlags({ memoryMb, vCpus }: InstanceTier): Record<string, FlagValue> {
  const megabytes = (count: number): string => `${String(Math.floor(count))}MB`;
  // Below four vCPUs a parallel query takes the processors from the others, and each worker takes its own work_mem.
  const parallel: Record<string, FlagValue> =
    vCpus < 4
      ? { max_parallel_workers_per_gather: 0 }
      : { max_parallel_workers_per_gather: Math.min(vCpus / 2, 4), max_parallel_workers: Math.min(vCpus, 8) };
  return {
    ...parallel,
    // PostgreSQL's own advice (19.4): begin with a quarter; more than 40 % seldom helps.
    shared_buffers: megabytes(memoryMb / 4),
    // An estimate for the planner, no allocation. Cloud SQL refuses more than 70 %.
    effective_cache_size: megabytes(memoryMb * 0.7),
    maintenance_work_mem: megabytes(Math.min(memoryMb / 16, 2048)),
    // Left unset, each of the autovacuum workers may take maintenance_work_mem.
    autovacuum_work_mem: megabytes(Math.min(Math.max(memoryMb / 60, 16), 1024)),
    autovacuum_max_workers: 3,
    max_connections: 100,
    // After each checkpoint the first change of a page writes it whole: by PostgreSQL's 1 GB a load had one every few seconds.
    max_wal_size: "4GB",
    random_page_cost: 1.1,
    effective_io_concurrency: 200,
    // Compiling costs more than it saves in queries of milliseconds.
    jit: false,
    log_min_duration_statement: "1s",
    // "all" costs throughput and writes people's data into the log; pgaudit is there for audits.
    log_statement: "ddl",
    log_connections: true,
    log_disconnections: true,
  };
}

/** Every override that Cloud SQL would refuse, one sentence each. */
export function flagProblems(overrides: Readonly<Record<string, FlagValue>>): string[] {
  return Object.entries(overrides).flatMap(([name, value]) => {
    const rule = flagCatalogue[name];
    if (rule === undefined) return [unknownFlag(name)];
    const wrong = wrongValue(rule, value);
    if (wrong === undefined) return [];
    return [`databaseFlags "${name}": ${wrong.what} (${value}); expected ${wrong.expected}. ${wrong.next}.`];
  });
}

function unknownFlag(name: string): string {
  const names = Object.keys(flagCatalogue);
  const nearest = closest(name, names);
  const next =
    distance(name, nearest) <= Math.min(4, Math.floor(name.length / 2))
      ? `Did you mean ${nearest}?`
      : "Add its rule to components/flag-catalogue.ts.";
  return `databaseFlags "${name}": is no flag that this program knows (${name}); expected one of the ${names.length} in components/flag-catalogue.ts. ${next}`;
}

/** The text that Cloud SQL takes: pages, kilobytes or milliseconds without unit, "on" and "off". For values that passed `flagProblems`. */
function rawFlag(name: string, value: FlagValue): string {
  const rule = flagCatalogue[name];
  if (rule?.kind === "measure") return String(measured(value, rule.unit) ?? value);
  if (typeof value === "boolean") return value ? "on" : "off";
  return String(value);
}

function measured(value: FlagValue, unit: FlagUnit): number | undefined {
  return typeof value === "string" ? countUnits(value, unit) : undefined;
}

interface Wrong {
  what: string;
  expected: string;
  next: string;
}

function wrongValue(rule: FlagRule, value: FlagValue): Wrong | undefined {
  switch (rule.kind) {
    case "measure":
      return wrongMeasure(rule, value);
    case "integer":
      return wrongNumber(value, { ...rule, whole: true });
    case "real":
      return wrongNumber(value, { ...rule, whole: false });
    case "switch":
      if (typeof value === "boolean" || value === "on" || value === "off") return undefined;
      return { what: "is no switch", expected: "true or false", next: "Write true or false" };
    case "choice":
      if (rule.values.includes(String(value))) return undefined;
      return { what: "is none of its values", expected: rule.values.join(", "), next: "Choose one of them" };
    case "list": {
      const items = String(value).split(",");
      if (items.every((item) => rule.values.includes(item.trim().replace(/^-/, "")))) return undefined;
      return {
        what: "names an unknown class",
        expected: `a list of ${rule.values.join(", ")}`,
        next: "Separate them by commas",
      };
    }
    default:
      return rule satisfies never;
  }
}

function wrongMeasure(rule: FlagRule & { kind: "measure" }, value: FlagValue): Wrong | undefined {
  const special = rule.special ?? [];
  if (special.includes(Number(value))) return undefined;
  const specials = special.length === 0 ? "" : `, or ${special.join(" or ")}`;
  const expected = `${withUnit(rule.min, rule.unit)} to ${withUnit(rule.max, rule.unit)} in ${unitWords(rule.unit)}${specials}`;
  const example = rule.unit === "ms" || rule.unit === "s" ? "500ms or 10s" : "64MB";
  if (/^\d+$/.test(String(value))) {
    const meant = withUnit(Number(value), rule.unit);
    return {
      what: "has no unit",
      expected,
      next: `PostgreSQL would read it as ${meant}: write "${meant}" if that is meant`,
    };
  }
  const count = measured(value, rule.unit);
  if (count === undefined) {
    return { what: "has a wrong unit or is no whole number of it", expected, next: `Write it as ${example}` };
  }
  if (count >= rule.min && count <= rule.max) return undefined;
  return { what: count < rule.min ? "is too small" : "is too large", expected, next: "Choose a value in that range" };
}

function wrongNumber(value: FlagValue, rule: { min: number; max: number; whole: boolean }): Wrong | undefined {
  const kind = rule.whole ? "a whole number" : "a number";
  const most = rule.max === Number.MAX_VALUE ? "upwards" : `to ${rule.max}`;
  const expected = `${kind} from ${rule.min} ${most}`;
  const number = typeof value === "boolean" || value === "" ? Number.NaN : Number(value);
  if (Number.isNaN(number) || (rule.whole && !Number.isInteger(number))) {
    return { what: `is not ${kind}`, expected, next: "Write it without a unit" };
  }
  if (number >= rule.min && number <= rule.max) return undefined;
  return { what: number < rule.min ? "is too small" : "is too large", expected, next: "Choose a value in that range" };
}
