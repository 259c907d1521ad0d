// Google's rules on what only one edition or one kind of instance has, and on maintenance, recovery and passwords. Pure.
import type { CheckProblem } from "../provider/kind.ts";
import type { InstanceDeclaration, InstanceSettings } from "./sql-instance-declaration.ts";
import { oneOf, problem, within } from "./sql-value-rules.ts";

/** The longest that updates can be put off. */
const longestDenyDays = 90;

export function editionProblems(settings: InstanceSettings): CheckProblem[] {
  const { edition = "ENTERPRISE", dataCacheConfig, connectionPoolConfigs } = settings;
  if (edition === "ENTERPRISE_PLUS") return [];
  const problems: CheckProblem[] = [];
  if (dataCacheConfig?.dataCacheEnabled === true) {
    problems.push(problem("settings.dataCacheConfig.dataCacheEnabled", "needs ENTERPRISE_PLUS", "true", "false"));
  }
  if (connectionPoolConfigs.some(({ connectionPoolingEnabled }) => connectionPoolingEnabled === true)) {
    const at = "settings.connectionPoolConfigs";
    problems.push(problem(at, "needs ENTERPRISE_PLUS", "connectionPoolingEnabled: true", "no managed pooling"));
  }
  return problems;
}

/** Primary, replica and pool of nodes: each has properties that the others refuse. */
export function instanceTypeProblems(declared: InstanceDeclaration): CheckProblem[] {
  const { instanceType = "CLOUD_SQL_INSTANCE", nodeCount, settings } = declared;
  const isPool = instanceType === "READ_POOL_INSTANCE";
  const problems = oneOf("instanceType", instanceType, [
    ...["CLOUD_SQL_INSTANCE", "READ_REPLICA_INSTANCE", "READ_POOL_INSTANCE"],
  ]);
  if (isPool && settings?.edition !== "ENTERPRISE_PLUS") {
    const seen = settings?.edition ?? "ENTERPRISE";
    problems.push(problem("settings.edition", "has no read pools", seen, "ENTERPRISE_PLUS"));
  }
  problems.push(...(isPool ? within("nodeCount", nodeCount ?? 0, 1, 20, "nodes") : []));
  if (!isPool && nodeCount !== undefined && nodeCount > 1) {
    problems.push(problem("nodeCount", "is for read pools", `${nodeCount}`, "no value"));
  }
  if (instanceType !== "CLOUD_SQL_INSTANCE" && settings?.backupConfiguration?.enabled === true) {
    problems.push(problem("settings.backupConfiguration.enabled", "is for primaries", "true", "no backups"));
  }
  return problems;
}

export function careProblems(settings: InstanceSettings): CheckProblem[] {
  const { finalBackupConfig: last, passwordValidationPolicy: policy, dataApiAccess } = settings;
  return [
    ...within("settings.finalBackupConfig.retentionDays", last?.retentionDays, 1, 365, "days"),
    ...within("settings.passwordValidationPolicy.minLength", policy?.minLength, 0, 2_147_483_647, "characters"),
    ...oneOf("settings.passwordValidationPolicy.complexity", policy?.complexity, [
      ...["COMPLEXITY_UNSPECIFIED", "COMPLEXITY_DEFAULT"],
    ]),
    ...oneOf("settings.dataApiAccess", dataApiAccess, ["ALLOW_DATA_API", "DISALLOW_DATA_API"]),
    ...denyPeriodProblems(settings),
  ];
}

function denyPeriodProblems({ denyMaintenancePeriod: period }: InstanceSettings): CheckProblem[] {
  if (period === undefined) return [];
  const { startDate = "", endDate = "", time = "" } = period;
  const at = "settings.denyMaintenancePeriod";
  const problems: CheckProblem[] = [];
  if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(time)) {
    problems.push(problem(`${at}.time`, "is not a time of day", time, "HH:mm:SS in UTC"));
  }
  const yearly = /^\d{1,2}-\d{1,2}$/.test(startDate);
  if (yearly !== /^\d{1,2}-\d{1,2}$/.test(endDate)) {
    const seen = `${startDate}/${endDate}`;
    return [...problems, problem(at, "has a year in one of its dates", seen, "both with a year or both without")];
  }
  const from = dayOf(yearly ? `2028-${startDate}` : startDate);
  let to = dayOf(yearly ? `2028-${endDate}` : endDate);
  if (from === undefined || to === undefined) {
    return [...problems, problem(at, "has no date", `${startDate}/${endDate}`, "yyyy-m-dd or m-dd")];
  }
  if (yearly && to < from) to += 365;
  const days = to - from;
  return days >= 1 && days <= longestDenyDays
    ? problems
    : [...problems, problem(at, "has a wrong length", `${days} days`, `1 to ${longestDenyDays} days`)];
}

/** Days since 1970; undefined where the calendar has no such day. */
function dayOf(date: string): number | undefined {
  const [, year = "", month = "", day = ""] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(date) ?? [];
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const back = new Date(time);
  return back.getUTCMonth() === Number(month) - 1 && back.getUTCDate() === Number(day) ? time / 86_400_000 : undefined;
}
