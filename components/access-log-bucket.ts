import * as gcp from "@pulumi/gcp/storage/index.js";
import * as pulumi from "@pulumi/pulumi";

/** Days that access logs are kept. */
const KEPT_DAYS = 90;

/** Google's group that writes access logs. cloud.google.com/storage/docs/access-logs */
const WRITER = "group:cloud-storage-analytics@google.com";

export interface AccessLogBucketArgs {
  names: {
    /** Name, unique in the whole world. */
    accessLogBucket: string;
  };
  /** Region, that of the bucket whose logs it takes. */
  bucketLocation: string;
  /** Deletes the logs with the bucket. */
  bucketForceDestroy: boolean;
  labels: Record<string, string>;
}

/** Takes the hourly access logs of another bucket and keeps them for three months. Nothing in it can be public. */
export class AccessLogBucket extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;

  constructor(name: string, args: AccessLogBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:storage:AccessLogBucket", name, {}, opts);
    const bucket = new gcp.Bucket(
      `${name}-bucket`,
      {
        name: args.names.accessLogBucket,
        location: args.bucketLocation,
        uniformBucketLevelAccess: true,
        publicAccessPrevention: "enforced",
        softDeletePolicy: { retentionDurationSeconds: 0 },
        lifecycleRules: [{ action: { type: "Delete" }, condition: { age: KEPT_DAYS } }],
        forceDestroy: args.bucketForceDestroy,
        labels: args.labels,
      },
      { parent: this },
    );
    const writer = new gcp.BucketIAMMember(
      `${name}-writer`,
      { bucket: bucket.name, role: "roles/storage.objectCreator", member: WRITER },
      { parent: this, protect: false },
    );
    this.bucketName = pulumi.all([bucket.name, writer.id]).apply(([bucketName]) => bucketName);
    this.registerOutputs({ bucketName: this.bucketName });
  }
}
