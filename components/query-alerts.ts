// Alerts on what runs in the PostgreSQL server: transactions, statements, replication.
import {
  type AlertRule,
  type AlertTarget,
  alertThresholds as limits,
  databaseId,
  HOUR,
  instanceMetric,
  metricFilter,
  MINUTE,
  percent,
  promqlMetric,
  slowQueryMetric,
} from "./alert-rule.ts";

export function queryAlerts(target: AlertTarget): AlertRule[] {
  return [
    ...transactions(target),
    ...(target.queryInsightsEnabled ? [latency(target)] : []),
    slowQueries(target),
    ...(target.replicas.length > 0 ? [replicationLag(target)] : []),
  ];
}

function transactions(target: AlertTarget): AlertRule[] {
  return [
    {
      name: "transaction-ids",
      title: "Transaction ids run out",
      fires: `more than ${percent(limits.transactionIdShare)} of the transaction ids in use for 10 minutes`,
      severity: "CRITICAL",
      condition: instanceMetric(target, "postgresql/transaction_id_utilization", {
        windowSeconds: 5 * MINUTE,
        aligner: "ALIGN_MAX",
        comparison: "above",
        threshold: limits.transactionIdShare,
        durationSeconds: 10 * MINUTE,
      }),
      response: [
        "At the end the server refuses every write. Something keeps VACUUM from freezing: an old transaction (`select pid, xact_start, query from pg_stat_activity order by xact_start limit 5`), a prepared one (`pg_prepared_xacts`) or an inactive replication slot (`pg_replication_slots`). End it.",
        "Then freeze the oldest tables: `select relname, age(relfrozenxid) from pg_class where relkind = 'r' order by 2 desc limit 5`, and `VACUUM (FREEZE, VERBOSE)` each.",
      ],
    },
    {
      name: "deadlocks",
      title: "Deadlocks",
      fires: `more than ${limits.deadlocksPerHour} deadlocks in an hour`,
      severity: "WARNING",
      condition: instanceMetric(target, "postgresql/deadlock_count", {
        windowSeconds: HOUR,
        aligner: "ALIGN_SUM",
        reducer: "REDUCE_SUM",
        comparison: "above",
        threshold: limits.deadlocksPerHour,
        durationSeconds: MINUTE,
      }),
      response: [
        "Each is a transaction that PostgreSQL gave up for another; the client saw SQLSTATE 40P01 and may have tried again. No data is lost.",
        "The server's log names both statements (`deadlock detected`). Two code paths lock the same rows in different orders: give them one order.",
      ],
    },
  ];
}

function latency(target: AlertTarget): AlertRule {
  const metric = "cloudsql.googleapis.com/database/postgresql/insights/aggregate/latencies";
  return {
    name: "query-latency",
    title: "Queries are slow",
    fires: `95th percentile of query latency above ${limits.queryLatencyP95Ms} ms for 10 minutes`,
    severity: "WARNING",
    condition: {
      kind: "metric",
      metric,
      filter: metricFilter(metric, "cloudsql_instance_database", {
        "resource.labels.resource_id": databaseId(target),
      }),
      windowSeconds: 5 * MINUTE,
      aligner: "ALIGN_DELTA",
      reducer: "REDUCE_PERCENTILE_95",
      comparison: "above",
      // The metric is in microseconds.
      threshold: limits.queryLatencyP95Ms * 1000,
      durationSeconds: 10 * MINUTE,
      silence: "ignored",
    },
    response: [
      "Are CPU, memory or connections firing too? Begin there: this is then the symptom.",
      "Query Insights, sorted by total time: a statement whose plan changed needs `ANALYZE` of its table; a new one needs an index.",
      "Locks: `select pid, wait_event_type, query from pg_stat_activity where wait_event_type = 'Lock'`. A migration that waits ends by its own lock timeout.",
    ],
  };
}

function slowQueries({ names }: AlertTarget): AlertRule {
  const metric = `logging.googleapis.com/user/${slowQueryMetric(names.instance)}`;
  return {
    name: "slow-queries",
    title: "Many slow queries",
    fires: `more than ${limits.slowQueriesPerHour} statements in an hour that were slower than log_min_duration_statement`,
    severity: "WARNING",
    condition: {
      kind: "query",
      metric,
      value: `sum(increase(${promqlMetric(metric)}{monitored_resource="cloudsql_database"}[1h]))`,
      windowSeconds: HOUR,
      comparison: "above",
      threshold: limits.slowQueriesPerHour,
      durationSeconds: MINUTE,
      silence: "ignored",
    },
    response: [
      "The server's log has each with its text and its time: filter for `duration:`.",
      "One statement many times: `EXPLAIN (ANALYZE, BUFFERS)` it, and add the index that it wants by a migration.",
      "Many different ones: the server is short of something; look at CPU, memory and disk.",
    ],
  };
}

function replicationLag(target: AlertTarget): AlertRule {
  const metric = "cloudsql.googleapis.com/database/replication/replica_lag";
  const replicas = target.replicas.map((replica) => `${target.project}:${replica}`);
  return {
    name: "replication-lag",
    title: "Replica lags",
    fires: `a read replica more than ${limits.replicationLagSeconds} s behind for 5 minutes, or silent`,
    severity: "ERROR",
    condition: {
      kind: "metric",
      metric,
      filter: metricFilter(metric, "cloudsql_database", { "resource.labels.database_id": replicas }),
      windowSeconds: MINUTE,
      aligner: "ALIGN_MEAN",
      comparison: "above",
      threshold: limits.replicationLagSeconds,
      durationSeconds: 5 * MINUTE,
      silence: "firing",
    },
    response: [
      "A long query on the replica holds replay back: `select pid, query_start, query from pg_stat_activity where state = 'active'` there. Cancel it.",
      "An import or an index build on the primary writes faster than the replica replays; it catches up afterwards.",
      "A replica smaller than the primary never catches up: give it the same tier.",
    ],
  };
}
