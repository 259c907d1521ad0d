// Alerts on how much is in the bucket, folder by folder.
import {
  type AlertRule,
  type AlertTarget,
  alertThresholds as limits,
  DAY,
  GIB,
  HOUR,
  MINUTE,
  ownMetric,
  percent,
  promqlMetric,
} from "./alert-rule.ts";
import { metricTypes } from "./metric-descriptors.ts";

export function usageAlerts(target: AlertTarget): AlertRule[] {
  if (target.serviceImage === "") return [];
  return [...prefixBytes(target), monthGrowth(target)];
}

function prefixBytes({ names }: AlertTarget): AlertRule[] {
  const rule = (prefix: string, limit: number, response: readonly string[]): AlertRule => ({
    name: `${prefix}-bytes`,
    title: `Folder ${prefix}/ grows beyond plan`,
    fires: `more than ${limit / GIB} GiB below ${prefix}/, deleted versions included`,
    severity: "WARNING",
    condition: ownMetric(
      names.metricsJob,
      { "metric.labels.prefix": `${prefix}/` },
      {
        metric: metricTypes.bucketBytes,
        // A large bucket is listed once in 23 hours.
        ...{ windowSeconds: DAY, aligner: "ALIGN_MAX", reducer: "REDUCE_SUM", durationSeconds: MINUTE },
        ...{ comparison: "above", threshold: limit, silence: "ignored" },
      },
    ),
    response,
  });
  const raise = (key: string): string => `The library has grown: raise \`${key}\` in \`components/alert-rule.ts\`.`;
  return [
    rule("audio", limits.audioBytes, [
      "Nothing breaks; it costs. `npm run cost -- --stack NAME --tracks N` says how much.",
      "The noncurrent part is large: something overwrites or deletes a lot; it goes after `noncurrentRetentionDays`.",
      raise("audioBytes"),
    ]),
    rule("thumbnails", limits.thumbnailBytes, [
      "Nothing breaks; it costs. `npm run reconcile -- --stack NAME` lists objects that no track has.",
      raise("thumbnailBytes"),
    ]),
    rule("temp", limits.tempBytes, [
      "Uploads are not promoted, or the rule that deletes them does not run: `npm run verify -- --stack NAME` has a row for it.",
      "Many uploads at once explain it for `tempRetentionDays`; look again then. Somebody who uploads without end is in the service's log.",
      raise("tempBytes"),
    ]),
  ];
}

function monthGrowth({ names }: AlertTarget): AlertRule {
  // The newest value of each series, whether the bucket is listed every hour or once a day.
  const newest = (type: string): string =>
    `last_over_time(${promqlMetric(type)}{monitored_resource="generic_task",job="${names.metricsJob}"}[1d])`;
  const large = `sum by (prefix) (${newest(metricTypes.bucketBytes)}) > ${limits.growthFromBytes}`;
  return {
    name: "bucket-growth",
    title: "Bucket grows fast",
    fires: `a folder of more than ${limits.growthFromBytes / GIB} GiB grew by more than ${percent(limits.monthGrowthShare)} in 30 days`,
    severity: "WARNING",
    condition: {
      kind: "query",
      metric: metricTypes.bucketMonthGrowth,
      value: `(max by (prefix) (${newest(metricTypes.bucketMonthGrowth)}) and on (prefix) (${large}))`,
      windowSeconds: DAY,
      comparison: "above",
      threshold: limits.monthGrowthShare,
      durationSeconds: HOUR,
      // Before the 31st day there is no growth to speak of.
      silence: "ignored",
    },
    response: [
      "Nothing breaks; at this pace the bill follows. `npm run cost -- --stack NAME --tracks N` says what twice as much costs.",
      "An import of tracks explains it. If nobody imported: the chart shows which folder; `npm run reconcile -- --stack NAME` lists objects that no track has.",
    ],
  };
}
