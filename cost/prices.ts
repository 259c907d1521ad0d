// Google's list prices, on demand, in US dollars: the only place that holds one.
import type { StorageClass } from "../components/lifecycle-rule.ts";

/** When these prices were last compared with their sources. */
export const pricesAsOf = "2026-11-24";

/** The one region whose prices these are. Others differ by a few per cent up to 40. */
export const pricedRegion = "us-central1";

/** Google's month. */
export const hoursPerMonth = 730;

/** Cloud SQL. cloud.google.com/sql/pricing; to the cent as infracost's golden file of sql_database_instance. */
export const sqlPrices = {
  vCpuHour: 0.0413,
  memoryGbHour: 0.007,
  /** Whole instances with a share of a CPU. */
  sharedCoreHour: { "db-f1-micro": 0.0105, "db-g1-small": 0.035 } as Readonly<Record<string, number>>,
  diskGbMonth: { PD_SSD: 0.17, PD_HDD: 0.09 },
  backupGbMonth: 0.08,
  /** A public IPv4 address of an instance that stands still; one in use costs nothing. */
  idleAddressHour: 0.01,
  /** ENTERPRISE_PLUS over ENTERPRISE. An estimate: its exact rates could not be compared with a source. */
  enterprisePlusFactor: 1.3,
} as const;

/** What one class costs, and the days that are billed in any case. */
export interface ClassPrice {
  readonly gbMonth: number;
  /** Writes, lists, copies and moves to the class, for 1000. */
  readonly classAThousand: number;
  /** Reads, for 1000. */
  readonly classBThousand: number;
  readonly retrievalGb: number;
}

/** Cloud Storage, one region. cloud.google.com/storage/pricing */
export const storagePrices: Readonly<Record<StorageClass, ClassPrice>> = {
  STANDARD: { gbMonth: 0.02, classAThousand: 0.005, classBThousand: 0.0004, retrievalGb: 0 },
  NEARLINE: { gbMonth: 0.01, classAThousand: 0.01, classBThousand: 0.001, retrievalGb: 0.01 },
  COLDLINE: { gbMonth: 0.004, classAThousand: 0.02, classBThousand: 0.01, retrievalGb: 0.02 },
  ARCHIVE: { gbMonth: 0.0012, classAThousand: 0.05, classBThousand: 0.05, retrievalGb: 0.05 },
};

/**
 * Bytes to the internet except China and Australia, dearest first; `upToGb` is the end of a step within a month.
 * cloud.google.com/storage/pricing#network-egress; as infracost's golden file of storage_bucket, whose terabyte has 1024 GB.
 */
export const egressSteps: readonly { readonly upToGb: number; readonly gb: number }[] = [
  { upToGb: 1024, gb: 0.12 },
  { upToGb: 10_240, gb: 0.11 },
  { upToGb: Infinity, gb: 0.08 },
];

/**
 * Cloud CDN to North America and Europe, by GiB of 2^30 bytes; the load balancer before it. Compared on 2026-11-29.
 * cloud.google.com/cdn/pricing, cloud.google.com/load-balancing/pricing (the first five forwarding rules of a project: infracost's
 * golden file has the price of a sixth)
 */
export const contentPrices = {
  lookupsTenThousand: 0.0075,
  /** From the bucket to the caches, within a continent. */
  fillGib: 0.01,
  forwardingRuleHour: 0.025,
  /** Through the load balancer: what comes from no cache. */
  processedGib: 0.008,
} as const;

/** Cache to listener, dearest first; beyond 500 TiB Google wants to be asked. */
export const contentSteps: readonly { readonly upToGib: number; readonly gib: number }[] = [
  { upToGib: 10 * 1024, gib: 0.08 },
  { upToGib: 150 * 1024, gib: 0.055 },
  { upToGib: Infinity, gib: 0.03 },
];

/** Cloud Run, billed by instance because its CPU is never taken away. cloud.google.com/run/pricing, tier 1. */
export const runPrices = {
  vCpuSecond: 0.000018,
  memoryGibSecond: 0.000002,
  /** What a run of a job is billed for at the least. */
  jobLeastSeconds: 60,
} as const;

/** Cloud Scheduler. cloud.google.com/scheduler/pricing */
export const schedulerPrices = { jobMonth: 0.1 } as const;

/** Secret Manager. cloud.google.com/secret-manager/pricing */
export const secretPrices = { activeVersionMonth: 0.06 } as const;

/** Cloud KMS, a key in software. cloud.google.com/kms/pricing */
export const keyPrices = { activeVersionMonth: 0.06 } as const;

/** Where the prices were read. */
export const priceSources: readonly string[] = [
  "https://cloud.google.com/sql/pricing",
  "https://cloud.google.com/storage/pricing",
  "https://cloud.google.com/cdn/pricing",
  "https://cloud.google.com/load-balancing/pricing",
  "https://cloud.google.com/run/pricing",
  "https://cloud.google.com/scheduler/pricing",
  "https://cloud.google.com/secret-manager/pricing",
  "https://cloud.google.com/kms/pricing",
];
