import { type ConnectionBudget, connectionBudget, ConnectionBudgetError } from "../components/connection-budget.ts";
import { flagProblems } from "../components/database-flags.ts";
import { instanceTier, InstanceTierError } from "../components/instance-tier.ts";
import { denyPeriodProblem } from "../components/maintenance.ts";
import { memoryWindowProblems } from "../components/memory-budget.ts";
import { replicaProblems } from "../components/replica-plan.ts";
import { type PlacedSettings, rule, when } from "./rule.ts";

/** Keys that the sums of connections and memory are made of. */
const budgetKeys = [
  "tier",
  "flagProfile",
  "databaseFlags",
  "administrationConnections",
  "serviceMaxInstances",
  "deployOverlap",
  "connectionShares",
] as const;

type BudgetKey = (typeof budgetKeys)[number];

const tierForms = {
  ENTERPRISE: "db-custom-CPUS-MB, db-f1-micro or db-g1-small",
  ENTERPRISE_PLUS: "db-perf-optimized-N-CPUS",
} as const;

/** Longest reach of point-in-time recovery, days. cloud.google.com/sql/docs/postgres/backup-recovery/pitr */
const transactionLogDays = { ENTERPRISE: 7, ENTERPRISE_PLUS: 35 } as const;

/** Keys of what only one edition has, each with the value that asks for nothing. */
const plusOnly = { dataCacheEnabled: false, managedPoolingEnabled: false, readPoolNodes: 0 } as const;

/** What settings of the instance itself say together that cannot be. */
export const instanceRules = [
  rule(["tier", "edition"], tierProblems),
  rule(["databaseFlags"], ({ databaseFlags }) => flagProblems(databaseFlags)),
  rule(budgetKeys, budgetProblems),
  rule(["diskSizeGb", "diskAutoresizeLimitGb"], ({ diskSizeGb, diskAutoresizeLimitGb }) =>
    when(diskAutoresizeLimitGb < diskSizeGb, "diskAutoresizeLimitGb", diskAutoresizeLimitGb, {
      wrong: "is below diskSizeGb",
      expected: `at least ${diskSizeGb} GB`,
      next: "Raise it",
    }),
  ),
  rule(["diskType", "edition"], ({ diskType, edition }) =>
    when(edition === "ENTERPRISE_PLUS" && diskType === "PD_HDD", "diskType", diskType, {
      wrong: "does not exist in edition ENTERPRISE_PLUS",
      expected: "PD_SSD",
      next: "Set it to PD_SSD, or edition to ENTERPRISE",
    }),
  ),
  rule(["availabilityType", "pointInTimeRecoveryEnabled"], ({ availabilityType, pointInTimeRecoveryEnabled }) =>
    when(availabilityType === "REGIONAL" && !pointInTimeRecoveryEnabled, "pointInTimeRecoveryEnabled", false, {
      wrong: "is off for a REGIONAL instance",
      expected: "true",
      next: "Set it to true, or availabilityType to ZONAL",
    }),
  ),
  rule(["transactionLogRetentionDays", "edition"], ({ transactionLogRetentionDays, edition }) =>
    when(
      transactionLogRetentionDays > transactionLogDays[edition],
      "transactionLogRetentionDays",
      transactionLogRetentionDays,
      {
        wrong: `is beyond the limit of edition ${edition}`,
        expected: `1 to ${transactionLogDays[edition]} days`,
        next: `Set it to ${transactionLogDays[edition]}`,
      },
    ),
  ),
  // Recovery starts from a backup: logs that are older than the oldest backup restore nothing.
  rule(
    ["transactionLogRetentionDays", "retainedBackups", "pointInTimeRecoveryEnabled"],
    ({ transactionLogRetentionDays: logs, retainedBackups, pointInTimeRecoveryEnabled }) =>
      when(pointInTimeRecoveryEnabled && logs > retainedBackups, "transactionLogRetentionDays", logs, {
        wrong: "reaches back further than the daily backups",
        expected: `at most ${retainedBackups} days`,
        next: "Lower it, or raise retainedBackups",
      }),
  ),
  ...(["dataCacheEnabled", "managedPoolingEnabled", "readPoolNodes"] as const).map((key) =>
    rule([key, "edition"], (settings) =>
      when(settings.edition === "ENTERPRISE" && settings[key] !== plusOnly[key], key, settings[key], {
        wrong: "does not exist in edition ENTERPRISE",
        expected: String(plusOnly[key]),
        next: `Set it to ${plusOnly[key]}, or edition to ENTERPRISE_PLUS`,
      }),
    ),
  ),
  rule(["maintenanceDenyPeriod"], ({ maintenanceDenyPeriod }) => {
    const problem = maintenanceDenyPeriod === "" ? undefined : denyPeriodProblem(maintenanceDenyPeriod);
    return problem === undefined
      ? []
      : when(true, "maintenanceDenyPeriod", maintenanceDenyPeriod, { ...problem, next: "Correct the days" });
  }),
  rule(["pgauditEnabled", "environment"], ({ pgauditEnabled, environment }) =>
    when(pgauditEnabled && environment === "local", "pgauditEnabled", true, {
      wrong: "needs an extension that the PostgreSQL of this machine does not have",
      expected: "false in local",
      next: "Set it to false",
    }),
  ),
  rule(["finalBackupRetentionDays", "environment"], ({ finalBackupRetentionDays: days, environment }) =>
    when(days === 0 && environment === "prod", "finalBackupRetentionDays", days, {
      wrong: "leaves nothing when the instance is deleted by mistake",
      expected: "1 to 365 days in prod",
      next: "Set it to 30",
    }),
  ),
  rule([...budgetKeys, "readReplicas"], (settings) => {
    const { budget } = budgetOf(settings);
    if (budget === undefined) return [];
    return replicaProblems({ ...settings, sessions: budget.pooledConnections + settings.administrationConnections });
  }),
  rule(["databaseFlags", "pgauditEnabled"], ({ databaseFlags, pgauditEnabled }) => [
    ...featureFlag(databaseFlags, "cloudsql.enable_pgaudit", { key: "pgauditEnabled", enabled: pgauditEnabled }),
    ...Object.keys(databaseFlags)
      .filter((name) => name.startsWith("pgaudit.") && !pgauditEnabled)
      .map(
        (name) =>
          `databaseFlags "${name}": has no effect while pgauditEnabled is false (${databaseFlags[name] ?? ""}); expected it to be left out. Set pgauditEnabled to true.`,
      ),
  ]),
  rule(["databaseFlags", "databaseReaders"], ({ databaseFlags, databaseReaders }) =>
    featureFlag(databaseFlags, "cloudsql.iam_authentication", {
      key: "databaseReaders",
      enabled: databaseReaders.length > 0,
    }),
  ),
];

