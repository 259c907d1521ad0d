import { describe, expect, it } from "@jest/globals";
import { Alerts, type AlertsArgs } from "../../components/alerts.ts";
import { MetricDescriptor } from "@pulumi/gcp/monitoring/index.js";
import { serviceAddress } from "../../components/service-uptime.ts";
import { labels, names } from "../support/database-components.ts";
import { type Recording, recordProgram } from "../support/pulumi-mocks.ts";

async function record(overrides: Partial<AlertsArgs> = {}): Promise<Recording> {
  return recordProgram(() => {
    const args: AlertsArgs = {
      project: "music-project",
      bucket: { projectNumber: "123456789012" },
      region: "us-central1",
      environment: "dev",
      names,
      maxConnections: 100,
      diskAutoresizeLimitGb: 100,
      queryInsightsEnabled: true,
      pointInTimeRecoveryEnabled: true,
      serviceImage: "example.org/tracks:1",
      metrics: { descriptors: [descriptor()] },
      replicas: [],
      alertEmails: ["oncall@music.example", "lead@music.example"],
      serviceUri: "https://tracks-abcdefghij-uc.a.run.app",
      serviceMinInstances: 1,
      billingAccount: "",
      monthlyBudgetUsd: 150,
      labels,
      ...overrides,
    };
    new Alerts("alerts", args);
  });
}

function descriptor(): MetricDescriptor {
  const type = "custom.googleapis.com/music_library/backup/age";
  return new MetricDescriptor("own-metric", { type, metricKind: "GAUGE", valueType: "DOUBLE" });
}

const channels = ["oncall@music.example", "lead@music.example"].map(
  (email) => `projects/music-project/notificationChannels/alerts-channel-${email}`,
);

describe("Alerts", () => {
  it("makes one channel an address, and tells every channel of every policy", async () => {
    const recording = await record();
    const policies = recording.ofType("AlertPolicy");

    expect(recording.ofType("NotificationChannel").map(({ inputs }) => inputs)).toEqual([
      {
        type: "email",
        displayName: "Music library (dev): oncall@music.example",
        labels: { email_address: "oncall@music.example" },
        userLabels: labels,
      },
      {
        type: "email",
        displayName: "Music library (dev): lead@music.example",
        labels: { email_address: "lead@music.example" },
        userLabels: labels,
      },
    ]);
    expect(policies).toHaveLength(28);
    expect(
      policies.filter(({ inputs }) => JSON.stringify(inputs.notificationChannels) !== JSON.stringify(channels)),
    ).toEqual([]);
  });

  it("asks for exactly what a rule says", async () => {
    const policy = (await record()).find("AlertPolicy", "alerts-connections");

    expect(policy.inputs).toEqual({
      displayName: "Connections run out (dev)",
      severity: "CRITICAL",
      combiner: "OR",
      conditions: [
        {
          displayName: "more than 80 of 100 connections (80 %) for 5 minutes",
          conditionThreshold: {
            filter:
              'metric.type = "cloudsql.googleapis.com/database/postgresql/num_backends" AND ' +
              'resource.type = "cloudsql_database" AND resource.labels.database_id = "music-project:loist-music-library-db"',
            aggregations: [
              { alignmentPeriod: "60s", perSeriesAligner: "ALIGN_MEAN", crossSeriesReducer: "REDUCE_SUM" },
            ],
            comparison: "COMPARISON_GT",
            thresholdValue: 80,
            duration: "300s",
            evaluationMissingData: "EVALUATION_MISSING_DATA_INACTIVE",
          },
        },
      ],
      alertStrategy: { autoClose: "86400s" },
      documentation: {
        content: expect.stringMatching(/^Fires when: more than 80 .*\.\n\n1\. Who holds them: .*\n2\. .*\n3\. /s),
        mimeType: "text/markdown",
      },
      notificationChannels: channels,
      userLabels: labels,
    });
    expect(policy).toMatchObject({ parent: "alerts", protect: false });
  });

  it("limits how often a log entry tells, and names who made a change", async () => {
    const { inputs } = (await record()).find("AlertPolicy", "alerts-configuration-change");

    expect(inputs).toMatchObject({
      alertStrategy: { autoClose: "86400s", notificationRateLimit: { period: "3600s" } },
      conditions: [
        {
          conditionMatchedLog: {
            labelExtractors: { principal: "EXTRACT(protoPayload.authenticationInfo.principalEmail)" },
          },
        },
      ],
    });
  });

  it("counts slow statements from the server's log, before the policy that reads the count", async () => {
    const recording = await record();

    expect(recording.find("gcp:logging/metric:Metric", "alerts-slow-query-count").inputs).toEqual({
      name: "loist-music-library-db-slow-queries",
      description: "Statements that took longer than the flag log_min_duration_statement.",
      filter:
        'resource.type = "cloudsql_database" AND resource.labels.database_id = "music-project:loist-music-library-db" AND ' +
        'log_id("cloudsql.googleapis.com/postgres.log") AND textPayload =~ "duration: [0-9.]+ ms"',
      metricDescriptor: { metricKind: "DELTA", valueType: "INT64", unit: "1" },
    });
    expect(recording.find("AlertPolicy", "alerts-slow-queries").dependsOn).toContain("alerts-slow-query-count");
  });

  it("puts policies after the metrics of the library's own that they read, and no others", async () => {
    const policies = (await record()).ofType("AlertPolicy");
    const after = policies.filter(({ dependsOn }) => dependsOn.includes("own-metric"));
    const reading = policies.filter(({ inputs }) => JSON.stringify(inputs.conditions).includes("custom"));

    expect(after.map(({ name }) => name)).toEqual(reading.map(({ name }) => name));
    expect(after.map(({ name }) => name)).toContain("alerts-backup-missed");
    expect(after.map(({ name }) => name)).not.toContain("alerts-slow-queries");
  });

  it("lists its policies' incidents on the dashboard", async () => {
    const recording = await record();
    const [page] = recording.ofType("gcp:monitoring/dashboard:Dashboard");
    const text = String(page?.inputs.dashboardJson);

    for (const { name } of recording.ofType("AlertPolicy")) {
      expect(text).toContain(`"projects/music-project/alertPolicies/${name}"`);
    }
    expect(JSON.parse(text)).toMatchObject({ displayName: "Music library (dev)" });
  });
});

