/** A metric of the library's own in Cloud Monitoring. All are gauges. */
export interface MetricDeclaration {
  /** Last part of the resource's name, kebab-case. */
  name: string;
  /** `custom.googleapis.com/music_library/...`: what the application writes under. A change replaces it, and its past is lost. */
  type: string;
  displayName: string;
  description: string;
  /** UCUM, as `By`, `s`, `h` or `1`. */
  unit: string;
  valueType: "INT64" | "DOUBLE";
  /** Label -> what it says. */
  labels: Readonly<Record<string, string>>;
}

const PREFIX = "custom.googleapis.com/music_library/";

const version = "live, or noncurrent: deleted or overwritten, and billed all the same";
const instance = "Cloud SQL instance";

/** What the hourly job and the pooler's publisher write; `service/monitoring/custom-metrics.ts` is the writer's side. */
export const metricTypes = {
  bucketBytes: `${PREFIX}bucket/bytes`,
  bucketObjects: `${PREFIX}bucket/objects`,
  bucketMonthGrowth: `${PREFIX}bucket/month_growth`,
  backupAge: `${PREFIX}backup/age`,
  recoveryPointAge: `${PREFIX}recovery_point/age`,
  poolerClientsActive: `${PREFIX}pooler/clients_active`,
  poolerClientsWaiting: `${PREFIX}pooler/clients_waiting`,
  poolerMaxWait: `${PREFIX}pooler/max_wait`,
} as const;

export const metricDeclarations: readonly MetricDeclaration[] = [
  {
    ...{ name: "bucket-bytes", type: metricTypes.bucketBytes, displayName: "Bytes by prefix" },
    description: "Bytes in the bucket below a prefix.",
    ...{ unit: "By", valueType: "INT64", labels: { prefix: "folder with its slash, or other", version } },
  },
  {
    ...{ name: "bucket-objects", type: metricTypes.bucketObjects, displayName: "Objects by prefix" },
    description: "Objects in the bucket below a prefix, each version counted.",
    ...{ unit: "1", valueType: "INT64", labels: { prefix: "folder with its slash, or other", version } },
  },
  {
    ...{ name: "bucket-month-growth", type: metricTypes.bucketMonthGrowth, displayName: "Growth in a month" },
    description: "Bytes of a prefix over those of 30 days ago, less one: 0.5 is half as much again.",
    ...{ unit: "1", valueType: "DOUBLE", labels: { prefix: "folder with its slash" } },
  },
  {
    ...{ name: "backup-age", type: metricTypes.backupAge, displayName: "Age of the last backup" },
    description: "Hours since the last successful backup ended, of whatever kind.",
    ...{ unit: "h", valueType: "DOUBLE", labels: { instance } },
  },
  {
    ...{ name: "recovery-point-age", type: metricTypes.recoveryPointAge, displayName: "Age of the recovery point" },
    description: "Seconds between now and the latest second that can be restored.",
    ...{ unit: "s", valueType: "DOUBLE", labels: { instance } },
  },
  {
    ...{ name: "pooler-active", type: metricTypes.poolerClientsActive, displayName: "Pooler: clients served" },
    description: "SHOW POOLS, cl_active: clients that a connection is held for.",
    ...{ unit: "1", valueType: "INT64", labels: {} },
  },
  {
    ...{ name: "pooler-waiting", type: metricTypes.poolerClientsWaiting, displayName: "Pooler: clients waiting" },
    description: "SHOW POOLS, cl_waiting: clients that wait for a connection.",
    ...{ unit: "1", valueType: "INT64", labels: {} },
  },
  {
    ...{ name: "pooler-max-wait", type: metricTypes.poolerMaxWait, displayName: "Pooler: longest wait" },
    description: "SHOW POOLS, maxwait: seconds that the first of those waiting has waited.",
    ...{ unit: "s", valueType: "DOUBLE", labels: {} },
  },
];
