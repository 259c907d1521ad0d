import { hoursBetweenListings, LISTED_PER_CALL } from "../components/bucket-listing.ts";
import { metricsJobSize } from "../components/container-sizes.ts";
import { type CostLine, costLine } from "./cost-line.ts";
import { hoursPerMonth, runPrices, schedulerPrices, storagePrices } from "./prices.ts";
import type { Usage } from "./usage.ts";

/** Audio and cover. */
const OBJECTS_PER_TRACK = 2;

/** The hourly job that measures bucket and backups, and its list of the bucket. */
export function metricsCost({ tracks }: Usage): CostLine[] {
  const objects = tracks * OBJECTS_PER_TRACK;
  const calls = Math.max(1, Math.ceil(objects / LISTED_PER_CALL));
  const listings = hoursPerMonth / hoursBetweenListings(objects);
  const run = [
    [hoursPerMonth, "runs"],
    [runPrices.jobLeastSeconds, "s"],
  ] as const;
  return [
    costLine("service", "metrics: vCPU", [[metricsJobSize.cpu, "vCPU"], ...run, [runPrices.vCpuSecond]]),
    costLine("service", "metrics: memory", [
      [metricsJobSize.memoryMib / 1024, "GiB"],
      ...run,
      [runPrices.memoryGibSecond],
    ]),
    costLine("service", "metrics: list calls", [
      [calls / 1000, "thousand"],
      [listings, "listings"],
      [storagePrices.STANDARD.classAThousand],
    ]),
    costLine("service", "metrics: schedule", [[1, "job"], [schedulerPrices.jobMonth]]),
  ];
}
