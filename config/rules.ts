import { connectionBudget, ConnectionBudgetError } from "../components/connection-budget.ts";
import { flagProblems } from "../components/database-flags.ts";
import { instanceTier, InstanceTierError } from "../components/instance-tier.ts";
import { lifecycleProblems } from "../components/lifecycle-rules.ts";
import { memoryWindowProblems } from "../components/memory-budget.ts";
import { type PlacedSettings, type Rule, rule, when } from "./rule.ts";
import { nameProblems, POSTGRES_PORT, prefixes, SERVICE_PORT } from "../naming.ts";

/** What settings say together that cannot be, one sentence each. Rules over a key of `wrong` are left out. */
export function combinationProblems(settings: PlacedSettings, wrong: ReadonlySet<string>): string[] {
  return rules.filter(({ keys }) => !keys.some((key) => wrong.has(key))).flatMap(({ problems }) => problems(settings));
}

const tierForms = {
  ENTERPRISE: "db-custom-CPUS-MB, db-f1-micro or db-g1-small",
  ENTERPRISE_PLUS: "db-perf-optimized-N-CPUS",
} as const;

/** Longest reach of point-in-time recovery, days. cloud.google.com/sql/docs/postgres/backup-recovery/pitr */
const transactionLogDays = { ENTERPRISE: 7, ENTERPRISE_PLUS: 35 } as const;

const instanceRules = [
  rule(["tier", "edition"], tierProblems),
  rule(["databaseFlags"], ({ databaseFlags }) => flagProblems(databaseFlags)),
  rule(
    ["tier", "flagProfile", "databaseFlags", "administrationConnections", "serviceMaxInstances", "deployOverlap"],
    budgetProblems,
  ),
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
];

const connectionRules = [
  rule(["connectionMode", "privateNetwork", "environment"], ({ connectionMode, privateNetwork, environment }) => [
    ...when(
      connectionMode === "direct" && privateNetwork === "" && environment !== "local",
      "connectionMode",
      "direct",
      {
        wrong: "has no network to go through, and the public address has no authorised one",
        expected: "cloudSqlConnector without privateNetwork",
        next: "Set it so, or give privateNetwork",
      },
    ),
    ...when(connectionMode === "cloudSqlConnector" && environment === "local", "connectionMode", connectionMode, {
      wrong: "needs Google, which a stack on one machine does not have",
      expected: "direct",
      next: "Set it to direct",
    }),
    ...when(connectionMode === "cloudSqlConnector" && privateNetwork !== "", "privateNetwork", privateNetwork, {
      wrong: "leaves the instance without the public address that cloudSqlConnector uses",
      expected: '"" with cloudSqlConnector',
      next: "Set connectionMode to direct",
    }),
    ...when(environment === "local" && privateNetwork !== "", "privateNetwork", privateNetwork, {
      wrong: "does not exist on one machine",
      expected: '"" in local',
      next: "Remove it",
    }),
  ]),
  rule(["privateNetwork", "privateNetworkReachable"], ({ privateNetwork, privateNetworkReachable }) => [
    ...when(privateNetwork !== "" && !privateNetworkReachable, "privateNetwork", privateNetwork, {
      wrong: "cannot be reached from outside, and roles and migrations need a connection",
      expected: "pulumi to run inside it",
      next: "Run it there and set privateNetworkReachable to true",
    }),
    ...when(privateNetwork === "" && privateNetworkReachable, "privateNetworkReachable", true, {
      wrong: "speaks of a network that is not there",
      expected: "false without privateNetwork",
      next: "Give privateNetwork, or remove it",
    }),
  ]),
  rule(["databasePort", "poolerPort", "environment"], ({ databasePort, poolerPort, environment }) => [
    ...when(environment !== "local" && databasePort !== POSTGRES_PORT, "databasePort", databasePort, {
      wrong: "cannot be chosen on Cloud SQL",
      expected: `${POSTGRES_PORT} in ${environment}`,
      next: "Remove it",
    }),
    ...when(environment === "local" && databasePort === poolerPort, "poolerPort", poolerPort, {
      wrong: "is that of the database",
      expected: "another than databasePort",
      next: "Choose another",
    }),
    ...when(environment !== "local" && poolerPort === SERVICE_PORT, "poolerPort", poolerPort, {
      wrong: "is that of the service beside it",
      expected: `another than ${SERVICE_PORT}`,
      next: "Choose another",
    }),
  ]),
];

