import { z } from "zod";
import type { CustomMetric, Measurement } from "./custom-metrics.ts";
import { type Caller, googleCall, GoogleCallError } from "./google-call.ts";

/** What wrote a series: `generic_task`, the resource type that fits processes which Google does not know by themselves. */
export interface SeriesSource {
  /** Google project id. */
  readonly project: string;
  /** Google region. */
  readonly location: string;
  /** Name of the service or job in Cloud Run. */
  readonly job: string;
  /** One instance of it; the same one for series that are to go on. */
  readonly task: string;
}

export interface TimeSeriesOptions {
  readonly auth: Caller;
  /** Address of the Monitoring API; "" is Google's. */
  readonly endpoint: string;
  readonly source: SeriesSource;
}

/** The newest value of a series within an interval. */
export interface LatestValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly at: Date;
  readonly value: number;
}

/** All series of the application; the resource's label by which alerts and charts find them. */
const NAMESPACE = "music-library";

/** Series in one call. cloud.google.com/monitoring/quotas */
const MAX_SERIES = 200;

const listAnswer = z.object({
  timeSeries: z
    .array(
      z.object({
        metric: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
        points: z
          .array(
            z.object({
              interval: z.object({ endTime: z.iso.datetime({ offset: true }) }),
              value: z.object({ int64Value: z.string().optional(), doubleValue: z.number().optional() }),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

/** Time series of one source in Cloud Monitoring: writes the present, reads the past. Throws GoogleCallError. */
export class TimeSeries {
  readonly #options: TimeSeriesOptions;
  readonly #url: string;

  constructor(options: TimeSeriesOptions) {
    this.#options = options;
    const base = options.endpoint === "" ? "https://monitoring.googleapis.com" : options.endpoint;
    this.#url = `${base}/v3/projects/${options.source.project}/timeSeries`;
  }

  /** One value a series, all of the same moment, until `signal` ends it. Writes nothing where there is nothing. */
  async write(measurements: readonly Measurement[], at: Date, signal?: AbortSignal): Promise<void> {
    const { auth, source } = this.#options;
    const labels = { project_id: source.project, location: source.location, namespace: NAMESPACE };
    const resource = { type: "generic_task", labels: { ...labels, job: source.job, task_id: source.task } };
    for (let from = 0; from < measurements.length; from += MAX_SERIES) {
      const timeSeries = measurements.slice(from, from + MAX_SERIES).map(({ metric, labels, value }) => ({
        metric: { type: metric.type, labels },
        resource,
        metricKind: "GAUGE",
        valueType: metric.valueType,
        points: [{ interval: { endTime: at.toISOString() }, value: typedValue(metric, value) }],
      }));
      const given = signal === undefined ? {} : { signal };
      const request = { url: this.#url, method: "POST", data: { timeSeries }, ...given } as const;
      await googleCall(auth, "monitoring timeSeries.create", z.object({}), request).catch(unlessJustWritten);
    }
  }

  /** The newest value of each of this source's series of a metric between two moments. */
  async latest(metric: CustomMetric, from: Date, to: Date): Promise<LatestValue[]> {
    const { auth, source } = this.#options;
    const filter = [
      `metric.type = "${metric.type}"`,
      'resource.type = "generic_task"',
      `resource.labels.job = "${source.job}"`,
    ].join(" AND ");
    const query = new URLSearchParams({
      filter,
      "interval.startTime": from.toISOString(),
      "interval.endTime": to.toISOString(),
    });
    const url = `${this.#url}?${query.toString()}`;
    const answer = await googleCall(auth, "monitoring timeSeries.list", listAnswer, { url, method: "GET" });
    return answer.timeSeries.flatMap(({ metric: { labels }, points }) => {
      // Newest first, as Google answers.
      const [newest] = points;
      if (newest === undefined) return [];
      const value = Number(newest.value.int64Value ?? newest.value.doubleValue ?? 0);
      return [{ labels, at: new Date(newest.interval.endTime), value }];
    });
  }
}

/** An attempt that follows a failed one within seconds finds its values written: Google takes one in five seconds. */
function unlessJustWritten(error: unknown): void {
  const justWritten = "more frequently than the maximum sampling period";
  if (!(error instanceof GoogleCallError && error.status === 400 && error.message.includes(justWritten))) throw error;
}

/** 64 bits do not fit into JSON's numbers: Google takes and gives them as text. */
function typedValue({ valueType }: CustomMetric, value: number): object {
  return valueType === "INT64" ? { int64Value: String(Math.round(value)) } : { doubleValue: value };
}
