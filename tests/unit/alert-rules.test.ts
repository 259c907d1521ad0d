import { describe, expect, it } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { policyCondition, policyStrategy, policyText } from "../../components/alert-conditions.ts";
import {
  type AlertRule,
  type AlertTarget,
  alertThresholds,
  metricFilter,
  promqlMetric,
} from "../../components/alert-rule.ts";
import { alertRules } from "../../components/alert-rules.ts";
import { dashboardLayout } from "../../components/dashboard.ts";
import { metricDeclarations } from "../../components/metric-descriptors.ts";
import { alertPolicyProblems } from "../../local/resources/alert-policy-rules.ts";
import type { Properties } from "../../local/store.ts";

const target: AlertTarget = {
  project: "music-project",
  names: { instance: "music-db", bucket: "music-audio", service: "music-tracks", metricsJob: "music-metrics" },
  maxConnections: 120,
  diskAutoresizeLimitGb: 100,
  queryInsightsEnabled: true,
  serviceImage: "music/tracks",
  pointInTimeRecoveryEnabled: true,
  replicas: ["music-db-replica"],
  uptimeCheckId: "music-tracks-abc",
};
const rules = alertRules(target);
const named = rules.map((rule) => [rule.name, rule] as const);

function rule(name: string, about: Partial<AlertTarget> = {}): AlertRule {
  const found = alertRules({ ...target, ...about }).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no rule ${name}`);
  return found;
}

/** The policy of a rule, its outputs waited for. */
async function policyOf(subject: AlertRule): Promise<Properties> {
  const policy = pulumi.output({
    combiner: "OR",
    severity: subject.severity,
    conditions: [policyCondition(subject)],
    alertStrategy: policyStrategy(subject),
    documentation: { content: policyText(subject) },
  });
  return new Promise((resolve) => void policy.apply((values) => resolve(values as Properties)));
}

describe("the table of alerts", () => {
  it("has these alerts, each once", () => {
    expect(rules.map(({ name }) => name)).toEqual([
      "database-up",
      "backup-failed",
      "connections",
      "cpu",
      "memory",
      "disk-used",
      "disk-days-left",
      "metrics-silent",
      "backup-missed",
      "recovery-point",
      "transaction-ids",
      "deadlocks",
      "query-latency",
      "slow-queries",
      "replication-lag",
      "service-uptime",
      "service-errors",
      "signature-quota",
      "pooler-waiting",
      "pooler-wait",
      "bucket-errors",
      "bucket-denials",
      "bucket-bytes",
      "audio-bytes",
      "thumbnails-bytes",
      "temp-bytes",
      "bucket-growth",
      "log-volume",
      "configuration-change",
    ]);
    expect(new Set(rules.map(({ title }) => title)).size).toBe(rules.length);
  });

  it.each(named)("%s names its metric or log, its window and its threshold", (_name, { condition }) => {
    if (condition.kind === "log") {
      expect(condition.log).toMatch(/^[a-z.]+\.googleapis\.com\/\w+$/);
      expect(condition.filter).toContain(`log_id("${condition.log}")`);
      return;
    }
    expect(condition.metric).toMatch(/^[a-z]+\.googleapis\.com\/[a-z0-9_/-]+$/);
    expect(condition.windowSeconds).toBeGreaterThanOrEqual(60);
    expect(condition.windowSeconds % 60).toBe(0);
    expect(condition.threshold).toBeGreaterThan(0);
  });

  it.each(named)("%s says when it fires and what to do, in steps", (_name, { fires, response, title }) => {
    expect(title).toMatch(/^[A-Z][^.]+$/);
    expect(fires).toMatch(/^[^.A-Z].*[^.]$|^CPU/);
    expect(response.length).toBeGreaterThanOrEqual(2);
    for (const step of response) expect(step).toMatch(/^(`.*|[A-Z].*)[.?]$/s);
  });

  it.each(named)("%s is a policy that Google's value rules accept", async (_name, subject) => {
    expect(alertPolicyProblems(await policyOf(subject))).toEqual([]);
  });

  it("takes silence for the failure where nothing else would tell", () => {
    const firing = rules.filter(({ condition }) => condition.kind !== "log" && condition.silence === "firing");
    expect(firing.map(({ name }) => name)).toEqual([
      "database-up",
      "metrics-silent",
      "backup-missed",
      "recovery-point",
      "replication-lag",
      "service-uptime",
    ]);
  });

  it("leaves out what cannot be measured: latency without insights, lag without a replica, uptime without a check, a recovery point that is turned off", () => {
    const { project, names, maxConnections, diskAutoresizeLimitGb, serviceImage } = target;
    const least = {
      ...{ project, names, maxConnections, diskAutoresizeLimitGb, serviceImage },
      ...{ queryInsightsEnabled: false, pointInTimeRecoveryEnabled: false, replicas: [] },
    };
    const fewer = alertRules(least).map(({ name }) => name);
    const missing = rules.map(({ name }) => name).filter((name) => !fewer.includes(name));
    expect(missing).toEqual(["recovery-point", "query-latency", "replication-lag", "service-uptime"]);
  });

  it("has nothing on what the application measures before there is one", () => {
    const without = alertRules({ ...target, serviceImage: "" });
    const own = rules.filter((one) => !without.some(({ name }) => name === one.name));
    expect(own.map(({ name }) => name)).toEqual([
      ...["metrics-silent", "backup-missed", "recovery-point", "pooler-waiting", "pooler-wait"],
      ...["audio-bytes", "thumbnails-bytes", "temp-bytes", "bucket-growth"],
    ]);
    expect(JSON.stringify(without)).not.toContain("custom.googleapis.com");
  });

  it("reads its own metrics by types and labels that are declared", () => {
    const declared = new Map(metricDeclarations.map(({ type, labels }) => [type, Object.keys(labels)]));
    for (const { condition } of rules) {
      if (condition.kind !== "metric" || !condition.metric.startsWith("custom.")) continue;
      const filter = typeof condition.filter === "string" ? condition.filter : "";
      const labels = [...filter.matchAll(/metric\.labels\.(\w+)/g)].map(([, label = ""]) => label);
      expect(declared.get(condition.metric)).toEqual(expect.arrayContaining(labels));
      expect(filter).toContain('resource.type = "generic_task" AND resource.labels.job = "music-');
    }
  });

  it("has shares between 0 and 1, and limits above 0", () => {
    for (const [name, value] of Object.entries(alertThresholds)) {
      expect({ name, positive: value > 0 }).toEqual({ name, positive: true });
      if (name.endsWith("Share")) expect({ name, share: value < 1 }).toEqual({ name, share: true });
    }
  });
});

