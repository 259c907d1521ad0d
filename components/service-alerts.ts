// Alerts on the track service and on the signatures that it lives from.
import * as pulumi from "@pulumi/pulumi";
import {
  type AlertRule,
  type AlertTarget,
  alertThresholds as limits,
  metricFilter,
  MINUTE,
  percent,
} from "./alert-rule.ts";

/** Signatures a minute and project. cloud.google.com/iam/quotas */
const SIGNATURES_PER_MINUTE = 60_000;

export function serviceAlerts(target: AlertTarget): AlertRule[] {
  return [
    ...(target.uptimeCheckId === undefined ? [] : [serviceUptime(target.uptimeCheckId)]),
    serviceErrors(target),
    signatures(),
  ];
}

function serviceUptime(checkId: pulumi.Input<string>): AlertRule {
  const metric = "monitoring.googleapis.com/uptime_check/check_passed";
  return {
    name: "service-uptime",
    title: "Track service does not answer",
    fires: `fewer than ${percent(limits.uptimeShare)} of the uptime checks passed, or none was made, for 5 minutes`,
    severity: "CRITICAL",
    condition: {
      kind: "metric",
      metric,
      filter: pulumi
        .output(checkId)
        .apply((id) => metricFilter(metric, "uptime_url", { "metric.labels.check_id": id })),
      windowSeconds: 5 * MINUTE,
      aligner: "ALIGN_FRACTION_TRUE",
      reducer: "REDUCE_MEAN",
      comparison: "below",
      threshold: limits.uptimeShare,
      durationSeconds: 5 * MINUTE,
      silence: "firing",
    },
    response: [
      "The check asks `/ready`, which runs a query through the pooler. If `Database is down` fires as well, begin there.",
      "Read the revision's log. After a deployment: send traffic back to the revision before (`gcloud run services update-traffic`).",
      "All answers are 403: the monitoring agent lost `roles/run.invoker`. Run an update.",
      "`npm run verify -- --stack NAME` says which of the service's promises is broken.",
    ],
  };
}

function serviceErrors({ names }: AlertTarget): AlertRule {
  const metric = "run.googleapis.com/request_count";
  return {
    name: "service-errors",
    title: "Track service fails requests",
    fires: `more than ${limits.serviceErrorsPer10Minutes} answers 5xx in 10 minutes`,
    severity: "ERROR",
    condition: {
      kind: "metric",
      metric,
      filter: metricFilter(metric, "cloud_run_revision", {
        "resource.labels.service_name": names.service,
        "metric.labels.response_code_class": "5xx",
      }),
      windowSeconds: 10 * MINUTE,
      aligner: "ALIGN_SUM",
      reducer: "REDUCE_SUM",
      comparison: "above",
      threshold: limits.serviceErrorsPer10Minutes,
      durationSeconds: MINUTE,
      silence: "ignored",
    },
    response: [
      "Read the service's log from the first error on: it names the database, the bucket or signing. 503 without a line of the application is Cloud Run: no instance started, or none was free.",
      "It began with a deployment: send traffic back to the revision before.",
      "`query_wait_timeout` means that the pool is full: look at slow queries and connections.",
    ],
  };
}

function signatures(): AlertRule {
  const metric = "serviceruntime.googleapis.com/api/request_count";
  const threshold = limits.signatureQuotaShare * SIGNATURES_PER_MINUTE;
  return {
    name: "signature-quota",
    title: "Signatures run out",
    fires: `more than ${threshold} signatures a minute (quota: ${SIGNATURES_PER_MINUTE}) for 5 minutes`,
    severity: "WARNING",
    condition: {
      kind: "metric",
      metric,
      filter: metricFilter(metric, "consumed_api", {
        "resource.labels.service": "iamcredentials.googleapis.com",
        "resource.labels.method": "google.iam.credentials.v1.IAMCredentials.SignBlob",
      }),
      windowSeconds: MINUTE,
      aligner: "ALIGN_SUM",
      reducer: "REDUCE_SUM",
      comparison: "above",
      threshold,
      durationSeconds: 5 * MINUTE,
      silence: "ignored",
    },
    response: [
      "Beyond the quota nothing can be streamed or uploaded. A client that asks for URLs in a loop is the usual cause: the service's log shows which.",
      "A listing must not sign each of its rows: sign when a track is played, and keep the URL for its 15 minutes.",
      "If the load is real, ask for more: IAM quotas, `Sign a JWT or blob requests per minute`.",
    ],
  };
}
