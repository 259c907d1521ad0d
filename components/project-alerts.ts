// Alerts on the project as a whole: its logs, and changes that nobody deployed.
import {
  type AlertRule,
  type AlertTarget,
  alertThresholds as limits,
  databaseId,
  GIB,
  HOUR,
  metricFilter,
  MINUTE,
} from "./alert-rule.ts";

export function projectAlerts(target: AlertTarget): AlertRule[] {
  return [logVolume(), configurationChange(target)];
}

function logVolume(): AlertRule {
  const metric = "logging.googleapis.com/billing/monthly_bytes_ingested";
  return {
    name: "log-volume",
    title: "Logs grow beyond plan",
    fires: `more than ${limits.logBytesPerMonth / GIB} GiB of logs this month`,
    severity: "WARNING",
    condition: {
      kind: "metric",
      metric,
      filter: metricFilter(metric, "global", {}),
      windowSeconds: HOUR,
      aligner: "ALIGN_MAX",
      reducer: "REDUCE_SUM",
      comparison: "above",
      threshold: limits.logBytesPerMonth,
      durationSeconds: 5 * MINUTE,
      silence: "ignored",
    },
    response: [
      "Nothing breaks; beyond 50 GiB a month each GiB costs half a dollar. Logs Storage in the console shows the volume by resource type.",
      "The database: `log_min_duration_statement` or `log_statement` is too chatty, or one error repeats. The service: a loop that logs.",
    ],
  };
}

function configurationChange(target: AlertTarget): AlertRule {
  const log = "cloudaudit.googleapis.com/activity";
  // By verb: connectors make short-lived certificates all day (createEphemeral), which is no change.
  const instanceVerbs =
    "create|clone|delete|update|patch|restart|failover|promoteReplica|restoreBackup|import|resetSslConfig|rotateServerCa";
  const changes = [
    [
      'resource.type = "cloudsql_database"',
      `resource.labels.database_id = "${databaseId(target)}"`,
      `protoPayload.methodName =~ "^cloudsql[.](instances|databases|users|sslCerts|backupRuns)[.](${instanceVerbs})$"`,
    ],
    [
      'resource.type = "gcs_bucket"',
      `resource.labels.bucket_name = "${target.names.bucket}"`,
      'protoPayload.methodName =~ "^storage[.](buckets[.](create|delete|update|patch)|setIamPermissions)$"',
    ],
    ['resource.type = "project"', 'protoPayload.methodName = "SetIamPolicy"'],
  ];
  const anyChange = changes.map((terms) => `(${terms.join(" AND ")})`).join(" OR ");
  return {
    name: "configuration-change",
    title: "Configuration was changed",
    fires: "somebody changed the instance, the bucket or the project's grants",
    severity: "WARNING",
    condition: {
      kind: "log",
      log,
      filter: `log_id("${log}") AND (${anyChange})`,
      labelExtractors: { principal: "EXTRACT(protoPayload.authenticationInfo.principalEmail)" },
      notifyEverySeconds: HOUR,
    },
    response: [
      "The incident's label `principal` says who. If it is the deployer, and a deployment ran: nothing is to be done.",
      "Otherwise ask that person. `pulumi refresh --preview-only --diff --stack NAME` shows what differs; an update repairs it.",
      "Nobody knows of it: take the account's roles away, then read its entries in the audit log.",
    ],
  };
}
