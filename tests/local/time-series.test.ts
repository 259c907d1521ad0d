// What the local cloud's Cloud Monitoring takes and refuses of whoever writes time series.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { OAuth2Client } from "google-auth-library";
import { operator } from "../../local/identity/project.ts";
import { SeriesStore } from "../../local/monitoring/series-store.ts";
import type { Properties } from "../../local/store.ts";
import { customMetrics } from "../../service/monitoring/custom-metrics.ts";
import { GoogleCallError } from "../../service/monitoring/google-call.ts";
import { TimeSeries } from "../../service/monitoring/time-series.ts";
import { MetricsCloud, project } from "../support/metrics-cloud.ts";

const cloud = new MetricsCloud();
const path = `/v3/projects/${project}/timeSeries`;
const writer = `serviceAccount:writer@${project}.iam.gserviceaccount.com`;
const type = customMetrics.bucketBytes.type;

const source = { project_id: project, location: "us-central1", namespace: "music-library", job: "j", task_id: "0" };

let nowMs = Date.now();
/** One series as Google wants it, every time at a moment of its own. */
function written(changes: Properties = {}): Properties {
  nowMs += 10_000;
  return {
    metric: { type, labels: { prefix: "audio/", version: "live" } },
    resource: { type: "generic_task", labels: source },
    metricKind: "GAUGE",
    valueType: "INT64",
    points: [point(nowMs - 3_600_000)],
    ...changes,
  };
}
function point(at: number, value: Properties = { int64Value: "5" }): Properties {
  return { interval: { endTime: new Date(at).toISOString() }, value };
}
const post = (timeSeries: Properties[], principal: string | undefined = operator) =>
  cloud.call("POST", path, principal, { timeSeries });

beforeAll(async () => {
  await cloud.start();
  await cloud.declare("gcp:serviceaccount/account:Account", { accountId: "writer" });
  await cloud.declare("gcp:monitoring/metricDescriptor:MetricDescriptor", {
    ...{ type, metricKind: "GAUGE", valueType: "INT64", labels: [{ key: "prefix" }, { key: "version" }] },
  });
});
afterAll(async () => {
  await cloud.stop();
});

