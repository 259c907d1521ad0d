// The library's own metrics in Cloud Monitoring. The stack declares the same ones (components/metric-descriptors.ts): a test holds
// them together, because neither room imports the other.

export interface CustomMetric {
  readonly type: `custom.googleapis.com/music_library/${string}`;
  readonly valueType: "INT64" | "DOUBLE";
  /** Labels, each of which every value has. */
  readonly labels: readonly string[];
}

const type = <Path extends string>(path: Path) => `custom.googleapis.com/music_library/${path}` as const;

export const customMetrics = {
  /** Bytes below a prefix, by version: live, or noncurrent and billed all the same. */
  bucketBytes: { type: type("bucket/bytes"), valueType: "INT64", labels: ["prefix", "version"] },
  bucketObjects: { type: type("bucket/objects"), valueType: "INT64", labels: ["prefix", "version"] },
  /** Bytes now over those of 30 days ago, less one: 0.5 is half as much again. */
  bucketMonthGrowth: { type: type("bucket/month_growth"), valueType: "DOUBLE", labels: ["prefix"] },
  /** Hours since the last successful backup ended. */
  backupAge: { type: type("backup/age"), valueType: "DOUBLE", labels: ["instance"] },
  /** Seconds between now and the latest second that can be restored. */
  recoveryPointAge: { type: type("recovery_point/age"), valueType: "DOUBLE", labels: ["instance"] },
  poolerClientsActive: { type: type("pooler/clients_active"), valueType: "INT64", labels: [] },
  poolerClientsWaiting: { type: type("pooler/clients_waiting"), valueType: "INT64", labels: [] },
  /** Seconds that the first of those waiting has waited. */
  poolerMaxWait: { type: type("pooler/max_wait"), valueType: "DOUBLE", labels: [] },
} as const satisfies Readonly<Record<string, CustomMetric>>;

/** One value of one time series. */
export interface Measurement {
  readonly metric: CustomMetric;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