describe("the uptime check", () => {
  it("asks /ready as Google's agent, which may call this service and nothing else", async () => {
    const recording = await record();

    expect(recording.find("UptimeCheckConfig", "alerts-uptime-check").inputs).toEqual({
      displayName: "Music library tracks (dev)",
      monitoredResource: {
        type: "uptime_url",
        labels: { project_id: "music-project", host: "tracks-abcdefghij-uc.a.run.app" },
      },
      httpCheck: {
        path: "/ready",
        port: 443,
        useSsl: true,
        validateSsl: true,
        requestMethod: "GET",
        acceptedResponseStatusCodes: [{ statusClass: "STATUS_CLASS_2XX" }],
        serviceAgentAuthentication: { type: "OIDC_TOKEN" },
      },
      period: "60s",
      timeout: "10s",
      userLabels: labels,
    });
    const grant = recording.find("ServiceIamMember", "alerts-uptime-invoker");
    expect(grant.inputs).toEqual({
      name: "loist-music-library-tracks",
      location: "us-central1",
      role: "roles/run.invoker",
      member: "serviceAccount:service-123456789012@gcp-sa-monitoring-notification.iam.gserviceaccount.com",
    });
    expect(grant.dependsOn).toContain("alerts-uptime-check");
  });

  it("is watched by its id, and is not there where it would keep awake what may sleep", async () => {
    const awake = await record();
    const asleep = await record({ serviceMinInstances: 0 });

    expect(JSON.stringify(awake.find("AlertPolicy", "alerts-service-uptime").inputs)).toContain(
      String.raw`metric.labels.check_id = \"music-library-tracks-abcdefghijk\"`,
    );
    expect(asleep.ofType("UptimeCheckConfig")).toEqual([]);
    expect(asleep.ofType("ServiceIamMember")).toEqual([]);
    expect(asleep.ofType("AlertPolicy").map(({ name }) => name)).not.toContain("alerts-service-uptime");
  });

  it.each([
    ["https://tracks.example", { host: "tracks.example", port: 443, useSsl: true }],
    ["http://127.0.0.1:8080", { host: "127.0.0.1", port: 8080, useSsl: false }],
    ["http://tracks.example", { host: "tracks.example", port: 80, useSsl: false }],
  ])("takes %s apart", (uri, address) => {
    expect(serviceAddress(uri)).toEqual(address);
  });
});

describe("the budget", () => {
  const billingAccount = "012345-6789AB-CDEF01";

  it("is there with a billing account only", async () => {
    expect((await record()).ofType("gcp:billing/budget:Budget")).toEqual([]);
  });

  it("counts the project's costs of a month and tells the channels and the account's administrators", async () => {
    const recording = await record({ billingAccount });

    expect(recording.find("gcp:billing/budget:Budget", "alerts-budget-month").inputs).toEqual({
      billingAccount,
      displayName: "Music library (dev)",
      amount: { specifiedAmount: { currencyCode: "USD", units: "150" } },
      budgetFilter: {
        projects: ["projects/123456789012"],
        calendarPeriod: "MONTH",
        creditTypesTreatment: "INCLUDE_ALL_CREDITS",
      },
      thresholdRules: [
        { thresholdPercent: 0.5, spendBasis: "CURRENT_SPEND" },
        { thresholdPercent: 0.9, spendBasis: "CURRENT_SPEND" },
        { thresholdPercent: 1, spendBasis: "CURRENT_SPEND" },
        { thresholdPercent: 1, spendBasis: "FORECASTED_SPEND" },
      ],
      allUpdatesRule: { monitoringNotificationChannels: channels },
    });
  });

  it("tells the administrators alone where nobody else is named", async () => {
    const recording = await record({ billingAccount, alertEmails: [] });

    expect(recording.find("gcp:billing/budget:Budget", "alerts-budget-month").inputs).not.toHaveProperty(
      "allUpdatesRule",
    );
    expect(recording.find("AlertPolicy", "alerts-cpu").inputs.notificationChannels).toEqual([]);
  });
});
