// Both sides of the library's own metrics: what the stack declares is what the application writes.
import { describe, expect, it } from "@jest/globals";
import { metricDeclarations, metricTypes } from "../../components/metric-descriptors.ts";
import { metricDescriptorProblems } from "../../local/resources/metric-descriptor.ts";
import { type CustomMetric, customMetrics } from "../../service/monitoring/custom-metrics.ts";
import { poolerMeasurements } from "../../service/monitoring/pooler-publisher.ts";
import { usageMeasurements } from "../../service/monitoring/bucket-usage.ts";

describe("the library's own metrics", () => {
  it("are declared as they are written: type, kind of value and labels", () => {
    const written: readonly CustomMetric[] = Object.values(customMetrics);
    const declared = metricDeclarations.map(({ type, valueType, labels }) => ({
      ...{ type, valueType },
      labels: Object.keys(labels),
    }));
    expect(declared).toEqual(written);
    expect(Object.keys(metricTypes)).toEqual(Object.keys(customMetrics));
  });

  it.each(metricDeclarations.map((metric) => [metric.name, metric] as const))(
    "%s is one that Google accepts",
    (_, metric) => {
      const { name, labels, ...inputs } = metric;
      const keys = Object.keys(labels).map((key) => ({ key, valueType: "STRING" }));
      expect(metricDescriptorProblems({ ...inputs, metricKind: "GAUGE", labels: keys })).toEqual([]);
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(metric.description).toMatch(/^[A-Z].*\.$/);
      expect(metric.displayName).not.toMatch(/\.$/);
    },
  );
});

describe("what is written", () => {
  const count = (bytes: number, objects: number) => ({ bytes, objects });
  const at = new Date("2026-11-01T00:00:00Z");
  const then = (prefix: string, version: string, value: number) => ({ labels: { prefix, version }, at, value });
  const usage = new Map([
    ["audio/", { live: count(150, 3), noncurrent: count(30, 1) }],
    ["temp/", { live: count(0, 0), noncurrent: count(0, 0) }],
  ]);

  it("has bytes and objects of every prefix and version, zeros too", () => {
    const measured = usageMeasurements(usage, []).map(({ metric, labels, value }) => [
      metric.type.split("/").at(-1),
      ...Object.values(labels),
      value,
    ]);
    expect(measured).toEqual([
      ["bytes", "audio/", "live", 150],
      ["objects", "audio/", "live", 3],
      ["bytes", "audio/", "noncurrent", 30],
      ["objects", "audio/", "noncurrent", 1],
      ["bytes", "temp/", "live", 0],
      ["objects", "temp/", "live", 0],
      ["bytes", "temp/", "noncurrent", 0],
      ["objects", "temp/", "noncurrent", 0],
    ]);
  });

  it("has the growth of whatever was there a month ago, all versions together", () => {
    const month = [then("audio/", "live", 100), then("audio/", "noncurrent", 20), then("temp/", "live", 0)];
    const growth = usageMeasurements(usage, month).filter(({ metric }) => metric === customMetrics.bucketMonthGrowth);
    expect(growth).toEqual([{ metric: customMetrics.bucketMonthGrowth, labels: { prefix: "audio/" }, value: 0.5 }]);
  });

  it("has the pooler's three figures", () => {
    const pools = { clientsActive: 4, clientsWaiting: 2, serversActive: 4, serversIdle: 1, maxWaitSeconds: 3 };
    expect(poolerMeasurements(pools).map(({ metric, value }) => [metric, value])).toEqual([
      [customMetrics.poolerClientsActive, 4],
      [customMetrics.poolerClientsWaiting, 2],
      [customMetrics.poolerMaxWait, 3],
    ]);
  });
});
