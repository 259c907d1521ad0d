// The part of Cloud Monitoring's API that writes and reads custom metrics.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Demand } from "../identity/demand.ts";
import { GoogleError } from "../identity/google-error.ts";
import type { Properties, ResourceStore } from "../store.ts";
import type { Point, Series, SeriesStore } from "./series-store.ts";
import { endOf, seriesProblems, valueOf, writeBody } from "./write-rules.ts";

export const descriptorType = "gcp:monitoring/metricDescriptor:MetricDescriptor";

export interface MonitoringParts {
  readonly store: ResourceStore;
  readonly series: SeriesStore;
  readonly demand: Demand;
  /** Milliseconds since 1970; tests move it. Default Date.now. */
  readonly clock?: () => number;
}

const listQuery = z.object({
  filter: z.string(),
  "interval.startTime": z.iso.datetime({ offset: true }).optional(),
  "interval.endTime": z.iso.datetime({ offset: true }),
});

export function monitoringRoutes(server: FastifyInstance, parts: MonitoringParts): void {
  const { demand } = parts;
  server.post<{ Params: { project: string } }>(
    "/v3/projects/:project/timeSeries",
    ({ params, headers, body }, reply) => {
      const project = `projects/${params.project}`;
      demand(headers.authorization, "monitoring.timeSeries.create", project);
      write(parts, params.project, body, () =>
        demand(headers.authorization, "monitoring.metricDescriptors.create", project),
      );
      return reply.send({});
    },
  );
  server.get<{ Params: { project: string } }>(
    "/v3/projects/:project/timeSeries",
    ({ params, headers, query }, reply) => {
      demand(headers.authorization, "monitoring.timeSeries.list", `projects/${params.project}`);
      return reply.send({ timeSeries: read(parts.series, query) });
    },
  );
}

/** Takes what is right and says what is not, as Google does; a call that cannot be read, or holds a series twice, is refused whole. */
function write(
  { store, series, clock = Date.now }: MonitoringParts,
  project: string,
  body: unknown,
  mayDeclare: () => void,
): void {
  const parsed = writeBody.safeParse(body);
  if (!parsed.success) throw new GoogleError("INVALID_ARGUMENT", z.prettifyError(parsed.error));
  const { timeSeries } = parsed.data;
  if (timeSeries.some((one, index) => timeSeries.slice(0, index).some((other) => sameSeries(one, other)))) {
    const once = "Duplicate TimeSeries encountered. Only one point can be written per TimeSeries per request.";
    throw new GoogleError("INVALID_ARGUMENT", once);
  }
  const now = clock();
  const problems = timeSeries.flatMap((written, index) => {
    const descriptor = declaredMetric(store, project, written.metric.type);
    // Google would declare the metric by what comes first, for whoever may declare metrics; here nothing undeclared is kept.
    if (descriptor === undefined) mayDeclare();
    const found =
      descriptor === undefined
        ? [`Cannot find metric ${written.metric.type}: it is not declared.`]
        : seriesProblems(written, descriptor, { store: series, now });
    if (found.length === 0) {
      const { metric, resource, valueType = "" } = written;
      series.add({ metric, resource, valueType }, { at: endOf(written), value: valueOf(written) });
    }
    return found.map((problem) => `timeSeries[${index}]: ${problem}`);
  });
  if (problems.length > 0) {
    throw new GoogleError("INVALID_ARGUMENT", `One or more TimeSeries could not be written: ${problems.join("; ")}`);
  }
}

/** The declaration of a metric; undefined where there is none. */
export function declaredMetric(store: ResourceStore, project: string, type: string): Properties | undefined {
  return store.get(descriptorType, `projects/${project}/metricDescriptors/${type}`)?.inputs;
}

function sameSeries(one: Omit<Series, "valueType" | "points">, other: Omit<Series, "valueType" | "points">): boolean {
  return JSON.stringify([one.metric, one.resource]) === JSON.stringify([other.metric, other.resource]);
}

/** Newest first, as Google answers. */
function read(series: SeriesStore, query: unknown): object[] {
  const parsed = listQuery.safeParse(query);
  if (!parsed.success) throw new GoogleError("INVALID_ARGUMENT", z.prettifyError(parsed.error));
  const { filter, "interval.endTime": endTime, "interval.startTime": startTime = endTime } = parsed.data;
  const [from, to] = [Date.parse(startTime), Date.parse(endTime)];
  const matches = filterOf(filter);
  return series.all().flatMap((one) => {
    if (!matches(one)) return [];
    const points = one.points.filter(({ at }) => at >= from && at <= to).toReversed();
    if (points.length === 0) return [];
    const { metric, resource, valueType } = one;
    return [
      { metric, resource, metricKind: "GAUGE", valueType, points: points.map((point) => shown(point, valueType)) },
    ];
  });
}

function shown({ at, value }: Point, valueType: string): object {
  const time = new Date(at).toISOString();
  return {
    interval: { startTime: time, endTime: time },
    value: valueType === "INT64" ? { int64Value: String(value) } : { doubleValue: value },
  };
}

const term = /^(metric|resource)\.(?:type|labels?\.([A-Za-z_]\w*)) = "((?:[^"\\]|\\.)*)"$/;

/** A filter of equalities, joined by AND: what is used here. Any other one is refused. */
function filterOf(filter: string): (series: Series) => boolean {
  const terms = filter.split(/ AND /).map((text) => {
    const [, subject, label, value = ""] = term.exec(text.trim()) ?? [];
    if (subject !== "metric" && subject !== "resource") {
      throw new GoogleError("UNIMPLEMENTED", `The local cloud reads no such filter: ${text}.`);
    }
    return (series: Series) =>
      (label === undefined ? series[subject].type : series[subject].labels[label]) === value.replaceAll(/\\(.)/g, "$1");
  });
  return (series) => terms.every((matches) => matches(series));
}
