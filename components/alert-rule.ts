import type * as pulumi from "@pulumi/pulumi";

/** Units of the rules. Cloud SQL's GB are these as well. */
export const GIB = 1024 ** 3;
export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Every limit that an alert compares with, in one place. Shares are between 0 and 1. */
export const alertThresholds = {
  /** Of `max_connections`: above it the next deployment, which doubles the poolers, may be refused. */
  connectionShare: 0.8,
  cpuShare: 0.85,
  memoryShare: 0.9,
  /** Of `diskAutoresizeLimitGb`, where the disk stops growing by itself. */
  diskShare: 0.85,
  /** Days until the disk reaches that limit at the growth of the last day. */
  diskDaysLeft: 14,
  /** Of the 2^31 transaction ids. Autovacuum freezes at 200 million, so a healthy server stays near 0.1. */
  transactionIdShare: 0.4,
  deadlocksPerHour: 5,
  replicationLagSeconds: 60,
  queryLatencyP95Ms: 200,
  /** Statements slower than the flag `log_min_duration_statement`. */
  slowQueriesPerHour: 20,
  /** Of the uptime checks of five minutes, from all regions. */
  uptimeShare: 0.5,
  serviceErrorsPer10Minutes: 10,
  bucketErrorsPer10Minutes: 10,
  bucketDenialsPer10Minutes: 50,
  /** Of the 60 000 signatures a minute and project. cloud.google.com/iam/quotas */
  signatureQuotaShare: 0.8,
  bucketBytes: 250 * GIB,
  /** Below each prefix, noncurrent versions included. */
  audioBytes: 200 * GIB,
  thumbnailBytes: 20 * GIB,
  /** Uploads of a day: what is in there longer should have been deleted. */
  tempBytes: 20 * GIB,
  /** Growth within 30 days. */
  monthGrowthShare: 0.5,
  /** Below it growth costs nothing worth a look. */
  growthFromBytes: 10 * GIB,
  /** A daily backup has a window of four hours, and takes its time. */
  backupAgeHours: 30,
  /** Logs are archived within minutes. */
  recoveryPointAgeSeconds: 30 * MINUTE,
  poolerClientsWaiting: 10,
  poolerWaitSeconds: 1,
  /** Of the month; the first 50 GiB are free. cloud.google.com/stackdriver/pricing */
  logBytesPerMonth: 40 * GIB,
} as const;

export type Severity = "CRITICAL" | "ERROR" | "WARNING";

type Aligner =
  | "ALIGN_DELTA"
  | "ALIGN_FRACTION_TRUE"
  | "ALIGN_MAX"
  | "ALIGN_MEAN"
  | "ALIGN_MIN"
  /** Of a counter: the sum of its increments. */
  | "ALIGN_SUM";

type Reducer = "REDUCE_MAX" | "REDUCE_MEAN" | "REDUCE_PERCENTILE_95" | "REDUCE_SUM";

interface Comparison {
  /** Google's type of the metric, as `cloudsql.googleapis.com/database/up`. */
  metric: string;
  /** Data that one value is made of, seconds. */
  windowSeconds: number;
  comparison: "above" | "below";
  /** In the metric's own unit. */
  threshold: number;
  /** How long the comparison must hold, seconds: a multiple of 60. */
  durationSeconds: number;
}

/** One metric, aligned and reduced. */
export interface MetricCondition extends Comparison {
  kind: "metric";
  /** Monitoring filter that names metric, resource type and labels. */
  filter: pulumi.Input<string>;
  aligner: Aligner;
  /** Over all time series; left out where there is one. */
  reducer?: Reducer;
  /** What the end of data means: `firing` where silence is the failure. */
  silence: "firing" | "ignored";
}

/** What one aligned metric cannot say, and log-based metrics, which Google knows only after they were written once. */
export interface QueryCondition extends Comparison {
  kind: "query";
  /** PromQL of the value that is compared. */
  value: string;
  /** `firing` where the query itself makes a value of nothing. */
  silence: "firing" | "ignored";
}