function tierProblems({ tier: name, edition }: Pick<PlacedSettings, "tier" | "edition">): string[] {
  try {
    const tier = instanceTier(name);
    return when(tier.edition !== edition, "tier", name, {
      wrong: `does not exist in edition ${edition}`,
      expected: tierForms[edition],
      next: `Change the tier, or edition to ${tier.edition}`,
    });
  } catch (error) {
    if (error instanceof InstanceTierError) return error.message.split("\n");
    throw error;
  }
}

/** A flag of the service that follows from a key of its own: written beside it, the two could contradict each other. */
function featureFlag(
  flags: PlacedSettings["databaseFlags"],
  name: string,
  { key, enabled }: { key: string; enabled: boolean },
): string[] {
  const value = flags[name];
  if (value === undefined) return [];
  return [
    `databaseFlags "${name}": follows from ${key} (${value}); expected it to be left out, which is ${enabled ? "on" : "off"} now. Remove it and set ${key}.`,
  ];
}

/** Pools and memory; silent where the tier or a flag is wrong already, because the sums would mean nothing. */
function budgetProblems(settings: Pick<PlacedSettings, BudgetKey>): string[] {
  const { budget, problem } = budgetOf(settings);
  if (problem !== undefined) return [problem];
  return budget === undefined ? [] : memoryWindowProblems({ flags: budget.flags, tier: instanceTier(settings.tier) });
}

/** The budget, or why there can be none; neither where the tier or a flag is wrong already. */
function budgetOf(settings: Pick<PlacedSettings, BudgetKey>): { budget?: ConnectionBudget; problem?: string } {
  if (flagProblems(settings.databaseFlags).length > 0) return {};
  try {
    return { budget: connectionBudget({ ...settings, tier: instanceTier(settings.tier) }) };
  } catch (error) {
    if (error instanceof InstanceTierError) return {};
    if (error instanceof ConnectionBudgetError) return { problem: error.message };
    throw error;
  }
}
