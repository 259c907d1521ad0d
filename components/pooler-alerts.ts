// Alerts on the poolers beside the service, from SHOW POOLS.
import { type AlertRule, type AlertTarget, alertThresholds as limits, MINUTE, ownMetric } from "./alert-rule.ts";
import { metricTypes } from "./metric-descriptors.ts";

export function poolerAlerts({ serviceImage, names }: AlertTarget): AlertRule[] {
  if (serviceImage === "") return [];
  // An instance writes once a minute; the mean of five, so that one busy second wakes nobody.
  const fiveMinutes = { windowSeconds: 5 * MINUTE, aligner: "ALIGN_MEAN", durationSeconds: MINUTE } as const;
  const above = { comparison: "above", silence: "ignored" } as const;
  return [
    {
      name: "pooler-waiting",
      title: "Clients wait for the pooler",
      fires: `more than ${limits.poolerClientsWaiting} clients waited for a connection, all instances together, for 5 minutes`,
      severity: "ERROR",
      condition: ownMetric(
        names.service,
        {},
        {
          metric: metricTypes.poolerClientsWaiting,
          ...{ ...fiveMinutes, ...above, reducer: "REDUCE_SUM", threshold: limits.poolerClientsWaiting },
        },
      ),
      response: [
        "Follow `docs/runbooks/pooler-saturated.md`: it finds who holds the connections.",
        "`Queries are slow` or `CPU is busy` fires too: begin there, the pool is full of their statements.",
        "If the load is real: more connections for the service in `connectionShares`, or a larger tier; the preview shows the arithmetic.",
      ],
    },
    {
      name: "pooler-wait",
      title: "Pooler makes clients wait long",
      fires: `the first in the queue of an instance waited more than ${limits.poolerWaitSeconds} s for 5 minutes`,
      severity: "WARNING",
      condition: ownMetric(
        names.service,
        {},
        {
          metric: metricTypes.poolerMaxWait,
          ...{ ...fiveMinutes, ...above, reducer: "REDUCE_MAX", threshold: limits.poolerWaitSeconds },
        },
      ),
      response: [
        "One instance alone: a transaction in it stays open. `select pid, state, xact_start, query from pg_stat_activity order by xact_start limit 5` names it.",
        "All instances: the database is slow or out of connections; follow `docs/runbooks/pooler-saturated.md`.",
      ],
    },
  ];
}
