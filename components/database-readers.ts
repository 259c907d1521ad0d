import * as projects from "@pulumi/gcp/projects/index.js";
import * as gcp from "@pulumi/gcp/sql/index.js";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { iamLogin } from "./iam-login.ts";
import type { PostgresAdministrator } from "./postgres-administrator.ts";
import type { PostgresInstance } from "./postgres-instance.ts";

export interface DatabaseReadersArgs {
  instance: PostgresInstance;
  administrator: PostgresAdministrator;
  /** Google project id. */
  project: string;
  /** `user:`, `group:` or `serviceAccount:` members. */
  databaseReaders: readonly string[];
  /** The one role whose rights they have. */
  memberOf: pulumi.Output<string>;
}

/** Getting a token's login accepted, and the way to the server through Google's connectors. */
const PROJECT_ROLES = ["roles/cloudsql.instanceUser", "roles/cloudsql.client"] as const;

/**
 * Logins by Google identity: no password exists, leaving the company or the group ends them. Each may connect to this one
 * instance and has the rights of one role. Needs the flag `cloudsql.iam_authentication`.
 */
export class DatabaseReaders extends pulumi.ComponentResource {
  constructor(name: string, args: DatabaseReadersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:database:DatabaseReaders", name, {}, opts);
    const { instance, administrator, project, memberOf } = args;
    const inInstance = { parent: this, ...instance.sharedFate };
    for (const member of args.databaseReaders) {
      const login = iamLogin(member);
      const user = new gcp.User(
        `${name}-${member}`,
        { instance: instance.instanceName, ...login, databaseRoles: [memberOf] },
        inInstance,
      );
      // Cloud SQL never reads `databaseRoles` back; this is the same membership where a refresh finds its loss.
      new postgresql.GrantRole(
        `${name}-${member}-membership`,
        { role: user.name, grantRole: memberOf },
        { ...inInstance, provider: administrator.provider },
      );
      for (const role of PROJECT_ROLES) {
        new projects.IAMMember(
          `${name}-${member}-${role.replace("roles/", "")}`,
          { project, role, member, condition: thisInstance(project, instance.instanceName) },
          { parent: this },
        );
      }
    }
    this.registerOutputs({});
  }
}

/** cloud.google.com/sql/docs/postgres/iam-conditions */
function thisInstance(project: string, instance: pulumi.Output<string>) {
  return {
    title: "this-instance",
    expression: pulumi.interpolate`resource.type == "sqladmin.googleapis.com/Instance" && resource.name == "projects/${project}/instances/${instance}"`,
  };
}
