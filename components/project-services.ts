import * as gcp from "@pulumi/gcp/projects/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface ProjectServicesArgs {
  /** APIs to enable, as `sqladmin.googleapis.com`. One that leaves the list stays enabled. */
  services: readonly string[];
}

/**
 * The Google APIs that the stack calls. They stay enabled when the stack goes: other programs of the project may use them.
 * Does not wait for Google to have spread the change, which can take minutes in a new project; run `up` again then.
 */
export class ProjectServices extends pulumi.ComponentResource {
  readonly enabled: readonly gcp.Service[];

  constructor(name: string, args: ProjectServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:project:ProjectServices", name, {}, opts);
    this.enabled = args.services.map(
      (service) =>
        new gcp.Service(
          `${name}-${service.replace(/\.googleapis\.com$/, "")}`,
          { service, disableOnDestroy: false },
          { parent: this },
        ),
    );
    this.registerOutputs({ enabled: this.enabled.map(({ service }) => service) });
  }
}

/** What the stack's resources and its operators call. */
export function requiredServices(args: {
  privateNetwork: string;
  encryptionKey: string;
  billingAccount: string;
  uploadNotifications?: boolean;
  contentDomain?: string;
}): string[] {
  const always = [
    "sqladmin.googleapis.com",
    "storage.googleapis.com",
    "secretmanager.googleapis.com",
    "run.googleapis.com",
    // starts the job that measures
    "cloudscheduler.googleapis.com",
    "artifactregistry.googleapis.com",
    "iam.googleapis.com",
    // signBlob, which signed URLs are made with
    "iamcredentials.googleapis.com",
    // grants on the project
    "cloudresourcemanager.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
  ];
  return [
    ...always,
    ...(args.privateNetwork === "" && (args.contentDomain ?? "") === "" ? [] : ["compute.googleapis.com"]),
    ...(args.privateNetwork === "" ? [] : ["servicenetworking.googleapis.com"]),
    ...(args.encryptionKey === "" ? [] : ["cloudkms.googleapis.com"]),
    ...(args.uploadNotifications === true ? ["pubsub.googleapis.com"] : []),
    ...(args.billingAccount === "" ? [] : ["billingbudgets.googleapis.com"]),
  ];
}
