import * as projects from "@pulumi/gcp/projects/index.js";
import * as serviceaccount from "@pulumi/gcp/serviceaccount/index.js";
import * as pulumi from "@pulumi/pulumi";
import { customRoles, onlyInstance, rightsOf } from "./identity-matrix.ts";

export interface ServiceIdentityArgs {
  /** Google project id. */
  project: string;
  names: {
    /** Part of the address before the @. A change replaces the account, and signed URLs of the old one stop working. */
    serviceAccountId: string;
    /** Id of the custom role that may sign. A deleted id stays blocked for weeks. */
    signerRoleId: string;
    /** Cloud SQL instance: the only one that it may connect to. */
    instance: string;
  };
  /** Kubernetes accounts that may be this account, as `NAMESPACE/NAME` of the project's clusters. */
  kubernetesServiceAccounts: readonly string[];
}

/**
 * The account that the service runs as. Its right to sign is on itself alone and by a role with that one permission: Google's
 * own role for it could mint tokens too. It has no key file. Bucket and secrets grant their own access to it.
 */
export class ServiceIdentity extends pulumi.ComponentResource {
  readonly email: pulumi.Output<string>;
  /** `projects/P/serviceAccounts/EMAIL` */
  readonly accountName: pulumi.Output<string>;
  /** Name of the role that may sign, for whoever else signs as itself. */
  readonly signerRole: pulumi.Output<string>;
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
    this.accountName = account.name;
    const { title, description, permissions } = customRoles.signer;
    const signer = new projects.IAMCustomRole(
      `${name}-signer`,
      { roleId: args.names.signerRoleId, title, description, permissions: [...permissions] },
      { parent: this },
    );
    this.signerRole = signer.name;
    const signAsItself = new serviceaccount.IAMMember(
      `${name}-sign-as-itself`,
      { serviceAccountId: account.name, role: signer.name, member: account.member },
      { parent: this },
    );
    for (const kubernetesAccount of args.kubernetesServiceAccounts) {
      const member = `serviceAccount:${args.project}.svc.id.goog[${kubernetesAccount}]`;
      new serviceaccount.IAMMember(
        `${name}-kubernetes-${kubernetesAccount}`,
        { serviceAccountId: account.name, role: "roles/iam.workloadIdentityUser", member },
        { parent: this },
      );
    }
    this.grants = [...this.projectGrants(name, args), signAsItself];
    this.registerOutputs({ email: this.email });
  }

  private projectGrants(name: string, { project, names }: ServiceIdentityArgs): pulumi.Resource[] {
    const condition = onlyInstance(project, names.instance);
    const inProject = rightsOf("track service", "project").map(({ role }) => ({ role }));
    const onInstance = rightsOf("track service", "instance").map(({ role }) => ({ role, condition }));
    return [...inProject, ...onInstance].map(
      (grant) =>
        new projects.IAMMember(
          `${name}-${grant.role.replace("roles/", "")}`,
          { project, member: this.member, ...grant },
          { parent: this },
        ),
    );
  }
}
