import * as projects from "@pulumi/gcp/projects/index.js";
import * as serviceaccount from "@pulumi/gcp/serviceaccount/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface ServiceIdentityArgs {
  /** Google project id. */
  project: string;
  names: {
    /** Part of the address before the @. A change replaces the account, and signed URLs of the old one stop working. */
    serviceAccountId: string;
    /** Id of the custom role that may sign. A deleted id stays blocked for weeks. */
    signerRoleId: string;
  };
  /** Members that may call services in this account's name, for `verify`. */
  operators: readonly string[];
}

/** What the service may do in the whole project: connect to Cloud SQL, write logs, write metrics. */
const PROJECT_ROLES = ["roles/cloudsql.client", "roles/logging.logWriter", "roles/monitoring.metricWriter"] as const;

/**
 * The account that the service runs as. Its right to sign is on itself alone and by a role with that one permission: Google's
 * own role for it could mint tokens too. It has no key file. Bucket and secrets grant their own access to it.
 */
export class ServiceIdentity extends pulumi.ComponentResource {
  readonly email: pulumi.Output<string>;
  /** `serviceAccount:EMAIL` */
  readonly member: pulumi.Output<string>;
  /** All grants; what runs as the account comes after them. */
  readonly grants: readonly pulumi.Resource[];

  constructor(name: string, args: ServiceIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:identity:ServiceIdentity", name, {}, opts);
    const account = new serviceaccount.Account(
      `${name}-account`,
      {
        accountId: args.names.serviceAccountId,
        displayName: "Music library service",
        description: "Runs the track service: database connections, objects of its bucket, signed URLs.",
      },
      { parent: this },
    );
    this.email = account.email;
    this.member = account.member;
    const projectGrants = PROJECT_ROLES.map(
      (role) =>
        new projects.IAMMember(
          `${name}-${role.replace("roles/", "")}`,
          { project: args.project, role, member: account.member },
          { parent: this },
        ),
    );
    const signer = new projects.IAMCustomRole(
      `${name}-signer`,
      {
        roleId: args.names.signerRoleId,
        title: "Signer of URLs",
        description: "Signs as the account that it is granted on; cannot mint tokens.",
        permissions: ["iam.serviceAccounts.signBlob"],
      },
      { parent: this },
    );
    const signAsItself = new serviceaccount.IAMMember(
      `${name}-sign-as-itself`,
      { serviceAccountId: account.name, role: signer.name, member: account.member },
      { parent: this },
    );
    for (const member of args.operators) {
      new serviceaccount.IAMMember(
        `${name}-operator-${member}`,
        { serviceAccountId: account.name, role: "roles/iam.serviceAccountOpenIdTokenCreator", member },
        { parent: this },
      );
    }
    this.grants = [...projectGrants, signAsItself];
    this.registerOutputs({ email: this.email });
  }
}
