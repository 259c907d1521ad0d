import type { AlertRule, AlertTarget } from "./alert-rule.ts";
import { bucketAlerts } from "./bucket-alerts.ts";
import { databaseAlerts } from "./database-alerts.ts";
import { poolerAlerts } from "./pooler-alerts.ts";
import { projectAlerts } from "./project-alerts.ts";
import { queryAlerts } from "./query-alerts.ts";
import { recoveryAlerts } from "./recovery-alerts.ts";
import { serviceAlerts } from "./service-alerts.ts";
import { usageAlerts } from "./usage-alerts.ts";

/** Every alert of a stack, in the order of the dashboard: the server, then what stands on it. */
export function alertRules(target: AlertTarget): AlertRule[] {
  return [
    ...[databaseAlerts, recoveryAlerts, queryAlerts, serviceAlerts, poolerAlerts],
    ...[bucketAlerts, usageAlerts, projectAlerts],
  ].flatMap((rulesOf) => rulesOf(target));
}