describe("single alerts", () => {
  it("count connections against the server's own max_connections", () => {
    expect(rule("connections").condition).toMatchObject({ threshold: 96, comparison: "above", reducer: "REDUCE_SUM" });
    expect(rule("connections", { maxConnections: 25 }).condition).toMatchObject({ threshold: 20 });
  });

  it("reckon the disk against the size where it stops growing", () => {
    expect(rule("disk-used").condition).toMatchObject({ threshold: 91_268_055_040 });
    const series =
      'cloudsql_googleapis_com:database_disk_bytes_used{monitored_resource="cloudsql_database",database_id="music-project:music-db"}';
    expect(policyCondition(rule("disk-days-left")).conditionPrometheusQueryLanguage).toEqual({
      query: `(107374182400 - max(${series})) / (max(delta(${series}[1d])) > 0) < 14`,
      duration: "3600s",
      evaluationInterval: "60s",
      disableMetricValidation: true,
    });
  });

  it("take a job that never ran for one that is silent", () => {
    expect(policyCondition(rule("metrics-silent")).conditionPrometheusQueryLanguage).toMatchObject({
      query:
        '(sum(increase(run_googleapis_com:job_completed_execution_count{monitored_resource="cloud_run_job",job_name="music-metrics",result="succeeded"}[2h])) or vector(0)) < 1',
      duration: "5400s",
    });
  });

  it("compare growth only where a folder is large enough to cost", () => {
    const own = (path: string) =>
      `last_over_time(custom_googleapis_com:music_library_bucket_${path}{monitored_resource="generic_task",job="music-metrics"}[1d])`;
    expect(policyCondition(rule("bucket-growth")).conditionPrometheusQueryLanguage).toMatchObject({
      query: `(max by (prefix) (${own("month_growth")}) and on (prefix) (sum by (prefix) (${own("bytes")}) > 10737418240)) > 0.5`,
    });
  });

  it("compare latency in the metric's microseconds", () => {
    expect(policyCondition(rule("query-latency")).conditionThreshold).toEqual({
      filter:
        'metric.type = "cloudsql.googleapis.com/database/postgresql/insights/aggregate/latencies" AND ' +
        'resource.type = "cloudsql_instance_database" AND resource.labels.resource_id = "music-project:music-db"',
      aggregations: [
        { alignmentPeriod: "300s", perSeriesAligner: "ALIGN_DELTA", crossSeriesReducer: "REDUCE_PERCENTILE_95" },
      ],
      comparison: "COMPARISON_GT",
      thresholdValue: 200_000,
      duration: "600s",
      evaluationMissingData: "EVALUATION_MISSING_DATA_INACTIVE",
    });
  });

  it("watch each replica by its name", () => {
    const lag = rule("replication-lag", { replicas: ["a", "b"] }).condition;
    expect(lag).toMatchObject({
      filter: expect.stringContaining('database_id = one_of("music-project:a", "music-project:b")'),
    });
  });

  it("fire on a backup that failed, was tried in vain or skipped, and on no other", () => {
    const { condition } = rule("backup-failed");
    if (condition.kind !== "log") throw new Error("is no condition on a log");
    expect([...condition.filter.matchAll(/"STATUS_(\w+)"/g)].map(([, status]) => status)).toEqual([
      "FAILED",
      "ATTEMPT_FAILED",
      "SKIPPED",
    ]);
  });

  it.each([
    ["cloudsql.instances.update", true],
    ["cloudsql.users.create", true],
    ["cloudsql.sslCerts.createEphemeral", false],
    ["cloudsql.instances.connect", false],
    ["storage.buckets.update", true],
    ["storage.setIamPermissions", true],
    ["storage.objects.create", false],
  ])("call %s a change of the configuration: %s", (method, change) => {
    const { condition } = rule("configuration-change");
    if (condition.kind !== "log") throw new Error("is no condition on a log");
    const patterns = [...condition.filter.matchAll(/methodName =~ "([^"]+)"/g)].map(([, pattern = ""]) => pattern);
    expect(patterns.some((pattern) => new RegExp(pattern).test(method))).toBe(change);
    expect(patterns).toHaveLength(2);
  });
});

