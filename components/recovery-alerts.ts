// Alerts on the way back: backups, recovery point, and the job that looks at both.
import {
  type AlertRule,
  type AlertTarget,
  alertThresholds as limits,
  HOUR,
  MINUTE,
  ownMetric,
  promqlMetric,
} from "./alert-rule.ts";
import { metricTypes } from "./metric-descriptors.ts";

export function recoveryAlerts(target: AlertTarget): AlertRule[] {
  if (target.serviceImage === "") return [];
  return [
    metricsSilent(target),
    backupMissed(target),
    ...(target.pointInTimeRecoveryEnabled ? [recoveryPoint(target)] : []),
  ];
}

/** By Google's count of executions, with a zero where there was none: a job that never ran is seen as well. */
function metricsSilent({ names }: AlertTarget): AlertRule {
  const metric = "run.googleapis.com/job/completed_execution_count";
  const runs = `${promqlMetric(metric)}{monitored_resource="cloud_run_job",job_name="${names.metricsJob}",result="succeeded"}`;
  return {
    name: "metrics-silent",
    title: "Nothing is measured",
    fires: "the job that measures bucket and backups did not succeed for two hours, or never ran",
    severity: "ERROR",
    condition: {
      kind: "query",
      metric,
      value: `(sum(increase(${runs}[2h])) or vector(0))`,
      windowSeconds: 2 * HOUR,
      comparison: "below",
      threshold: 1,
      // The first run is due within the hour after the first update.
      durationSeconds: 90 * MINUTE,
      silence: "firing",
    },
    response: [
      "Until it runs again nobody sees a missed backup. Read its last line: `gcloud run jobs executions list --job " +
        `${names.metricsJob} --limit 3\` and the log of the newest.`,
      "A 403 in it: its account lost a right; an update restores it. No execution at all: the schedule is paused or its account may not start the job (`gcloud scheduler jobs describe`).",
      `After the repair: \`gcloud run jobs execute ${names.metricsJob} --wait\`.`,
    ],
  };
}

function backupMissed({ names }: AlertTarget): AlertRule {
  return {
    name: "backup-missed",
    title: "No recent backup",
    fires: `no backup has succeeded for ${limits.backupAgeHours} hours, or nobody looked`,
    severity: "ERROR",
    condition: ownMetric(
      names.metricsJob,
      { "metric.labels.instance": names.instance },
      {
        metric: metricTypes.backupAge,
        // Written every hour; the least of two hours, so that a new backup ends it at once.
        ...{ windowSeconds: 2 * HOUR, aligner: "ALIGN_MIN", durationSeconds: MINUTE },
        ...{ comparison: "above", threshold: limits.backupAgeHours, silence: "firing" },
      },
    ),
    response: [
      `Back up by hand now: \`gcloud sql backups create --instance ${names.instance}\`.`,
      `Then why: \`gcloud sql backups list --instance ${names.instance} --limit 5\`. Nothing for a day is a stopped instance or backups turned off: \`npm run verify -- --stack NAME\` has a row for it.`,
      "If `Nothing is measured` fires as well, begin there.",
    ],
  };
}

function recoveryPoint({ names }: AlertTarget): AlertRule {
  const minutes = limits.recoveryPointAgeSeconds / MINUTE;
  return {
    name: "recovery-point",
    title: "Recovery point stands still",
    fires: `the latest second that can be restored is more than ${minutes} minutes old, or nobody looked`,
    severity: "ERROR",
    condition: ownMetric(
      names.metricsJob,
      { "metric.labels.instance": names.instance },
      {
        metric: metricTypes.recoveryPointAge,
        ...{ windowSeconds: 2 * HOUR, aligner: "ALIGN_MIN", durationSeconds: MINUTE },
        ...{ comparison: "above", threshold: limits.recoveryPointAgeSeconds, silence: "firing" },
      },
    ),
    response: [
      `What is written now would be lost with the instance. See where it stands: \`gcloud sql instances get-latest-recovery-time ${names.instance}\`.`,
      "Somebody turned point-in-time recovery off, or the instance was restored in place, which begins a new line: `pulumi refresh --preview-only --diff` shows it; an update turns it on again.",
      `Otherwise take a backup by hand (\`gcloud sql backups create --instance ${names.instance}\`) and open a case with Google.`,
    ],
  };
}