/** A single log entry. */
export interface LogCondition {
  kind: "log";
  /** Name of the log, as `cloudaudit.googleapis.com/activity`. */
  log: string;
  /** Logging query. */
  filter: string;
  /** Label of the incident -> `EXTRACT(field)`. Each combination of values is an incident of its own. */
  labelExtractors?: Readonly<Record<string, string>>;
  /** At most one notification in this time, seconds. */
  notifyEverySeconds: number;
}

export type AlertCondition = MetricCondition | QueryCondition | LogCondition;

/** One alert: what is watched, when it fires, and what the woken person does. */
export interface AlertRule {
  /** Last part of the resource's name, kebab-case. */
  name: string;
  title: string;
  /** When it fires, with its figures. */
  fires: string;
  severity: Severity;
  condition: AlertCondition;
  /** What to do at three in the morning: Markdown, steps in their order. */
  response: readonly string[];
}

/** What the rules are about. */
export interface AlertTarget {
  /** Google project id. */
  project: string;
  names: { instance: string; bucket: string; service: string; metricsJob: string };
  /** Of the instance. */
  maxConnections: number;
  /** Size at which the disk stops growing, GB of 2^30 bytes. */
  diskAutoresizeLimitGb: number;
  /** Query latency is measured by Query Insights alone. */
  queryInsightsEnabled: boolean;
  /** Image of the application; without it there is neither the job that measures nor a service that publishes. */
  serviceImage: string;
  /** Without it there is no recovery point to be old. */
  pointInTimeRecoveryEnabled: boolean;
  /** Names of read replicas; without one nothing can lag. */
  replicas: readonly string[];
  /** Id of the service's uptime check; left out where there is none. */
  uptimeCheckId?: pulumi.Input<string>;
}

/** `label = "value"` terms of a Monitoring filter, joined. A list is any of its values. */
export function metricFilter(
  metric: string,
  resource: string,
  labels: Readonly<Record<string, string | readonly string[]>>,
): string {
  const quoted = (value: string): string => JSON.stringify(value);
  const terms = Object.entries(labels).map(([label, value]) =>
    typeof value === "string" ? `${label} = ${quoted(value)}` : `${label} = one_of(${value.map(quoted).join(", ")})`,
  );
  return [`metric.type = ${quoted(metric)}`, `resource.type = ${quoted(resource)}`, ...terms].join(" AND ");
}

/** `project:instance`, as Cloud SQL's metrics and logs name an instance. */
export function databaseId({ project, names }: AlertTarget): string {
  return `${project}:${names.instance}`;
}

type InstanceMetric = Omit<MetricCondition, "kind" | "metric" | "filter" | "silence"> & {
  silence?: MetricCondition["silence"];
};

/** Condition on a metric of the whole instance; `path` is what follows `cloudsql.googleapis.com/database/`. */
export function instanceMetric(target: AlertTarget, path: string, shape: InstanceMetric): MetricCondition {
  const metric = `cloudsql.googleapis.com/database/${path}`;
  const filter = metricFilter(metric, "cloudsql_database", { "resource.labels.database_id": databaseId(target) });
  return { kind: "metric", metric, filter, silence: "ignored", ...shape };
}

type OwnMetric = Omit<MetricCondition, "kind" | "filter">;

/** Condition on a metric of the library's own, written by `job`: the service or the job that measures. */
export function ownMetric(job: string, labels: Readonly<Record<string, string>>, shape: OwnMetric): MetricCondition {
  const filter = metricFilter(shape.metric, "generic_task", { "resource.labels.job": job, ...labels });
  return { kind: "metric", filter, ...shape };
}

/** A share as people read it. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** PromQL's name of a metric: the first slash is a colon, all else that is no letter or digit an underscore. */
export function promqlMetric(metric: string): string {
  return metric.replace("/", ":").replaceAll(/[^A-Za-z0-9:]/g, "_");
}

/** Name of the log-based metric that counts slow statements of an instance. */
export function slowQueryMetric(instance: string): string {
  return `${instance}-slow-queries`;
}
