import * as cloudrun from "@pulumi/gcp/cloudrunv2/index.js";
import * as scheduler from "@pulumi/gcp/cloudscheduler/index.js";
import * as monitoring from "@pulumi/gcp/monitoring/index.js";
import * as projects from "@pulumi/gcp/projects/index.js";
import * as serviceaccount from "@pulumi/gcp/serviceaccount/index.js";
import * as storage from "@pulumi/gcp/storage/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { Contract } from "../client/contract.ts";
import { HOURLY_LISTING_UP_TO } from "./bucket-listing.ts";
import { metricsJobSize, resourceLimits } from "./container-sizes.ts";
import { customRoles, rightsOf } from "./identity-matrix.ts";
import { metricDeclarations } from "./metric-descriptors.ts";

export interface LibraryMetricsArgs {
  /** Google project id. */
  project: string;
  /** Region of job and schedule, that of the instance. A change replaces both. */
  region: string;
  names: {
    /** Part of the account's address before the @. A change replaces the account. */
    metricsAccountId: string;
    customRoleIds: { metricsWriter: string };
    /** Name of job and schedule. A change replaces both. */
    metricsJob: string;
  };
  /** Image of the application, which holds the job; "" makes neither job nor schedule. */
  serviceImage: string;
  /** Where bucket, instance and addresses stand. */
  contract: pulumi.Input<Contract>;
  bucket: { bucketName: pulumi.Input<string> };
  /** Address of Cloud Run's Admin API; "" is Google's own. */
  managementEndpoint: string;
  labels: Record<string, string>;
}

/** At minute 7: schedules of the whole world begin at 0. */
const HOURLY = "7 * * * *";

/** Within the hour, so that runs do not overlap: 36,000 list calls at a tenth of a second each. */
const TIMEOUT = "3300s";

/**
 * What no metric of Google's says, measured: the declared metrics, and a job in the application's image that writes them every
 * hour under an account of its own. A job and not a request to the service: it needs rights that the service must not have, may
 * take an hour over a large bucket, and runs while the service sleeps. Account, rights and metrics are there before the image is.
 */
export class LibraryMetrics extends pulumi.ComponentResource {
  /** `projects/P/serviceAccounts/EMAIL` of the job. */
  readonly accountName: pulumi.Output<string>;
  /** Whatever reads the metrics comes after them. */
  readonly descriptors: readonly monitoring.MetricDescriptor[];

  constructor(name: string, args: LibraryMetricsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:operations:LibraryMetrics", name, {}, opts);
    this.descriptors = metricDeclarations.map((metric) => {
      const { name: metricName, labels, ...declared } = metric;
      const described = Object.entries(labels).map(([key, description]) => ({ key, description, valueType: "STRING" }));
      return new monitoring.MetricDescriptor(
        `${name}-${metricName}`,
        { ...declared, metricKind: "GAUGE", ...(described.length === 0 ? {} : { labels: described }) },
        { parent: this },
      );
    });
    const account = new serviceaccount.Account(
      `${name}-account`,
      {
        accountId: args.names.metricsAccountId,
        displayName: "Music library metrics",
        description: "Runs the hourly job that measures bucket and backups.",
      },
      { parent: this },
    );
    this.accountName = account.name;
    const grants = this.grant(name, args, account);
    if (args.serviceImage !== "") this.measureHourly(name, args, account, [...grants, ...this.descriptors]);
    this.registerOutputs({ accountName: this.accountName });
  }

  private grant(name: string, args: LibraryMetricsArgs, { member }: serviceaccount.Account): pulumi.Resource[] {
    const own = { parent: this };
    const { title, description, permissions } = customRoles.metricsWriter;
    const roleId = args.names.customRoleIds.metricsWriter;
    const writer = new projects.IAMCustomRole(
      `${name}-writer`,
      { roleId, title, description, permissions: [...permissions] },
      own,
    );
    const { project } = args;
    const bucket = args.bucket.bucketName;
    return [
      new projects.IAMMember(`${name}-writes`, { project, role: writer.name, member }, own),
      ...rightsOf("metrics job", "bucket").map(
        ({ role }) => new storage.BucketIAMMember(`${name}-lists`, { bucket, role, member }, own),
      ),
    ];
  }

  private measureHourly(
    name: string,
    args: LibraryMetricsArgs,
    account: serviceaccount.Account,
    before: pulumi.Resource[],
  ): void {
    const job = new cloudrun.Job(`${name}-job`, jobArgs(args, account), { parent: this, dependsOn: before });
    const starts = rightsOf("metrics job", "metrics job").map(
      ({ role }) =>
        new cloudrun.JobIamMember(
          `${name}-starts`,
          { name: job.name, location: job.location, role, member: account.member },
          { parent: this },
        ),
    );
    const api = args.managementEndpoint === "" ? "https://run.googleapis.com" : args.managementEndpoint;
    new scheduler.Job(
      `${name}-hourly`,
      {
        name: args.names.metricsJob,
        region: args.region,
        description: "Starts the job that measures bucket and backups.",
        schedule: HOURLY,
        timeZone: "Etc/UTC",
        attemptDeadline: "60s",
        retryConfig: { retryCount: 3 },
        httpTarget: {
          httpMethod: "POST",
          uri: pulumi.interpolate`${api}/v2/projects/${args.project}/locations/${args.region}/jobs/${job.name}:run`,
          oauthToken: { serviceAccountEmail: account.email },
        },
      },
      { parent: this, dependsOn: starts },
    );
  }
}

function jobArgs(args: LibraryMetricsArgs, { email }: serviceaccount.Account): cloudrun.JobArgs {
  return {
    name: args.names.metricsJob,
    location: args.region,
    // It holds nothing.
    deletionProtection: false,
    labels: args.labels,
    template: {
      labels: args.labels,
      taskCount: 1,
      template: {
        serviceAccount: email,
        timeout: TIMEOUT,
        // A second try now is worth more than one in an hour; a third would not know more.
        maxRetries: 1,
        containers: [
          {
            name: "metrics",
            image: args.serviceImage,
            commands: ["node"],
            args: ["service/metrics-job.ts"],
            workingDir: "/app",
            envs: [
              { name: "MUSIC_LIBRARY_CONTRACT", value: pulumi.jsonStringify(args.contract) },
              { name: "HOURLY_LISTING_UP_TO", value: String(HOURLY_LISTING_UP_TO) },
            ],
            resources: { limits: resourceLimits(metricsJobSize) },
          },
        ],
      },
    },
  };
}
