// Alerts on the bucket.
import {
  type AlertRule,
  type AlertTarget,
  alertThresholds as limits,
  GIB,
  HOUR,
  metricFilter,
  MINUTE,
} from "./alert-rule.ts";

export function bucketAlerts(target: AlertTarget): AlertRule[] {
  return [...bucketRequests(target), bucketBytes(target)];
}

function bucketRequests({ names }: AlertTarget): AlertRule[] {
  const metric = "storage.googleapis.com/api/request_count";
  const common = {
    kind: "metric",
    metric,
    windowSeconds: 10 * MINUTE,
    aligner: "ALIGN_SUM",
    reducer: "REDUCE_SUM",
    comparison: "above",
    durationSeconds: MINUTE,
    silence: "ignored",
  } as const;
  const filter = (codes: string | readonly string[]): string =>
    metricFilter(metric, "gcs_bucket", {
      "resource.labels.bucket_name": names.bucket,
      "metric.labels.response_code": codes,
    });
  return [
    {
      name: "bucket-errors",
      title: "Bucket fails requests",
      fires: `more than ${limits.bucketErrorsPer10Minutes} answers 5xx in 10 minutes`,
      severity: "ERROR",
      condition: {
        ...common,
        filter: filter(["INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "UNKNOWN"]),
        threshold: limits.bucketErrorsPer10Minutes,
      },
      response: [
        "Look at status.cloud.google.com for Cloud Storage in the bucket's region: an outage there is to be waited for.",
        "Otherwise it is load: clients must try again with growing pauses, as Google's libraries do. Find the one that does not.",
      ],
    },
    {
      name: "bucket-denials",
      title: "Bucket denies requests",
      fires: `more than ${limits.bucketDenialsPer10Minutes} answers 403 in 10 minutes`,
      severity: "WARNING",
      condition: {
        ...common,
        filter: filter("PERMISSION_DENIED"),
        threshold: limits.bucketDenialsPer10Minutes,
      },
      response: [
        "After a change: the service's account lost its role on the bucket, or its right to sign. `npm run verify -- --stack NAME` tells which; an update repairs it.",
        "Without a change: somebody tries URLs. The bucket is closed to the public; let it fail, and note the addresses if data access logs are on.",
      ],
    },
  ];
}

function bucketBytes({ names }: AlertTarget): AlertRule {
  const metric = "storage.googleapis.com/storage/v2/total_bytes";
  return {
    name: "bucket-bytes",
    title: "Bucket grows beyond plan",
    fires: `more than ${limits.bucketBytes / GIB} GiB in the bucket, deleted versions included`,
    severity: "WARNING",
    condition: {
      kind: "metric",
      metric,
      filter: metricFilter(metric, "gcs_bucket", { "resource.labels.bucket_name": names.bucket }),
      // Measured once a day and repeated in between.
      windowSeconds: HOUR,
      aligner: "ALIGN_MEAN",
      reducer: "REDUCE_SUM",
      comparison: "above",
      threshold: limits.bucketBytes,
      durationSeconds: HOUR,
      silence: "ignored",
    },
    response: [
      "Nothing breaks; it costs. The dashboard has the bytes of each folder.",
      "`temp/` is large: its lifecycle rule does not delete. `npm run verify -- --stack NAME` has a row for it.",
      "Deleted versions are large: something overwrites or deletes a lot; they go after `noncurrentRetentionDays`.",
      "The library has grown: raise `bucketBytes` in `components/alert-rule.ts`.",
    ],
  };
}
