// Alerts on the PostgreSQL server: whether it is there, and what it runs out of.
import {
  type AlertRule,
  type AlertTarget,
  alertThresholds as limits,
  databaseId,
  DAY,
  GIB,
  HOUR,
  instanceMetric,
  MINUTE,
  percent,
  promqlMetric,
} from "./alert-rule.ts";

export function databaseAlerts(target: AlertTarget): AlertRule[] {
  return [...availability(target), ...saturation(target), ...disk(target)];
}

function availability(target: AlertTarget): AlertRule[] {
  const database = databaseId(target);
  return [
    {
      name: "database-up",
      title: "Database is down",
      fires: "the server reports down, or nothing, for 5 minutes",
      severity: "CRITICAL",
      condition: instanceMetric(target, "up", {
        windowSeconds: MINUTE,
        aligner: "ALIGN_MIN",
        comparison: "below",
        threshold: 1,
        durationSeconds: 5 * MINUTE,
        silence: "firing",
      }),
      response: [
        `Look at the operations: \`gcloud sql operations list --instance ${target.names.instance} --limit 5\`. Maintenance or a restart ends by itself within minutes.`,
        "Is the instance stopped (`activationPolicy: NEVER`) or suspended (billing)? Start it, or settle the bill.",
        "Read the server's log for `PANIC` and `out of memory`. After a crash it recovers by itself; do not restart it meanwhile.",
        "If it does not come back: restore to another instance to the second before the failure, and point the stack at it with `nameSuffix`.",
      ],
    },
    {
      name: "backup-failed",
      title: "Backup failed",
      fires: "an automated backup failed, an attempt failed, or it was skipped",
      severity: "ERROR",
      condition: {
        kind: "log",
        log: "cloudaudit.googleapis.com/system_event",
        filter: [
          'log_id("cloudaudit.googleapis.com/system_event")',
          'resource.type = "cloudsql_database"',
          `resource.labels.database_id = "${database}"`,
          'protoPayload.methodName = "cloudsql.instances.automatedBackup"',
          'protoPayload.metadata.windowStatus = ("STATUS_FAILED" OR "STATUS_ATTEMPT_FAILED" OR "STATUS_SKIPPED")',
        ].join(" AND "),
        notifyEverySeconds: HOUR,
      },
      response: [
        "`STATUS_ATTEMPT_FAILED` is tried again within the window: wait for its end. `STATUS_SKIPPED` means that the instance was stopped.",
        `Otherwise back up by hand now: \`gcloud sql backups create --instance ${target.names.instance}\`.`,
        "The entry's `metadata.message` names the reason; an export that runs during the window is the usual one.",
      ],
    },
  ];
}

function saturation(target: AlertTarget): AlertRule[] {
  const connections = Math.floor(limits.connectionShare * target.maxConnections);
  return [
    {
      name: "connections",
      title: "Connections run out",
      fires: `more than ${connections} of ${target.maxConnections} connections (${percent(limits.connectionShare)}) for 5 minutes`,
      severity: "CRITICAL",
      condition: instanceMetric(target, "postgresql/num_backends", {
        windowSeconds: MINUTE,
        aligner: "ALIGN_MEAN",
        reducer: "REDUCE_SUM",
        comparison: "above",
        threshold: connections,
        durationSeconds: 5 * MINUTE,
      }),
      response: [
        "Who holds them: `select usename, application_name, state, count(*) from pg_stat_activity group by 1, 2, 3 order by 4 desc`.",
        "Sessions `idle in transaction` come from a client that forgot to end one: `select pg_terminate_backend(pid)` for those, and find the client.",
        "The service's poolers cannot exceed their budget: what is beyond it connects past them. If the load is real, take a larger tier or raise `max_connections` with its arithmetic.",
      ],
    },
    {
      name: "cpu",
      title: "CPU is busy",
      fires: `CPU above ${percent(limits.cpuShare)} for 15 minutes`,
      severity: "WARNING",
      condition: instanceMetric(target, "cpu/utilization", {
        windowSeconds: 5 * MINUTE,
        aligner: "ALIGN_MEAN",
        comparison: "above",
        threshold: limits.cpuShare,
        durationSeconds: 15 * MINUTE,
      }),
      response: [
        "Query Insights, sorted by load: one statement on top is a missing index or a new query; stop the deployment that brought it.",
        "Autovacuum or an index build ends by itself; do not cancel it.",
        "If every statement is slow alike, the tier is too small: change `tier` (restarts the instance).",
      ],
    },
    {
      name: "memory",
      title: "Memory runs out",
      fires: `memory above ${percent(limits.memoryShare)} for 15 minutes`,
      severity: "ERROR",
      condition: instanceMetric(target, "memory/utilization", {
        windowSeconds: 5 * MINUTE,
        aligner: "ALIGN_MEAN",
        comparison: "above",
        threshold: limits.memoryShare,
        durationSeconds: 15 * MINUTE,
      }),
      response: [
        "At the end of memory the kernel kills a backend, and the server restarts with every connection lost. Find large sorts: `select pid, query from pg_stat_activity where state = 'active' order by query_start`.",
        "Cancel the one that does not belong there: `select pg_cancel_backend(pid)`.",
        "If it comes back: lower `work_mem` or `serviceMaxInstances`, or take a larger tier. The preview shows the arithmetic.",
      ],
    },
  ];
}

function disk(target: AlertTarget): AlertRule[] {
  const limitBytes = target.diskAutoresizeLimitGb * GIB;
  const metric = "cloudsql.googleapis.com/database/disk/bytes_used";
  const series = `${promqlMetric(metric)}{monitored_resource="cloudsql_database",database_id="${databaseId(target)}"}`;
  const grow =
    "Raise `diskAutoresizeLimitGb` and run an update: it takes effect at once and without a restart. The disk never shrinks again.";
  return [
    {
      name: "disk-used",
      title: "Disk is nearly full",
      fires: `more than ${percent(limits.diskShare)} of the ${target.diskAutoresizeLimitGb} GB where the disk stops growing`,
      severity: "CRITICAL",
      condition: instanceMetric(target, "disk/bytes_used", {
        windowSeconds: 5 * MINUTE,
        aligner: "ALIGN_MEAN",
        comparison: "above",
        threshold: Math.floor(limits.diskShare * limitBytes),
        durationSeconds: 10 * MINUTE,
      }),
      response: [
        grow,
        "Then find what grew: `select relname, pg_size_pretty(pg_total_relation_size(oid)) from pg_class order by pg_total_relation_size(oid) desc limit 10`.",
        "If no table did, it is the transaction log: an abandoned replication slot (`select * from pg_replication_slots where not active`) keeps all of it. Drop the slot.",
      ],
    },
    {
      name: "disk-days-left",
      title: "Disk fills up soon",
      fires: `fewer than ${limits.diskDaysLeft} days until ${target.diskAutoresizeLimitGb} GB at the growth of the last day`,
      severity: "WARNING",
      condition: {
        kind: "query",
        metric,
        // Bytes left by bytes a day; no value at all while nothing grows.
        value: `(${limitBytes} - max(${series})) / (max(delta(${series}[1d])) > 0)`,
        windowSeconds: DAY,
        comparison: "below",
        threshold: limits.diskDaysLeft,
        durationSeconds: HOUR,
        silence: "ignored",
      },
      response: [
        "Nothing breaks tonight. An import of tracks explains one day of growth: look again tomorrow.",
        `If it goes on: ${grow}`,
      ],
    },
  ];
}
