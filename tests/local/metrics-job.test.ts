// The hourly job for real: its schedule starts it, it measures a bucket and an instance under its own account, and what it
// wrote is what is there. Cloud SQL's answers are a double's; the job against the whole local stack is in stack.test.ts.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { customRoles } from "../../components/identity-matrix.ts";
import { metricDeclarations, metricTypes } from "../../components/metric-descriptors.ts";
import type { Execution } from "../../local/run/jobs.ts";
import { exampleContract } from "../client/contract-example.ts";
import { MetricsCloud, project } from "../support/metrics-cloud.ts";

const account = `music-library-metrics@${project}.iam.gserviceaccount.com`;
const member = `serviceAccount:${account}`;
const bucket = "loist-music-library-audio-local";
const jobName = "loist-music-library-metrics";
const jobPath = `projects/${project}/locations/us-central1/jobs/${jobName}`;
const hourMs = 3_600_000;

const cloud = new MetricsCloud();
const sql = { backups: [] as object[], recovery: true };

/** The instance of Cloud SQL, as far as the job asks. */
function answerForCloudSql(): void {
  const instance = "/v1/projects/:project/instances/loist-music-library-db";
  cloud.management.get(instance, () => ({
    createTime: "2026-01-01T00:00:00Z",
    settings: { backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true } },
  }));
  cloud.management.get(`${instance}/backupRuns`, () => ({ kind: "sql#backupRunsList", items: sql.backups }));
  cloud.management.get(`${instance}/getLatestRecoveryTime`, (_request, reply) =>
    sql.recovery
      ? { kind: "sql#getLatestRecoveryTime", latestRecoveryTime: new Date(Date.now() - 90_000).toISOString() }
      : reply.code(400).send({ error: { code: 400, message: "no logs yet" } }),
  );
}

async function declareStack(): Promise<void> {
  await cloud.declare("gcp:serviceaccount/account:Account", { accountId: "music-library-metrics" });
  const { title, permissions } = customRoles.metricsWriter;
  const role = `projects/${project}/roles/musicLibraryMetricsWriter`;
  const roleInputs = { roleId: "musicLibraryMetricsWriter", title, permissions: [...permissions] };
  await cloud.declare("gcp:projects/iAMCustomRole:IAMCustomRole", roleInputs);
  await cloud.declare("gcp:projects/iAMMember:IAMMember", { project, role, member });
  for (const { type, valueType, unit, labels } of metricDeclarations) {
    const keys = Object.keys(labels).map((key) => ({ key }));
    await cloud.declare("gcp:monitoring/metricDescriptor:MetricDescriptor", {
      ...{ type, valueType, unit, metricKind: "GAUGE", labels: keys },
    });
  }
  await cloud.declare("gcp:storage/bucket:Bucket", {
    ...{ name: bucket, location: "us-central1", uniformBucketLevelAccess: true, publicAccessPrevention: "enforced" },
    ...{ versioning: { enabled: true }, softDeletePolicy: { retentionDurationSeconds: 0 } },
  });
  await cloud.declare("gcp:storage/bucketIAMMember:BucketIAMMember", {
    ...{ bucket, role: "roles/storage.legacyBucketReader", member },
  });
}

async function declareJob(hourlyListingUpTo: number): Promise<void> {
  const contract = exampleContract();
  const endpoints = { ...contract.endpoints, storage: cloud.storage.endpoint, management: cloud.endpoint };
  await cloud.declare("gcp:cloudrunv2/job:Job", {
    ...{ name: jobName, location: "us-central1", deletionProtection: false },
    template: {
      template: {
        ...{ serviceAccount: account, timeout: "60s", maxRetries: 1 },
        containers: [
          {
            ...{ name: "metrics", image: "local", commands: ["node"], args: ["service/metrics-job.ts"] },
            workingDir: "/app",
            envs: [
              { name: "MUSIC_LIBRARY_CONTRACT", value: JSON.stringify({ ...contract, endpoints }) },
              { name: "HOURLY_LISTING_UP_TO", value: String(hourlyListingUpTo) },
            ],
          },
        ],
      },
    },
  });
}

/** Runs the schedule and waits for the execution that it started. */
async function runOnce(): Promise<Execution> {
  // Google takes a value of a series every five seconds.
  const last = Math.max(0, ...cloud.series.all().map(({ points }) => points.at(-1)?.at ?? 0));
  await sleep(Math.max(0, last + 5_100 - Date.now()));
  const id = `projects/${project}/locations/us-central1/jobs/${jobName}`;
  const schedule = cloud.store.get("gcp:cloudscheduler/job:Job", id);
  expect(await cloud.schedules.call(id, schedule!.inputs)).toMatchObject({ status: 200 });
  for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
    await sleep(50);
    const [newest] = cloud.jobs.of(id);
    if (newest?.completionTime !== undefined) return newest;
  }
  throw new Error("the execution did not end");
}

beforeAll(async () => {
  answerForCloudSql();
  await cloud.start();
  await declareStack();
  await declareJob(100_000);
  await cloud.declare("gcp:cloudrunv2/jobIamMember:JobIamMember", {
    ...{ name: jobName, location: "us-central1", role: "roles/run.invoker", member },
  });
  await cloud.declare("gcp:cloudscheduler/job:Job", {
    ...{ name: jobName, region: "us-central1", schedule: "7 * * * *", timeZone: "Etc/UTC" },
    httpTarget: {
      ...{ httpMethod: "POST", uri: `${cloud.endpoint}/v2/${jobPath}:run` },
      oauthToken: { serviceAccountEmail: account },
    },
  });
  const save = (name: string, bytes: number) =>
    cloud.objects.bucket(bucket).file(name).save(Buffer.alloc(bytes), { resumable: false });
  await save("audio/a/one.mp3", 3_000);
  await save("audio/a/two.mp3", 500);
  await save("audio/a/two.mp3", 700);
  await save("temp/upload", 40);
  await save("template.mp3", 7);
}, 30_000);

