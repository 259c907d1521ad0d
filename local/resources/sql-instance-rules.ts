// Google's rules on the values of a DatabaseInstance, beyond types and names. Pure; every problem is reported, not the first.
import { isIP } from "node:net";
import { sslModes } from "../postgres/server-settings.ts";
import type { CheckProblem, Scope } from "../provider/kind.ts";
import type { Properties } from "../store.ts";
import { careProblems, editionProblems, instanceTypeProblems } from "./sql-edition-rules.ts";
import { flagRuleProblems } from "./sql-flag-rules.ts";
import { type InstanceDeclaration, instanceDeclaration, type InstanceSettings } from "./sql-instance-declaration.ts";
import { deletionPolicies, isInstanceName } from "./sql-names.ts";
import { parseTier } from "./sql-tier.ts";
import { oneOf, problem, within } from "./sql-value-rules.ts";

/** The one version that the local cloud has; also the one that the project declares. */
const databaseVersion = "POSTGRES_15";

export function instanceProblems(inputs: Properties, scope: Scope): CheckProblem[] {
  const declared = instanceDeclaration(inputs);
  const settings = declared.settings;
  return [
    ...identityProblems(declared, scope),
    ...instanceTypeProblems(declared),
    ...(settings === undefined
      ? []
      : [
          ...machineProblems(settings),
          ...diskProblems(settings),
          ...backupProblems(settings),
          ...networkProblems(settings, declared.region ?? scope.region),
          ...operationProblems(settings),
          ...editionProblems(settings),
          ...careProblems(settings),
          ...flagRuleProblems(settings),
          ...labelProblems(settings),
        ]),
  ];
}

function identityProblems(declared: InstanceDeclaration, scope: Scope): CheckProblem[] {
  const { name, project = scope.project, deletionPolicy } = declared;
  const problems: CheckProblem[] = [];
  if (declared.databaseVersion !== undefined && declared.databaseVersion !== databaseVersion) {
    problems.push(
      problem(
        "databaseVersion",
        "is a version that the local cloud does not have",
        declared.databaseVersion,
        databaseVersion,
      ),
    );
  }
  if (name !== undefined && !isInstanceName(name)) {
    problems.push(
      problem("name", "is not a name for an instance", name, "lower-case letters, digits and hyphens after a letter"),
    );
  }
  if (name !== undefined && `${project}:${name}`.length > 98) {
    problems.push(
      problem("name", "is too long with its project", `${project}:${name}`, "at most 98 characters together"),
    );
  }
  return [...problems, ...oneOf("deletionPolicy", deletionPolicy, deletionPolicies)];
}

function machineProblems({ tier, edition = "ENTERPRISE" }: InstanceSettings): CheckProblem[] {
  const problems = oneOf("settings.edition", edition, ["ENTERPRISE", "ENTERPRISE_PLUS"]);
  if (tier === undefined || problems.length > 0) return problems;
  const parsed = parseTier(tier);
  if ("wrong" in parsed) return [problem("settings.tier", parsed.wrong, tier, parsed.expected)];
  if (parsed.edition === edition) return [];
  const fitting =
    edition === "ENTERPRISE" ? "a tier db-custom-*, db-f1-micro or db-g1-small" : "a tier db-perf-optimized-N-*";
  return [problem("settings.tier", `is not sold in edition ${edition}`, tier, fitting)];
}

function diskProblems(settings: InstanceSettings): CheckProblem[] {
  const { diskType = "PD_SSD", diskSize, diskAutoresizeLimit: limit = 0 } = settings;
  const least = diskType === "HYPERDISK_BALANCED" ? 20 : 10;
  const problems = [
    ...oneOf("settings.diskType", diskType, ["PD_SSD", "PD_HDD", "HYPERDISK_BALANCED"]),
    ...within("settings.diskSize", diskSize, least, 65536, "GB"),
  ];
  if (limit !== 0 && limit < (diskSize ?? least)) {
    problems.push(
      problem(
        "settings.diskAutoresizeLimit",
        "is below the disk's size",
        `${limit} GB`,
        `0 for none, or at least ${diskSize ?? least} GB`,
      ),
    );
  }
  return problems;
}

