import type { AlertRule, AlertTarget } from "./alert-rule.ts";
import { bucketAlerts } from "./bucket-alerts.ts";
import { databaseAlerts } from "./database-alerts.ts";
import { projectAlerts } from "./project-alerts.ts";
import { queryAlerts } from "./query-alerts.ts";
import { serviceAlerts } from "./service-alerts.ts";

/** Every alert of a stack, in the order of the dashboard: the server, then what stands on it. */
export function alertRules(target: AlertTarget): AlertRule[] {
  return [databaseAlerts, queryAlerts, serviceAlerts, bucketAlerts, projectAlerts].flatMap((rulesOf) =>
    rulesOf(target),
  );
}
