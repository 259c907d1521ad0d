import { describe, expect, it } from "@jest/globals";
import { MediaBucket, type MediaBucketArgs } from "../../components/media-bucket.ts";
import { PostgresInstance } from "../../components/postgres-instance.ts";
import { bucketArgs } from "../support/bucket-arguments.ts";
import { instanceArgs, labels } from "../support/database-components.ts";
import { type Recording, recordProgram } from "../support/pulumi-mocks.ts";

const member = "serviceAccount:service@music-project.iam.gserviceaccount.com";

const key = "projects/music-project/locations/us-central1/keyRings/loist-music-library-keys/cryptoKeys/library";

/** The bucket with the key that its instance has. */
async function recordEncrypted(encryptionKey: string): Promise<Recording> {
  return recordProgram(() => {
    const instance = new PostgresInstance("instance", instanceArgs({ encryptionKey }));
    new MediaBucket("media", bucketArgs({ instance }));
  });
}

async function record(overrides: Partial<MediaBucketArgs> = {}): Promise<Recording> {
  return recordProgram(() => {
    new MediaBucket("media", bucketArgs(overrides), { protect: true });
  });
}

describe("MediaBucket", () => {
  it("tells a topic of new audio, as Cloud Storage's own agent, where that is asked for", async () => {
    const recording = await record({ uploadNotifications: true });

    expect(recording.find("Topic", "media-events-topic").inputs).toEqual({
      name: "loist-music-library-uploads",
      labels,
    });
    expect(recording.find("TopicIAMMember", "media-events-publisher").inputs).toEqual({
      topic: "loist-music-library-uploads",
      role: "roles/pubsub.publisher",
      member: "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com",
    });
    const notification = recording.find("Notification", "media-events-uploads");
    expect(notification.inputs).toEqual({
      bucket: "loist-music-library-audio-dev",
      topic: "projects/music-project/topics/loist-music-library-uploads",
      payloadFormat: "JSON_API_V1",
      eventTypes: ["OBJECT_FINALIZE"],
      objectNamePrefix: "audio/",
    });
    expect(notification.dependsOn).toContain("media-events-publisher");
    expect(notification.protect).toBe(false);
    expect((await record()).ofType("Topic")).toEqual([]);
  });

  it("logs every request into a closed bucket of its own, where that is asked for", async () => {
    const recording = await record({ bucketAccessLogs: true });
    const logs = recording.find("Bucket", "media-access-logs-bucket");

    expect(recording.find("Bucket", "media-bucket").inputs.logging).toEqual({
      logBucket: "loist-music-library-audio-dev-logs",
    });
    expect(logs.inputs).toMatchObject({
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      lifecycleRules: [{ action: { type: "Delete" }, condition: { age: 90 } }],
    });
    expect(logs.protect).toBe(true);
    expect(recording.find("BucketIAMMember", "media-access-logs-writer").inputs).toEqual({
      bucket: "loist-music-library-audio-dev-logs",
      role: "roles/storage.objectCreator",
      member: "group:cloud-storage-analytics@google.com",
    });
    expect(recording.find("Bucket", "media-bucket").dependsOn).toContain("media-access-logs-writer");
  });

  it("encrypts with the instance's key once Cloud Storage may use it, and is the same otherwise", async () => {
    const recording = await recordEncrypted("own");
    const bucket = recording.find("Bucket", "media-bucket");
    const plain = (await recordEncrypted("")).find("Bucket", "media-bucket");

    expect(bucket.inputs).toEqual({ ...plain.inputs, encryption: { defaultKmsKeyName: key } });
    expect(bucket.dependsOn).toContain("instance-encryption-storage");
    expect(plain.dependsOn).toEqual([]);
  });

  it("leaves moving to Google with autoclass", async () => {
    const { inputs } = (await record({ autoclassEnabled: true, nearlineAfterDays: 0 })).find("Bucket", "media-bucket");

    expect(inputs.autoclass).toEqual({ enabled: true, terminalStorageClass: "ARCHIVE" });
    expect(JSON.stringify(inputs.lifecycleRules)).not.toContain("SetStorageClass");
  });

  it("asks for exactly what its arguments say: versions instead of soft delete, nothing public", async () => {
    const bucket = (await record()).find("Bucket", "media-bucket");

    expect(bucket.inputs).toEqual({
      name: "loist-music-library-audio-dev",
      location: "us-central1",
      storageClass: "STANDARD",
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: 0 },
      lifecycleRules: [
        { action: { type: "Delete" }, condition: { age: 1, withState: "LIVE", matchesPrefixes: ["temp/"] } },
        {
          action: { type: "Delete" },
          condition: {
            daysSinceNoncurrentTime: 0,
            sendDaysSinceNoncurrentTimeIfZero: true,
            withState: "ARCHIVED",
            matchesPrefixes: ["temp/"],
          },
        },
        { action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: 30, withState: "ARCHIVED" } },
        { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 1 } },
        {
          action: { type: "SetStorageClass", storageClass: "NEARLINE" },
          condition: { age: 30, withState: "LIVE", matchesPrefixes: ["audio/"] },
        },
        {
          action: { type: "Delete" },
          condition: { age: 90, withState: "LIVE", matchesPrefixes: ["audio/drafts/"] },
        },
      ],
      cors: [
        {
          origins: ["https://music.example.org"],
          methods: ["GET", "HEAD", "PUT"],
          responseHeaders: ["Content-Type", "Range"],
          maxAgeSeconds: 600,
        },
      ],
      forceDestroy: false,
      labels,
    });
    expect(bucket).toMatchObject({ parent: "media", protect: true });
  });

  it("lets its one member use objects and nothing else", async () => {
    const recording = await record();

    expect(recording.ofType("BucketIAMMember").map(({ inputs }) => inputs)).toEqual([
      { bucket: "loist-music-library-audio-dev", role: "roles/storage.objectUser", member },
    ]);
  });

  it("refuses rules that would match too much before it registers anything", async () => {
    await expect(record({ prefixes: { audio: "audio/", temp: "temp" } })).rejects.toThrow(
      'tempPrefix "temp": is no folder (temp)',
    );
  });
});