function backupProblems(settings: InstanceSettings): CheckProblem[] {
  const { availabilityType, edition = "ENTERPRISE", backupConfiguration: backup } = settings;
  const at = (name: string): string => `settings.backupConfiguration.${name}`;
  const { transactionLogRetentionDays: logDays, backupRetentionSettings: retention, startTime } = backup ?? {};
  const problems = [
    ...oneOf("settings.availabilityType", availabilityType, ["ZONAL", "REGIONAL"]),
    ...within(at("transactionLogRetentionDays"), logDays, 1, edition === "ENTERPRISE" ? 7 : 35, `days in ${edition}`),
    ...within(at("backupRetentionSettings.retainedBackups"), retention?.retainedBackups, 1, 365, "backups"),
    ...oneOf(at("backupRetentionSettings.retentionUnit"), retention?.retentionUnit, ["COUNT"]),
  ];
  const retained = retention?.retainedBackups;
  if (logDays !== undefined && retained !== undefined && logDays > retained) {
    problems.push(
      problem(at("transactionLogRetentionDays"), "is more than the backups kept", `${logDays}`, `at most ${retained}`),
    );
  }
  if (startTime !== undefined && !/^([01]\d|2[0-3]):[0-5]\d$/.test(startTime)) {
    problems.push(problem(at("startTime"), "is not a time of day", startTime, "HH:MM in UTC"));
  }
  if (backup?.binaryLogEnabled === true) {
    problems.push(problem(at("binaryLogEnabled"), "is for MySQL", "true", "pointInTimeRecoveryEnabled"));
  }
  if (backup?.pointInTimeRecoveryEnabled === true && backup.enabled !== true) {
    problems.push(problem(at("pointInTimeRecoveryEnabled"), "needs backups", "backups off", "enabled: true beside it"));
  }
  if (availabilityType === "REGIONAL" && (backup?.enabled !== true || backup.pointInTimeRecoveryEnabled !== true)) {
    problems.push(
      problem(
        "settings.availabilityType",
        "needs backups and point-in-time recovery",
        "REGIONAL",
        "backupConfiguration.enabled and .pointInTimeRecoveryEnabled both true",
      ),
    );
  }
  return problems;
}

function networkProblems(settings: InstanceSettings, region: string): CheckProblem[] {
  const { ipConfiguration: ip, locationPreference: zones } = settings;
  const problems = [
    ...oneOf("settings.ipConfiguration.sslMode", ip?.sslMode, sslModes),
    ...oneOf("settings.connectorEnforcement", settings.connectorEnforcement, ["NOT_REQUIRED", "REQUIRED"]),
  ];
  for (const [index, { value }] of (ip?.authorizedNetworks ?? []).entries()) {
    if (value === undefined || isNetwork(value)) continue;
    const at = `settings.ipConfiguration.authorizedNetworks[${index}].value`;
    problems.push(problem(at, "is not an IPv4 address or network", value, "CIDR notation, e.g. 203.0.113.0/24"));
  }
  for (const [name, zone] of Object.entries(zones ?? {})) {
    if (zone === undefined || zone.startsWith(`${region}-`)) continue;
    problems.push(
      problem(
        `settings.locationPreference.${name}`,
        "is not in the region",
        zone,
        `a zone of ${region}, e.g. ${region}-a`,
      ),
    );
  }
  return problems;
}

function isNetwork(value: string): boolean {
  const [address = "", bits, more] = value.split("/");
  const validBits = bits === undefined || (/^\d{1,2}$/.test(bits) && Number(bits) <= 32);
  return isIP(address) === 4 && validBits && more === undefined;
}

function operationProblems(settings: InstanceSettings): CheckProblem[] {
  const { activationPolicy, pricingPlan, maintenanceWindow: window, insightsConfig: insights, edition } = settings;
  const longestQuery = edition === "ENTERPRISE_PLUS" ? 1_048_576 : 4500;
  return [
    ...oneOf("settings.activationPolicy", activationPolicy, ["ALWAYS", "NEVER"]),
    ...oneOf("settings.pricingPlan", pricingPlan, ["PER_USE"]),
    ...within("settings.maintenanceWindow.day", window?.day, 1, 7, "(Monday is 1)"),
    ...within("settings.maintenanceWindow.hour", window?.hour, 0, 23, "hours UTC"),
    ...oneOf("settings.maintenanceWindow.updateTrack", window?.updateTrack, ["canary", "stable", "week5"]),
    ...within("settings.insightsConfig.queryPlansPerMinute", insights?.queryPlansPerMinute, 0, 20, "plans"),
    ...within("settings.insightsConfig.queryStringLength", insights?.queryStringLength, 256, longestQuery, "bytes"),
  ];
}

function labelProblems({ userLabels }: InstanceSettings): CheckProblem[] {
  return Object.entries(userLabels)
    .filter(([key, value = ""]) => !/^[a-z][a-z0-9_-]{0,62}$/.test(key) || !/^[a-z0-9_-]{0,63}$/.test(value))
    .map(([key, value = ""]) =>
      problem(
        `settings.userLabels.${key}`,
        "is not a label",
        `${key}=${value}`,
        "lower-case letters, digits, _ and -, at most 63, the key beginning with a letter",
      ),
    );
}
