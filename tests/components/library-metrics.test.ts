import { describe, expect, it } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import type { Contract } from "../../client/contract.ts";
import { HOURLY_LISTING_UP_TO } from "../../components/bucket-listing.ts";
import { LibraryMetrics, type LibraryMetricsArgs } from "../../components/library-metrics.ts";
import { metricDeclarations } from "../../components/metric-descriptors.ts";
import { exampleContract } from "../client/contract-example.ts";
import { labels, names } from "../support/database-components.ts";
import { type Recording, recordProgram } from "../support/pulumi-mocks.ts";

const image = `example.org/tracks@sha256:${"a".repeat(64)}`;
const email = "music-library-metrics@music-project.iam.gserviceaccount.com";
const contract: Contract = exampleContract();

async function record(overrides: Partial<LibraryMetricsArgs> = {}): Promise<Recording> {
  return recordProgram(() => {
    new LibraryMetrics("metrics", {
      project: "music-project",
      region: "us-central1",
      names,
      serviceImage: image,
      contract: pulumi.output(contract),
      bucket: { bucketName: "music-audio" },
      managementEndpoint: "",
      labels,
      ...overrides,
    });
  });
}

describe("LibraryMetrics", () => {
  it("declares every metric with its labels", async () => {
    const recording = await record();
    const types = recording.ofType("MetricDescriptor").map(({ inputs }) => inputs.type);

    expect(types.toSorted()).toEqual(metricDeclarations.map(({ type }) => type).toSorted());
    expect(recording.find("MetricDescriptor", "metrics-bucket-bytes").inputs).toEqual({
      type: "custom.googleapis.com/music_library/bucket/bytes",
      displayName: "Bytes by prefix",
      description: "Bytes in the bucket below a prefix.",
      metricKind: "GAUGE",
      valueType: "INT64",
      unit: "By",
      labels: [
        { key: "prefix", description: "folder with its slash, or other", valueType: "STRING" },
        {
          key: "version",
          description: "live, or noncurrent: deleted or overwritten, and billed all the same",
          valueType: "STRING",
        },
      ],
    });
    expect(recording.find("MetricDescriptor", "metrics-pooler-waiting").inputs).not.toHaveProperty("labels");
  });

  it("gives the job's account the list of the bucket, the state of backups and metrics, and nothing else", async () => {
    const recording = await record();
    const member = `serviceAccount:${email}`;

    expect(recording.find("IAMCustomRole", "metrics-writer").inputs.permissions).toEqual([
      ...["cloudsql.backupRuns.list", "cloudsql.instances.get"],
      ...["monitoring.timeSeries.create", "monitoring.timeSeries.list"],
    ]);
    const granted = recording.resources.filter(({ inputs }) => inputs.member !== undefined);
    const role = "projects/music-project/roles/musicLibraryMetricsWriter";
    expect(Object.fromEntries(granted.map(({ name, inputs }) => [name, inputs]))).toEqual({
      "metrics-writes": { project: "music-project", role, member },
      "metrics-lists": { bucket: "music-audio", role: "roles/storage.legacyBucketReader", member },
      "metrics-starts": {
        ...{ name: "loist-music-library-metrics", location: "us-central1" },
        ...{ role: "roles/run.invoker", member },
      },
    });
  });

  it("runs the application's image under that account, after its rights and its metrics", async () => {
    const recording = await record();
    const job = recording.find("gcp:cloudrunv2/job:Job", "metrics-job");

    expect(job.inputs).toEqual({
      name: "loist-music-library-metrics",
      location: "us-central1",
      deletionProtection: false,
      labels,
      template: {
        labels,
        taskCount: 1,
        template: {
          serviceAccount: email,
          timeout: "3300s",
          maxRetries: 1,
          containers: [
            {
              name: "metrics",
              image,
              commands: ["node"],
              args: ["service/metrics-job.ts"],
              workingDir: "/app",
              envs: [
                { name: "MUSIC_LIBRARY_CONTRACT", value: JSON.stringify(contract) },
                { name: "HOURLY_LISTING_UP_TO", value: String(HOURLY_LISTING_UP_TO) },
              ],
              resources: { limits: { cpu: "1", memory: "512Mi" } },
            },
          ],
        },
      },
    });
    expect(job.dependsOn).toEqual(expect.arrayContaining(["metrics-writes", "metrics-lists", "metrics-backup-age"]));
  });

  it("starts it every hour in its own name, once it may", async () => {
    const schedule = (await record()).find("gcp:cloudscheduler/job:Job", "metrics-hourly");

    expect(schedule.inputs).toEqual({
      name: "loist-music-library-metrics",
      region: "us-central1",
      description: "Starts the job that measures bucket and backups.",
      schedule: "7 * * * *",
      timeZone: "Etc/UTC",
      attemptDeadline: "60s",
      retryConfig: { retryCount: 3 },
      httpTarget: {
        httpMethod: "POST",
        uri: "https://run.googleapis.com/v2/projects/music-project/locations/us-central1/jobs/loist-music-library-metrics:run",
        oauthToken: { serviceAccountEmail: email },
      },
    });
    expect(schedule.dependsOn).toContain("metrics-starts");
  });

  it("calls the local cloud where that answers for Google", async () => {
    const recording = await record({ managementEndpoint: "http://127.0.0.1:8086" });
    const { inputs } = recording.find("gcp:cloudscheduler/job:Job", "metrics-hourly");

    expect(JSON.stringify(inputs.httpTarget)).toContain('"uri":"http://127.0.0.1:8086/v2/projects/music-project/');
  });

  it("has account, rights and metrics before there is an image, and neither job nor schedule", async () => {
    const recording = await record({ serviceImage: "" });

    expect(recording.ofType("MetricDescriptor")).toHaveLength(metricDeclarations.length);
    expect(recording.ofType("IAMMember")).toHaveLength(1);
    expect(recording.resources.filter(({ type }) => /\/job:|jobIamMember/.test(type))).toEqual([]);
  });
});