afterAll(async () => {
  await cloud.stop();
});

describe("the hourly job", () => {
  it("writes what is in the bucket and how old the way back is, by its schedule and under its own account", async () => {
    const ended = new Date(Date.now() - 12 * hourMs).toISOString();
    sql.backups = [
      { status: "FAILED", endTime: new Date().toISOString() },
      { status: "RUNNING" },
      { status: "SUCCESSFUL", endTime: ended },
      { status: "SUCCESSFUL", endTime: "2026-01-02T00:00:00Z" },
    ];
    const source = { project_id: project, location: "us-central1", namespace: "music-library", job: jobName };
    const resource = { type: "generic_task", labels: { ...source, task_id: "0" } };
    for (const [version, value] of [
      ["live", 2_000],
      ["noncurrent", 100],
    ] as const) {
      const metric = { type: metricTypes.bucketBytes, labels: { prefix: "audio/", version } };
      cloud.series.add({ metric, resource, valueType: "INT64" }, { at: Date.now() - 30.5 * 24 * hourMs, value });
    }

    const execution = await runOnce();

    expect(cloud.log(`${jobName}-metrics.log`)).toMatch(/"message":"measured",.*"values":19,"listCalls":1}\n$/);
    expect(execution).toMatchObject({ succeededCount: 1, failedCount: 0, retriedCount: 0 });
    const values = cloud.values();
    expect(values).toEqual({
      "bucket/bytes audio/ live": 3_700,
      "bucket/bytes audio/ noncurrent": 500,
      "bucket/bytes thumbnails/ live": 0,
      "bucket/bytes thumbnails/ noncurrent": 0,
      "bucket/bytes temp/ live": 40,
      "bucket/bytes temp/ noncurrent": 0,
      "bucket/bytes other live": 7,
      "bucket/bytes other noncurrent": 0,
      "bucket/objects audio/ live": 2,
      "bucket/objects audio/ noncurrent": 1,
      "bucket/objects thumbnails/ live": 0,
      "bucket/objects thumbnails/ noncurrent": 0,
      "bucket/objects temp/ live": 1,
      "bucket/objects temp/ noncurrent": 0,
      "bucket/objects other live": 1,
      "bucket/objects other noncurrent": 0,
      "bucket/month_growth audio/": 1,
      "backup/age loist-music-library-db": expect.closeTo(12, 1),
      "recovery_point/age loist-music-library-db": expect.any(Number),
    });
    expect(values["recovery_point/age loist-music-library-db"]).toBeGreaterThan(75);
    expect(values["recovery_point/age loist-music-library-db"]).toBeLessThan(120);
  }, 60_000);

  it("lists a bucket that was too large an hour ago only once a day, and takes an instance without a backup for one that has waited since it is there", async () => {
    await declareJob(2);
    sql.backups = [{ status: "FAILED", endTime: new Date().toISOString() }];
    sql.recovery = false;
    const pointsOf = (type: string) => cloud.series.all().find(({ metric }) => metric.type === type)!.points.length;
    const [listed, aged] = [pointsOf(metricTypes.bucketObjects), pointsOf(metricTypes.backupAge)];

    expect(await runOnce()).toMatchObject({ succeededCount: 1 });

    expect(cloud.log(`${jobName}-metrics.log`)).toMatch(/"values":2,"listCalls":0}\n$/);
    expect([pointsOf(metricTypes.bucketObjects), pointsOf(metricTypes.backupAge)]).toEqual([listed, aged + 1]);
    const values = cloud.values();
    const hours = (Date.now() - Date.parse("2026-01-01T00:00:00Z")) / hourMs;
    expect(values["backup/age loist-music-library-db"]).toBeCloseTo(hours, 0);
    expect(values["recovery_point/age loist-music-library-db"]! / 3600).toBeCloseTo(hours, 0);
    await declareJob(100_000);
  }, 60_000);

  it("writes what it still can where it lost a right, says which, is tried once more and fails", async () => {
    const grant = cloud.store.list("gcp:storage/bucketIAMMember:BucketIAMMember")[0]!;
    cloud.store.remove(grant.type, grant.id);
    const aged = () => cloud.series.all().find(({ metric }) => metric.type === metricTypes.backupAge)!.points.length;
    const before = aged();

    expect(await runOnce()).toMatchObject({ succeededCount: 0, failedCount: 1, retriedCount: 1 });

    expect(aged()).toBeGreaterThan(before);
    const last = cloud.log(`${jobName}-metrics.log`).trimEnd().split("\n").at(-1);
    expect(last).toContain('"severity":"ERROR"');
    expect(last).toContain("storage.objects.list");
    // The second try found written what the first one wrote.
    expect(last).not.toContain("timeSeries");
    cloud.store.put(grant);
  }, 60_000);

  it.each<[who: string, principal: string | undefined, status: number]>([
    ["nobody", undefined, 401],
    ["another account", "serviceAccount:stranger@example.iam.gserviceaccount.com", 403],
  ])("cannot be started by %s", async (_who, principal, status) => {
    await cloud.declare("gcp:serviceaccount/account:Account", { accountId: "stranger" });
    const caller = principal?.replace("example", project);
    expect(await cloud.call("POST", `/v2/${jobPath}:run`, caller)).toMatchObject({ status });
    expect(await cloud.call("POST", `/v1/${jobPath}:run`, caller)).toMatchObject({ status });
  });
});
