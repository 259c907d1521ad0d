// Google's value rules for jobs, their schedules and metrics, without a cloud.
import { describe, expect, it } from "@jest/globals";
import type { CheckProblem } from "../../local/provider/kind.ts";
import { resourceSchema, schemaProblems } from "../../local/provider/schema.ts";
import { jobProblems } from "../../local/resources/cloud-run-job.ts";
import { metricDescriptorProblems } from "../../local/resources/metric-descriptor.ts";
import { schedulerJobProblems } from "../../local/resources/scheduler-job.ts";
import type { Properties } from "../../local/store.ts";
import { recordStack } from "../support/stack-recording.ts";

const type = {
  job: "gcp:cloudrunv2/job:Job",
  schedule: "gcp:cloudscheduler/job:Job",
  metric: "gcp:monitoring/metricDescriptor:MetricDescriptor",
} as const;
const rules: Readonly<Record<string, (inputs: Properties) => CheckProblem[]>> = {
  [type.job]: jobProblems,
  [type.schedule]: schedulerJobProblems,
  [type.metric]: metricDescriptorProblems,
};
const good: Readonly<Record<string, Properties>> = {
  [type.job]: {
    name: "metrics",
    location: "us-central1",
    template: { template: { timeout: "3300s", maxRetries: 1, containers: [{ image: "i", commands: ["node"] }] } },
  },
  [type.schedule]: {
    name: "metrics",
    schedule: "7 * * * *",
    timeZone: "Etc/UTC",
    attemptDeadline: "60s",
    retryConfig: { retryCount: 3 },
    httpTarget: {
      httpMethod: "POST",
      uri: "https://run.googleapis.com/v2/x:run",
      oauthToken: { serviceAccountEmail: "a@b" },
    },
  },
  [type.metric]: {
    ...{ type: "custom.googleapis.com/a/b", metricKind: "GAUGE", valueType: "INT64", unit: "By" },
    labels: [{ key: "prefix", valueType: "STRING" }],
  },
};
const target = (changes: Properties): Properties => ({
  httpTarget: { httpMethod: "POST", uri: "https://x.example", ...changes },
});
const task = (changes: Properties): Properties => ({
  template: { template: { containers: [{ image: "i", commands: ["node"] }], ...changes } },
});

describe("the value rules", () => {
  it.each(Object.entries(good))("take a good %s", (name, inputs) => {
    expect([...schemaProblems(resourceSchema(name)!, inputs), ...rules[name]!(inputs)]).toEqual([]);
  });

  it.each<[type: string, changes: Properties, expected: RegExp]>([
    [type.schedule, { schedule: "61 * * * *" }, /schedule is no schedule \("61 \* \* \* \*"\)/],
    [type.schedule, { schedule: "0 7 * * * *" }, /schedule is no schedule/],
    [type.schedule, { schedule: "every hour" }, /schedule is no schedule/],
    [type.schedule, { schedule: "@hourly" }, /schedule is no schedule/],
    [type.schedule, { schedule: "0 0 31 2 *" }, /schedule is no schedule/],
    [type.schedule, { timeZone: "Mars/Olympus" }, /timeZone is no time zone \("Mars\/Olympus"\)/],
    [type.schedule, { attemptDeadline: "10s" }, /attemptDeadline is no deadline/],
    [type.schedule, { attemptDeadline: "1m" }, /attemptDeadline is no deadline/],
    [type.schedule, { retryConfig: { retryCount: 6 } }, /retryConfig\.retryCount is out of range \(6\)/],
    [type.schedule, { name: "metrics job" }, /name is no job name/],
    [type.schedule, { description: "x".repeat(500) }, /description is too long \(500 characters\)/],
    [type.schedule, target({ uri: "run.googleapis.com/v2" }), /uri is no address/],
    [type.schedule, target({ httpMethod: "RUN" }), /httpMethod is not known \("RUN"\)/],
    [type.schedule, target({ httpMethod: "GET", body: "e30=" }), /body does not go with GET/],
    [
      type.schedule,
      target({ oauthToken: { serviceAccountEmail: "a@b" }, oidcToken: { serviceAccountEmail: "a@b" } }),
      /has two tokens/,
    ],
    [type.job, { name: "Metrics" }, /name is no job name/],
    [type.job, { template: { taskCount: 0, template: {} } }, /template\.taskCount is out of range \(0\)/],
    [type.job, task({ maxRetries: 11 }), /template\.template\.maxRetries is out of range \(11\)/],
    [type.job, task({ timeout: "55m" }), /template\.template\.timeout is no time-out/],
    [type.job, task({ timeout: "604801s" }), /template\.template\.timeout is no time-out/],
    [
      type.job,
      task({ containers: [{ image: "i", envs: [{ name: "A" }, { name: "A" }] }] }),
      /template\.template\.containers\[0\]\.envs\[1\]\.name is set twice/,
    ],
    [type.job, task({ containers: [] }), /template\.template\.containers holds no container/],
    [type.metric, { type: "cloudsql.googleapis.com/a" }, /type is no type of a custom metric/],
    [type.metric, { type: "custom.googleapis.com/a-b" }, /type is no type of a custom metric/],
    [type.metric, { type: "custom.googleapis.com" }, /type is no type of a custom metric/],
    [type.metric, { type: `custom.googleapis.com/${"a".repeat(200)}` }, /type is too long \(222 characters\)/],
    [type.metric, { metricKind: "RATE" }, /metricKind is not known \("RATE"\)/],
    [type.metric, { metricKind: "DELTA" }, /metricKind cannot be written by API/],
    [type.metric, { valueType: "FLOAT" }, /valueType is not known \("FLOAT"\)/],
    [type.metric, { metricKind: "CUMULATIVE", valueType: "STRING" }, /valueType does not go with CUMULATIVE/],
    [type.metric, { unit: "bytes per second" }, /unit is no unit/],
    [type.metric, { labels: [{ key: "1st" }] }, /labels\[0\]\.key is no label \("1st"\)/],
    [type.metric, { labels: [{ key: "a" }, { key: "a" }] }, /labels\[1\]\.key is given twice/],
    [type.metric, { labels: [{ key: "a", valueType: "FLOAT" }] }, /labels\[0\]\.valueType is not known/],
  ])("refuse of %s %j", (name, changes, expected) => {
    const problems = rules[name]!({ ...good[name], ...changes }).map(({ property, reason }) => `${property} ${reason}`);
    expect(problems).toEqual([expect.stringMatching(expected)]);
  });

  it("refuse a schedule without a target", () => {
    const { httpTarget, ...rest } = good[type.schedule]!;
    expect(httpTarget).toBeDefined();
    expect(schedulerJobProblems(rest)).toEqual([
      { property: "httpTarget", reason: expect.stringMatching(/is missing/) },
    ]);
  });
});

describe.each(["dev", "prod", "local"])("stack %s with an image", (stack) => {
  it("declares no job, schedule or metric that schema or value rules refuse", async () => {
    const image = `example.org/tracks@sha256:${"a".repeat(64)}`;
    const { resources } = await recordStack(stack, { "music-library:serviceImage": image });
    const own = resources.filter(({ type: name }) => name in rules);
    const refused = own.flatMap(({ type: name, inputs }) => {
      const values = inputs as Properties;
      return [...schemaProblems(resourceSchema(name)!, values), ...rules[name]!(values)];
    });
    expect(own).toHaveLength(10);
    expect(refused).toEqual([]);
  });
});