const bucketRules = [
  rule(
    ["tempRetentionDays", "noncurrentRetentionDays", "nearlineAfterDays", "coldlineAfterDays", "archiveAfterDays"],
    (days) => lifecycleProblems({ ...days, tempPrefix: prefixes.temp, audioPrefix: prefixes.audio }),
  ),
  rule(["bucketLocation", "region"], ({ bucketLocation, region }) =>
    when(bucketLocation.toLowerCase() !== region, "bucketLocation", bucketLocation, {
      wrong: "is not the region of the instance",
      expected: region,
      next: "Set it so, or change gcp:region",
    }),
  ),
  rule(["corsOrigins"], ({ corsOrigins }) =>
    when(corsOrigins.includes("*") && corsOrigins.length > 1, "corsOrigins", corsOrigins.join(", "), {
      wrong: "names single origins beside all",
      expected: "* alone, or no *",
      next: "Remove *",
    }),
  ),
  rule(["bucketForceDestroy", "environment"], ({ bucketForceDestroy, environment }) =>
    when(environment === "prod" && bucketForceDestroy, "bucketForceDestroy", true, {
      wrong: "would delete every recording with the bucket",
      expected: "false in prod",
      next: "Set it to false",
    }),
  ),
];

const serviceRules = [
  rule(["serviceMinInstances", "serviceMaxInstances"], ({ serviceMinInstances, serviceMaxInstances }) =>
    when(serviceMinInstances > serviceMaxInstances, "serviceMinInstances", serviceMinInstances, {
      wrong: "is above serviceMaxInstances",
      expected: `at most ${serviceMaxInstances}`,
      next: "Lower it",
    }),
  ),
  ...(["serviceImage", "poolerImage"] as const).map((key) =>
    rule([key, "environment"], (settings) =>
      when(settings.environment === "prod" && /^[^@]+$/.test(settings[key]), key, settings[key], {
        wrong: "can be changed behind its name",
        expected: "an image by digest (NAME@sha256:...) in prod",
        next: "Push it, and take the digest that the push prints",
      }),
    ),
  ),
  ...(["storageEndpoint", "iamCredentialsEndpoint", "secretManagerEndpoint", "managementEndpoint"] as const).map(
    (key) =>
      rule([key, "environment"], (settings) =>
        when(settings.environment !== "local" && settings[key] !== "", key, settings[key], {
          wrong: "is not Google's",
          expected: `"" in ${settings.environment}`,
          next: "Remove it",
        }),
      ),
  ),
];

/** Notification channels of one budget. cloud.google.com/billing/docs/how-to/notify-cloud-monitoring */
const BUDGET_CHANNELS = 5;

const operationsRules = [
  rule(["alertEmails", "environment"], ({ alertEmails, environment }) =>
    when(environment === "prod" && alertEmails.length === 0, "alertEmails", "", {
      wrong: "names nobody, so an alert would reach nobody",
      expected: "at least one address in prod",
      next: "Name who is on call",
    }),
  ),
  rule(["alertEmails", "billingAccount"], ({ alertEmails, billingAccount }) =>
    when(billingAccount !== "" && alertEmails.length > BUDGET_CHANNELS, "alertEmails", alertEmails.length, {
      wrong: "has more addresses than a budget can tell",
      expected: `at most ${BUDGET_CHANNELS} with billingAccount`,
      next: "Use an address of a group",
    }),
  ),
];

const rules: readonly Rule[] = [
  rule(["environment", "stack"], ({ environment, stack }) =>
    when(["dev", "prod", "local"].includes(stack) && stack !== environment, "environment", environment, {
      wrong: `is not that of stack ${stack}`,
      expected: stack,
      next: `Set it to ${stack}`,
    }),
  ),
  rule(["environment", "project", "region", "nameSuffix", "bucketName"], nameProblems),
  ...instanceRules,
  ...connectionRules,
  ...bucketRules,
  ...serviceRules,
  ...operationsRules,
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

type BudgetKey =
  "tier" | "flagProfile" | "databaseFlags" | "administrationConnections" | "serviceMaxInstances" | "deployOverlap";

/** Pools and memory; silent where the tier or a flag is wrong already, because the sums would mean nothing. */
function budgetProblems(settings: Pick<PlacedSettings, BudgetKey>): string[] {
  if (flagProblems(settings.databaseFlags).length > 0) return [];
  try {
    const tier = instanceTier(settings.tier);
    return memoryWindowProblems({ flags: connectionBudget({ ...settings, tier }).flags, tier });
  } catch (error) {
    if (error instanceof InstanceTierError) return [];
    if (error instanceof ConnectionBudgetError) return [error.message];
    throw error;
  }
}