describe("writing time series", () => {
  it("keeps a point, over a restart too, and hands it out newest first", async () => {
    expect(await post([written({ points: [point(Date.now() - 20_000)] })])).toMatchObject({ status: 200 });
    expect(await post([written({ points: [point(Date.now() - 10_000, { int64Value: "7" })] })])).toMatchObject({
      status: 200,
    });
    const query = new URLSearchParams({
      filter: `metric.type = "${type}" AND resource.labels.job = "j" AND metric.labels.prefix = "audio/"`,
      "interval.startTime": new Date(Date.now() - 60_000).toISOString(),
      "interval.endTime": new Date().toISOString(),
    });
    const { body } = await cloud.call("GET", `${path}?${query.toString()}`, operator);
    const [series] = body["timeSeries"] as { points: { value: object }[] }[];
    expect(series?.points.map(({ value }) => value)).toEqual([{ int64Value: "7" }, { int64Value: "5" }]);
    expect(new SeriesStore(cloud.paths).all()).toEqual(cloud.series.all());
  });

  it.each<[what: string, series: () => Properties[], expected: RegExp]>([
    [
      "a metric that is not declared",
      () => [written({ metric: { type: `${type}2`, labels: {} } })],
      /Cannot find metric/,
    ],
    [
      "a float for a whole number",
      () => [written({ points: [point(nowMs, { doubleValue: 1.5 })] })],
      /must be INT64, but is DOUBLE/,
    ],
    ["a counter for a gauge", () => [written({ metricKind: "CUMULATIVE" })], /must be GAUGE, but is CUMULATIVE/],
    [
      "a label that is not declared",
      () => [written({ metric: { type, labels: { folder: "audio/" } } })],
      /Unrecognized metric label "folder"/,
    ],
    [
      "a resource that custom metrics have not",
      () => [written({ resource: { type: "cloud_run_job", labels: {} } })],
      /Unrecognized resource type: "cloud_run_job"/,
    ],
    [
      "a resource without its labels",
      () => [written({ resource: { type: "generic_task", labels: { ...source, task_id: "" } } })],
      /Missing resource label "task_id"/,
    ],
    [
      "a resource with another one's label",
      () => [written({ resource: { type: "generic_task", labels: { ...source, node_id: "n" } } })],
      /Unrecognized resource label "node_id"/,
    ],
    ["two points", () => [written({ points: [point(nowMs), point(nowMs + 9_000)] })], /exactly one point/],
    ["the past", () => [written({ points: [point(Date.now() - 26 * 3_600_000)] })], /more than 25h in the past/],
    ["the future", () => [written({ points: [point(Date.now() + 600_000)] })], /more than 5 minutes in the future/],
    [
      "a series twice",
      () => [written({ points: [point(Date.now())] }), written({ points: [point(Date.now())] })],
      /Duplicate TimeSeries/,
    ],
    ["more than two hundred", () => Array.from({ length: 201 }, () => written()), /at most 200 time series/],
    ["a number as a number", () => [written({ points: [point(nowMs, { int64Value: 5 })] })], /Invalid input/],
  ])("refuses %s", async (_what, series, expected) => {
    const before = JSON.stringify(cloud.series.all());
    const { status, body } = await post(series());
    expect({ status, message: body.error?.message }).toEqual({ status: 400, message: expect.stringMatching(expected) });
    expect(JSON.stringify(cloud.series.all())).toBe(before);
  });

  it("refuses what is older than the last point, or follows it within five seconds", async () => {
    const at = Date.now();
    const resource = { type: "generic_task", labels: { ...source, task_id: "order" } };
    const write = (time: number) => post([written({ resource, points: [point(time)] })]);
    expect((await write(at)).status).toBe(200);
    expect((await write(at - 1)).body.error?.message).toContain("written in order");
    expect((await write(at + 4_999)).body.error?.message).toContain("more frequently than the maximum sampling period");
    expect((await write(at + 5_000)).status).toBe(200);
  });

  it("asks who writes and who reads", async () => {
    expect((await cloud.call("POST", path, undefined, { timeSeries: [written()] })).status).toBe(401);
    expect((await post([written()], writer)).body.error?.message).toContain("'monitoring.timeSeries.create' denied");
    expect((await cloud.call("GET", path, writer)).body.error?.message).toContain(
      "'monitoring.timeSeries.list' denied",
    );
  });

  it("reads no filter that it does not know", async () => {
    const query = new URLSearchParams({
      filter: 'metric.type = starts_with("custom")',
      "interval.endTime": "2026-01-01T00:00:00Z",
    });
    expect(await cloud.call("GET", `${path}?${query.toString()}`, operator)).toMatchObject({ status: 501 });
  });
});

describe("the application's client", () => {
  const auth = new OAuth2Client();
  let series: TimeSeries;
  beforeEach(() => {
    auth.setCredentials({
      access_token: cloud.identity.accessToken(operator).token,
      expiry_date: Date.now() + 3_600_000,
    });
    const endpoint = cloud.endpoint;
    series = new TimeSeries({ auth, endpoint, source: { project, location: "us-central1", job: "client", task: "1" } });
  });
  const measured = (value: number) => [
    { metric: customMetrics.bucketBytes, labels: { prefix: "temp/", version: "live" }, value },
  ];

  it("reads back what it wrote, whole numbers beyond 32 bits too, and only of its own series", async () => {
    await series.write([], new Date());
    await series.write(measured(20_000_000_000_000), new Date());
    const [from, to] = [new Date(Date.now() - 60_000), new Date()];
    expect(await series.latest(customMetrics.bucketBytes, from, to)).toEqual([
      { labels: { prefix: "temp/", version: "live" }, at: expect.any(Date), value: 20_000_000_000_000 },
    ]);
  });

  it("says what was refused and what to do, without its token", async () => {
    auth.setCredentials({
      access_token: cloud.identity.accessToken(writer).token,
      expiry_date: Date.now() + 3_600_000,
    });
    const error: unknown = await series.write(measured(1), new Date()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GoogleCallError);
    expect(error).toMatchObject({ status: 403 });
    expect(String(error)).toMatch(
      /^GoogleCallError: monitoring timeSeries.create: failed \(status 403: .*Run an update/,
    );
    expect(String(error)).not.toContain("ya29");
  });
});
