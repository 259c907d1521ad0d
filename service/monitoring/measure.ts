// One run of the job: what no metric of Google's says, measured and written.
import type { StorageOptions } from "@google-cloud/storage";
import type { Contract } from "../../client/index.ts";
import { listBucket, listingIsDue, monthAgo, usageMeasurements } from "./bucket-usage.ts";
import type { Measurement } from "./custom-metrics.ts";
import type { Caller } from "./google-call.ts";
import { recoveryMeasurements } from "./recovery.ts";
import { type SeriesSource, TimeSeries } from "./time-series.ts";

export interface MeasureOptions {
  readonly contract: Contract;
  readonly auth: Caller;
  readonly authClient?: StorageOptions["authClient"];
  readonly source: Pick<SeriesSource, "job" | "task">;
  /** Versions in the bucket up to which it is listed every hour; beyond, once a day. */
  readonly hourlyListingUpTo: number;
  readonly now: Date;
}

export interface Measured {
  readonly measurements: readonly Measurement[];
  /** 0 where the listing was not due. */
  readonly listCalls: number;
}

/** Part of a run failed; what the others measured was written. */
export class MeasureError extends AggregateError {
  override readonly name = "MeasureError";

  constructor(errors: readonly unknown[]) {
    const reasons = errors.map((error) => (error instanceof Error ? error.message : String(error)));
    super(errors, `library metrics: ${reasons.join(" ")}`);
  }
}

/** Measures bucket and recovery, writes what was found, and only then fails where a part did. Throws MeasureError. */
export async function measureLibrary(options: MeasureOptions): Promise<Measured> {
  const { contract, auth, now } = options;
  const { project, region, endpoints } = contract;
  const endpoint = endpoints.management;
  const source = { project, location: region, ...options.source };
  const series = new TimeSeries({ auth, endpoint, source });
  const { instance } = contract.database;
  const [bucket, recovery] = await Promise.allSettled([
    measureBucket(series, options),
    recoveryMeasurements({ auth, endpoint, project, instance }, now),
  ]);
  const measurements = [
    ...(bucket.status === "fulfilled" ? bucket.value.measurements : []),
    ...(recovery.status === "fulfilled" ? recovery.value : []),
  ];
  const written = await Promise.allSettled([series.write(measurements, now)]);
  const errors = [bucket, recovery, ...written].flatMap((part) =>
    part.status === "rejected" ? [part.reason as unknown] : [],
  );
  if (errors.length > 0) throw new MeasureError(errors);
  return { measurements, listCalls: bucket.status === "fulfilled" ? bucket.value.listCalls : 0 };
}

async function measureBucket(
  series: TimeSeries,
  { contract, authClient, now, hourlyListingUpTo }: MeasureOptions,
): Promise<Measured> {
  if (!(await listingIsDue(series, now, hourlyListingUpTo))) return { measurements: [], listCalls: 0 };
  const { usage, listCalls } = await listBucket({
    ...{ bucket: contract.bucket.name, prefixes: Object.values(contract.bucket.prefixes) },
    endpoint: contract.endpoints.storage,
    ...(authClient === undefined ? {} : { authClient }),
  });
  return { measurements: usageMeasurements(usage, await monthAgo(series, now)), listCalls };
}
