// Google's value rules of what watches, without a cloud.
import { describe, expect, it } from "@jest/globals";
import { alertPolicyProblems } from "../../local/resources/alert-policy-rules.ts";
import { metricDescriptorProblems } from "../../local/resources/metric-descriptor.ts";
import { monitoringRules } from "../../local/resources/monitoring-rules.ts";
import { resourceSchema, schemaProblems } from "../../local/provider/schema.ts";
import type { Properties } from "../../local/store.ts";
import { recordStack } from "../support/stack-recording.ts";

const filter = 'metric.type = "a.googleapis.com/b" AND resource.type = "c"';
const threshold: Properties = {
  filter,
  comparison: "COMPARISON_GT",
  thresholdValue: 1,
  duration: "60s",
  evaluationMissingData: "EVALUATION_MISSING_DATA_ACTIVE",
  aggregations: [{ alignmentPeriod: "60s", perSeriesAligner: "ALIGN_MEAN", crossSeriesReducer: "REDUCE_SUM" }],
};
const query: Properties = { query: "up > 1", duration: "60s", evaluationInterval: "30s" };
const logs: Properties = { conditionMatchedLog: { filter: 'log_id("a")' } };

function policy(condition: Properties, rest: Properties = {}): string[] {
  const inputs = { combiner: "OR", severity: "ERROR", conditions: [condition], ...rest };
  return alertPolicyProblems(inputs).map(({ property, reason }) => `${property} ${reason}`);
}

describe("the value rules of an alert policy", () => {
  it("take a threshold, a query and a log with its rate", () => {
    expect(policy({ conditionThreshold: threshold })).toEqual([]);
    expect(policy({ conditionPrometheusQueryLanguage: query })).toEqual([]);
    expect(policy(logs, { alertStrategy: { autoClose: "1800s", notificationRateLimit: { period: "300s" } } })).toEqual(
      [],
    );
  });

  it.each<[string, Properties, RegExp]>([
    ["a filter without a resource", { filter: 'metric.type = "a"' }, /filter has no restriction on resource\.type/],
    [
      "a quote that does not close",
      { filter: `${filter} AND metric.labels.x = "y` },
      /quote or bracket that does not close/,
    ],
    ["an equality", { comparison: "COMPARISON_EQ" }, /comparison is not known \("COMPARISON_EQ"\)/],
    [
      "a duration in parts of a minute",
      { duration: "90s" },
      /duration is no duration here \("90s"\); expected a multiple of 60s/,
    ],
    ["a duration of a day", { duration: "86400s" }, /duration is no duration here \("86400s"\)/],
    ["a duration in words", { duration: "5m" }, /duration is no duration here \("5m"\)/],
    ["no duration with missing data", { duration: "0s" }, /too short for evaluationMissingData \(0s\)/],
    ["an unknown missing data", { evaluationMissingData: "FIRE" }, /evaluationMissingData is not known/],
    ["half a minute of data", { aggregations: [{ alignmentPeriod: "30s" }] }, /alignmentPeriod is no duration here/],
    [
      "more than 25 hours together",
      { duration: "7200s", aggregations: [{ alignmentPeriod: "86400s", perSeriesAligner: "ALIGN_MEAN" }] },
      /too long with the duration \(93600s\)/,
    ],
    [
      "a reducer of unaligned series",
      { aggregations: [{ alignmentPeriod: "60s", crossSeriesReducer: "REDUCE_SUM" }] },
      /reduces what is not aligned/,
    ],
  ])("refuse a threshold with %s", (_name, changes, expected) => {
    const problems = policy({ conditionThreshold: { ...threshold, ...changes } });
    expect(problems).toEqual([expect.stringMatching(expected)]);
  });

  it.each<[string, Properties, RegExp]>([
    ["nothing in it", { query: "" }, /query is empty/],
    ["a bracket that does not close", { query: "sum(increase(x[1h]) > 1" }, /no PromQL from character 24 on/],
    ["brackets across", { query: "sum(x[1h)]" }, /no PromQL from character 9 on \(sum\(x\[1h>>>\)\]\)/],
    ["half a comparison", { query: "up >" }, /no PromQL from character 5 on/],
    ["a function that PromQL has not", { query: "average(up)" }, /no PromQL/],
    ["another language", { query: "fetch cloudsql_database | every 1m" }, /no PromQL/],
    ["more than 2048 characters", { query: `x${" ".repeat(2048)}` }, /too long \(2049 characters\)/],
    [
      "an interval between half minutes",
      { evaluationInterval: "45s" },
      /evaluationInterval is no duration here \("45s"\)/,
    ],
  ])("refuse a query with %s", (_name, changes, expected) => {
    expect(policy({ conditionPrometheusQueryLanguage: { ...query, ...changes } })).toEqual([
      expect.stringMatching(expected),
    ]);
  });

  it.each<[string, Properties, Properties, RegExp[]]>([
    ["a log without a rate", logs, {}, [/notificationRateLimit is missing/]],
    [
      "a rate without a log",
      { conditionThreshold: threshold },
      { alertStrategy: { notificationRateLimit: { period: "300s" } } },
      [/expected none without a condition on a log/],
    ],
    [
      "a rate of a minute",
      logs,
      { alertStrategy: { notificationRateLimit: { period: "60s" } } },
      [/period is no duration/],
    ],
    [
      "a log among others",
      logs,
      { conditions: [logs, logs], alertStrategy: { notificationRateLimit: { period: "300s" } } },
      [/has others beside one on a log \(2\)/],
    ],
    [
      "two kinds at once",
      { ...logs, conditionThreshold: threshold },
      {},
      [/has not one kind/, /rateLimit is missing/i],
    ],
    ["no condition", {}, { conditions: [] }, [/has a number that is refused \(0\)/]],
    [
      "an early end",
      { conditionThreshold: threshold },
      { alertStrategy: { autoClose: "60s" } },
      [/autoClose is no duration/],
    ],
    ["an unknown severity", { conditionThreshold: threshold }, { severity: "PANIC" }, [/severity is not known/]],
    ["an unknown combiner", { conditionThreshold: threshold }, { combiner: "XOR" }, [/combiner is not known/]],
    [
      "a novel for a text",
      { conditionThreshold: threshold },
      { documentation: { content: "é".repeat(5121) } },
      [/content is too long \(10242 bytes\)/],
    ],
    [
      "a label in capitals",
      { conditionThreshold: threshold },
      { userLabels: { Team: "music" } },
      [/label that is refused/],
    ],
  ])("refuse %s", (_name, condition, rest, expected) => {
    expect(policy(condition, rest)).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });
});

