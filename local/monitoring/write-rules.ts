// What Cloud Monitoring refuses of a call that writes time series:
// cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/create and cloud.google.com/monitoring/quotas
import { z } from "zod";
import { objectsOf, textOf } from "../run/property-readers.ts";
import type { Properties } from "../store.ts";
import type { SeriesStore, TypedLabels } from "./series-store.ts";

const typedLabels = z.object({ type: z.string(), labels: z.record(z.string(), z.string()).default({}) });
const value = z.union([
  z.strictObject({ int64Value: z.string().regex(/^-?\d+$/, "expected digits") }),
  z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ boolValue: z.boolean() }),
]);

/** A call's body, as far as gauges need it. */
export const writeBody = z.object({
  timeSeries: z
    .array(
      z.object({
        metric: typedLabels,
        resource: typedLabels,
        metricKind: z.enum(["GAUGE", "DELTA", "CUMULATIVE"]).optional(),
        valueType: z.enum(["BOOL", "INT64", "DOUBLE", "STRING", "DISTRIBUTION"]).optional(),
        points: z
          .array(
            z.object({
              interval: z.object({
                startTime: z.iso.datetime({ offset: true }).optional(),
                endTime: z.iso.datetime({ offset: true }),
              }),
              value,
            }),
          )
          .length(1, "expected exactly one point"),
      }),
    )
    .min(1)
    .max(200, "expected at most 200 time series"),
});

export type WrittenSeries = z.infer<typeof writeBody>["timeSeries"][number];

/** Resource types that custom metrics may be written for, with all their labels. cloud.google.com/monitoring/custom-metrics */
const resourceLabels: Readonly<Record<string, readonly string[]>> = {
  generic_node: ["project_id", "location", "namespace", "node_id"],
  generic_task: ["project_id", "location", "namespace", "job", "task_id"],
  global: ["project_id"],
};

const HOUR_MS = 3_600_000;
const OLDEST_MS = 25 * HOUR_MS;
const NEWEST_MS = 5 * 60_000;
const CLOSEST_MS = 5_000;

/** When the one point of a series ends, in milliseconds since 1970. */
export function endOf({ points }: WrittenSeries): number {
  return Date.parse(points[0]?.interval.endTime ?? "");
}

export function valueOf({ points }: WrittenSeries): number {
  const written = points[0]?.value ?? { doubleValue: Number.NaN };
  if ("int64Value" in written) return Number(written.int64Value);
  return "doubleValue" in written ? written.doubleValue : Number(written.boolValue);
}

/** Everything that is wrong with one series; `descriptor` is the metric as it is declared. */
export function seriesProblems(
  written: WrittenSeries,
  descriptor: Properties,
  { store, now }: { store: SeriesStore; now: number },
): string[] {
  const { metric, resource } = written;
  return [
    ...resourceProblems(resource),
    ...typeProblems(written, descriptor),
    ...timeProblems(endOf(written), store.find(metric, resource)?.points.at(-1)?.at, now),
  ];
}

function resourceProblems({ type, labels }: TypedLabels): string[] {
  const expected = resourceLabels[type];
  if (expected === undefined) {
    return [`Unrecognized resource type: "${type}"; custom metrics take ${Object.keys(resourceLabels).join(", ")}.`];
  }
  const missing = expected.filter((label) => (labels[label] ?? "") === "");
  const unknown = Object.keys(labels).filter((label) => !expected.includes(label));
  return [
    ...missing.map((label) => `Missing resource label "${label}" of ${type}.`),
    ...unknown.map((label) => `Unrecognized resource label "${label}" of ${type}.`),
  ];
}

function typeProblems(written: WrittenSeries, descriptor: Properties): string[] {
  const { metric, metricKind = "GAUGE", points } = written;
  const [kind, valueType] = [textOf(descriptor, "metricKind"), textOf(descriptor, "valueType")];
  const given = points.map(({ value }) =>
    "int64Value" in value ? "INT64" : "doubleValue" in value ? "DOUBLE" : "BOOL",
  );
  const declared = objectsOf(descriptor, "labels").map((label) => textOf(label, "key"));
  // Google adds a label that a call brings to the declaration, which the next preview would then show: a mistake all the same.
  const unknown = Object.keys(metric.labels).filter((label) => !declared.includes(label));
  return [
    ...(metricKind === kind ? [] : [`Metric kind for metric ${metric.type} must be ${kind}, but is ${metricKind}.`]),
    ...given
      .filter((type) => type !== valueType)
      .map((type) => `Value type for metric ${metric.type} must be ${valueType}, but is ${type}.`),
    ...unknown.map((label) => `Unrecognized metric label "${label}" of ${metric.type}.`),
  ];
}

function timeProblems(end: number, last: number | undefined, now: number): string[] {
  const at = new Date(end).toISOString();
  if (end < now - OLDEST_MS) return [`Data points cannot be written more than 25h in the past (${at}).`];
  if (end > now + NEWEST_MS) return [`Data points cannot be written more than 5 minutes in the future (${at}).`];
  if (last === undefined) return [];
  if (end <= last)
    return [`Points must be written in order. One or more of the points is older than the last (${at}).`];
  if (end - last >= CLOSEST_MS) return [];
  return [`One or more points were written more frequently than the maximum sampling period (${at}).`];
}
