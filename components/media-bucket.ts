import * as gcp from "@pulumi/gcp/storage/index.js";
import * as pulumi from "@pulumi/pulumi";
import { AccessLogBucket, type AccessLogBucketArgs } from "./access-log-bucket.ts";
import { type CorsArgs, corsRule } from "./cors-rule.ts";
import { type LifecycleArgs, lifecycleRules } from "./lifecycle-rules.ts";
import type { PostgresInstance } from "./postgres-instance.ts";
import { UploadNotifications, type UploadNotificationsArgs } from "./upload-notifications.ts";

export interface MediaBucketArgs extends Omit<LifecycleArgs, "tempPrefix" | "audioPrefix">, CorsArgs {
  /** Name, unique in the whole world. A change replaces the bucket. */
  names: { bucket: string } & AccessLogBucketArgs["names"] & UploadNotificationsArgs["names"];
  /** Folders, each with its slash. */
  prefixes: { audio: string; temp: string };
  /** Region, that of the instance. A change replaces the bucket. */
  bucketLocation: string;
  /** Whether Google moves each object by its reads; lifecycle rules then move none. */
  autoclassEnabled: boolean;
  /** Whether a topic is told of new audio. */
  uploadNotifications: boolean;
  /** Whether every request is logged, in a bucket of its own. */
  bucketAccessLogs: boolean;
  /** Its key, if it has one, encrypts what is written from now on; what is there keeps the key it was written with. */
  instance: Pick<PostgresInstance, "encryption">;
  /** Deletes all objects and versions with the bucket. */
  bucketForceDestroy: boolean;
  /** Member that may read, write and delete objects, as `serviceAccount:...`. */
  objectUser: pulumi.Input<string>;
  labels: Record<string, string>;
}

/**
 * The bucket for audio, thumbnails and uploads under way. Nothing in it can be public, a deleted object can be brought back
 * for `noncurrentRetentionDays`, and what stays in the temporary folder stops costing. Writes no objects.
 */
export class MediaBucket extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  /** Number of the Google project, which Google tells with every bucket. */
  readonly projectNumber: pulumi.Output<string>;

  constructor(name: string, args: MediaBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    const rules = lifecycleRules({ ...args, tempPrefix: args.prefixes.temp, audioPrefix: args.prefixes.audio });
    super("music-library:storage:MediaBucket", name, {}, opts);
    const { encryption } = args.instance;
    const logs = args.bucketAccessLogs ? new AccessLogBucket(`${name}-access-logs`, args, { parent: this }) : undefined;
    const bucket = new gcp.Bucket(
      `${name}-bucket`,
      {
        name: args.names.bucket,
        location: args.bucketLocation,
        storageClass: "STANDARD",
        uniformBucketLevelAccess: true,
        publicAccessPrevention: "enforced",
        versioning: { enabled: true },
        // Versions are the way back; soft delete on top would bill every temporary object for another seven days.
        softDeletePolicy: { retentionDurationSeconds: 0 },
        lifecycleRules: rules,
        cors: [corsRule(args)],
        ...(args.autoclassEnabled ? { autoclass: { enabled: true, terminalStorageClass: "ARCHIVE" } } : {}),
        ...(logs === undefined ? {} : { logging: { logBucket: logs.bucketName } }),
        ...(encryption === undefined ? {} : { encryption: { defaultKmsKeyName: encryption.keyName } }),
        forceDestroy: args.bucketForceDestroy,
        labels: args.labels,
      },
      { parent: this, ...(encryption === undefined ? {} : { dependsOn: encryption.ready.storage }) },
    );
    new gcp.BucketIAMMember(
      `${name}-object-user`,
      { bucket: bucket.name, role: "roles/storage.objectUser", member: args.objectUser },
      // A grant holds no data; protected, it could not change its role.
      { parent: this, protect: false },
    );
    this.bucketName = bucket.name;
    this.projectNumber = bucket.projectNumber.apply(String);
    if (args.uploadNotifications) {
      const { bucketName, projectNumber } = this;
      const audio = { bucketName, projectNumber, audioPrefix: args.prefixes.audio };
      // A topic holds no data: it comes and goes with the switch.
      new UploadNotifications(`${name}-events`, { ...args, ...audio }, { parent: this, protect: false });
    }
    this.registerOutputs({ bucketName: this.bucketName });
  }
}
