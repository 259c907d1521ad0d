import * as serviceaccount from "@pulumi/gcp/serviceaccount/index.js";
import * as gcp from "@pulumi/gcp/storage/index.js";
import * as pulumi from "@pulumi/pulumi";
import { type BucketPart, bucketParts, bucketRoles } from "./bucket-roles.ts";

export interface BucketAccessArgs {
  bucketName: pulumi.Input<string>;
  /** Folder of uploads, with its slash. */
  tempPrefix: string;
  /** Part -> who it runs as, as `serviceAccount:...` or `group:...`. */
  bucketMembers: Readonly<Partial<Record<BucketPart, readonly string[]>>>;
  /** Google project id, that of the accounts that sign. */
  project: string;
  /** Name of the role that may sign. */
  signerRole: pulumi.Input<string>;
}

/** Who else works with the bucket, each with the role of its part. Makes no accounts. */
export class BucketAccess extends pulumi.ComponentResource {
  constructor(name: string, args: BucketAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:storage:BucketAccess", name, {}, opts);
    const own = { parent: this };
    const { upload = [] } = args.bucketMembers;
    const folder =
      upload.length === 0
        ? undefined
        : new gcp.ManagedFolder(`${name}-temp`, { bucket: args.bucketName, name: args.tempPrefix }, own);
    for (const part of bucketParts) {
      const { role, on, signs } = bucketRoles[part];
      for (const member of args.bucketMembers[part] ?? []) {
        const grant = `${name}-${part}-${member}`;
        if (on === "temp/" && folder !== undefined) {
          const managedFolder = folder.name;
          new gcp.ManagedFolderIamMember(grant, { bucket: folder.bucket, managedFolder, role, member }, own);
        } else new gcp.BucketIAMMember(grant, { bucket: args.bucketName, role, member }, own);
        if (signs) {
          const serviceAccountId = `projects/${args.project}/serviceAccounts/${member.replace("serviceAccount:", "")}`;
          new serviceaccount.IAMMember(`${grant}-signs`, { serviceAccountId, role: args.signerRole, member }, own);
        }
      }
    }
    this.registerOutputs({});
  }
}