describe("names of metrics", () => {
  it("quotes labels in a filter, and joins alternatives", () => {
    expect(
      metricFilter("a.googleapis.com/b", "thing", { "metric.labels.x": 'say "y"', "metric.labels.z": ["1", "2"] }),
    ).toBe(
      'metric.type = "a.googleapis.com/b" AND resource.type = "thing" AND metric.labels.x = "say \\"y\\"" AND metric.labels.z = one_of("1", "2")',
    );
  });

  it("are PromQL's: the first slash a colon, the rest underscores", () => {
    expect(promqlMetric("logging.googleapis.com/user/music-db-slow-queries")).toBe(
      "logging_googleapis_com:user_music_db_slow_queries",
    );
  });
});

describe("the dashboard", () => {
  const layout = dashboardLayout({ rules, policyNames: ["projects/p/alertPolicies/1"], environment: "prod" });
  const { columns, tiles } = layout.mosaicLayout;

  it("has the incidents on top and a chart with its threshold for each alert on a metric", () => {
    const measured = rules.filter(({ condition }) => condition.kind !== "log");
    expect(tiles.map(({ widget }) => widget.title)).toEqual(["Incidents", ...measured.map(({ title }) => title)]);
    expect(tiles[3]).toMatchObject({
      widget: {
        title: "CPU is busy",
        xyChart: {
          thresholds: [{ value: alertThresholds.cpuShare }],
          dataSets: [{ timeSeriesQuery: { timeSeriesFilter: { aggregation: { perSeriesAligner: "ALIGN_MEAN" } } } }],
        },
      },
    });
    expect(JSON.stringify(tiles)).toContain('"prometheusQuery"');
  });

  it("fills the grid without overlap, and leaves out positions of 0, which Google would", () => {
    const cells = new Set<string>();
    for (const tile of tiles as { width: number; height: number; xPos?: number; yPos?: number }[]) {
      const { width, height, xPos = 0, yPos = 0 } = tile;
      expect(xPos + width).toBeLessThanOrEqual(columns);
      for (let x = xPos; x < xPos + width; x += 1) {
        for (let y = yPos; y < yPos + height; y += 1) {
          expect(cells.has(`${x},${y}`)).toBe(false);
          cells.add(`${x},${y}`);
        }
      }
    }
    expect(JSON.stringify(tiles)).not.toMatch(/"[xy]Pos":0/);
  });
});