describe("the value rules of what stands beside policies", () => {
  const check = "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig";
  const channel = "gcp:monitoring/notificationChannel:NotificationChannel";
  const metric = "gcp:logging/metric:Metric";
  const page = "gcp:monitoring/dashboard:Dashboard";
  const budget = "gcp:billing/budget:Budget";
  const board = (tile: Properties): Properties => ({
    dashboardJson: JSON.stringify({ displayName: "x", mosaicLayout: { columns: 48, tiles: [tile] } }),
  });

  it.each<[string, Properties, RegExp]>([
    [check, { period: "120s" }, /period is not known/],
    [check, { timeout: "61s" }, /timeout is no time-out/],
    [check, { httpCheck: { serviceAgentAuthentication: { type: "BASIC" } } }, /type is not known/],
    [channel, { type: "email", labels: { email_address: "on call" } }, /email_address is no e-mail address/],
    [metric, { name: "/slow" }, /name is no name of a metric/],
    [metric, { name: "slow", metricDescriptor: { metricKind: "GAUGE" } }, /metricKind is not known/],
    [page, { dashboardJson: "{" }, /dashboardJson is no dashboard/],
    [page, board({ xPos: 30, width: 24 }), /reaches out of the grid \(54\)/],
    [page, board({ xPos: 0, width: 24 }), /xPos is a default that Google leaves out/],
    [budget, { billingAccount: "billingAccounts/012345" }, /is no billing account/],
    [budget, { budgetFilter: { projects: ["projects/loist-music-library"] } }, /is not by number/],
    [budget, { thresholdRules: [{ thresholdPercent: 1, spendBasis: "SPENT" }] }, /spendBasis is not known/],
  ])("refuse of %s %j", (type, inputs, expected) => {
    const problems = monitoringRules[type]!(inputs).map(({ property, reason }) => `${property} ${reason}`);
    expect(problems).toEqual([expect.stringMatching(expected)]);
  });
});

const others: typeof monitoringRules = {
  "gcp:monitoring/alertPolicy:AlertPolicy": alertPolicyProblems,
  "gcp:monitoring/metricDescriptor:MetricDescriptor": metricDescriptorProblems,
};

describe.each(["dev", "prod", "local"])("stack %s", (stack) => {
  it("declares nothing to watch that schema or value rules refuse", async () => {
    const overrides = { "music-library:billingAccount": "012345-6789AB-CDEF01" };
    const { resources } = await recordStack(stack, overrides);
    const watching = resources.filter(({ type }) => /^gcp:(monitoring|logging|billing)\//.test(type));
    const refused = watching.flatMap(({ type, name, inputs }) => {
      const rules = { ...monitoringRules, ...others }[type]!;
      const values = inputs as Properties;
      return [...schemaProblems(resourceSchema(type)!, values), ...rules(values)].map((problem) => ({ name, problem }));
    });

    expect(watching.length).toBeGreaterThan(20);
    expect(refused).toEqual([]);
  });
});
