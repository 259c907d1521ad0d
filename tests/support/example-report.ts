// A report of `verify` with every kind of measurement, the same each time.
import { lifecycleRules } from "../../components/lifecycle-rules.ts";
import type { BucketRule } from "../../commands/verify/bucket-lifecycle.ts";
import type { PoolOccupancy, Report, Row } from "../../commands/verify/report.ts";
import { prefixes } from "../../naming.ts";

/** `count` times around `typical` milliseconds, with a slow end. */
function times(count: number, typical: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const share = ((index * 7919) % 997) / 997;
    return typical * (0.6 + 0.8 * share + (share > 0.97 ? 3 * share : 0));
  });
}

function occupancy(): PoolOccupancy[] {
  return Array.from({ length: 30 }, (_, index) => ({
    ...{ atMs: index * 14, serversActive: Math.min(7, index), serversIdle: index > 26 ? 3 : 0 },
    ...{ clientsActive: 8, clientsWaiting: Math.max(0, 33 - Math.abs(index - 12)) },
  }));
}

/** The rules of the default configuration as the storage interface shows them. */
export function bucketRules(): BucketRule[] {
  const rules = lifecycleRules({
    ...{ tempPrefix: prefixes.temp, audioPrefix: prefixes.audio, tempRetentionDays: 1, noncurrentRetentionDays: 30 },
    ...{ nearlineAfterDays: 30, coldlineAfterDays: 90, archiveAfterDays: 365, extraLifecycleRules: [] },
  });
  return rules.map(({ action, condition }) => {
    const { age, matchesPrefixes, withState, daysSinceNoncurrentTime } = condition;
    return {
      action,
      condition: {
        ...(age === undefined ? {} : { age }),
        ...(matchesPrefixes === undefined ? {} : { matchesPrefix: matchesPrefixes }),
        ...(withState === undefined ? {} : { isLive: withState === "LIVE" }),
        ...(daysSinceNoncurrentTime === undefined ? {} : { daysSinceNoncurrentTime }),
      },
    };
  });
}

export function exampleReport(change: (rows: Row[]) => Row[] = (rows) => rows): Report {
  const passed = true;
  const rows = change([
    { promise: "the database answers and has its schema", passed, figure: "PostgreSQL 15.18, 12 tables" },
    {
      ...{ promise: "full-text search finds tracks in time", passed, figure: "slowest of 10: 4.2 ms" },
      measured: { latenciesMs: times(10, 3), limitMs: 200 },
    },
    {
      ...{ promise: "fuzzy search finds a misspelt artist in time", passed, figure: "slowest of 10: 17 ms" },
      measured: { latenciesMs: times(10, 11), limitMs: 200 },
    },
    {
      ...{ promise: "lifecycle rules are applied", passed, figure: "7 rules; temp/ goes after 1 day, soft delete off" },
      measured: { lifecycle: { rules: bucketRules(), prefixes } },
    },
    {
      ...{ promise: "database through the pooler", passed, figure: "music_library_user, SELECT 1 in 0.4 ms" },
      measured: { latenciesMs: times(20, 0.4) },
    },
    {
      ...{ promise: "pool under load", passed, figure: "40 clients on 7 server connections, 1000 queries, 0 errors" },
      measured: { latenciesMs: times(1000, 13), occupancy: occupancy() },
    },
  ]);
  return {
    ...{ version: 1, stack: "local", rows, passed: rows.every((row) => row.passed) },
    withoutEffect: { whole: { "gcp:monitoring/alertPolicy:AlertPolicy": "nothing is watched" }, inPart: {} },
  };
}
