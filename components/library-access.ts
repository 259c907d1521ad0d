import * as projects from "@pulumi/gcp/projects/index.js";
import * as secretmanager from "@pulumi/gcp/secretmanager/index.js";
import * as serviceaccount from "@pulumi/gcp/serviceaccount/index.js";
import * as storage from "@pulumi/gcp/storage/index.js";
import * as pulumi from "@pulumi/pulumi";
import { BucketAccess, type BucketAccessArgs } from "./bucket-access.ts";
import { GithubFederation, type GithubFederationArgs } from "./github-federation.ts";
import {
  customRoles,
  type CustomRole,
  type Identity,
  isPredefined,
  onlyInstance,
  rightsOf,
} from "./identity-matrix.ts";
import { keyIsDue } from "./key-dates.ts";
import type { LibraryMetrics } from "./library-metrics.ts";
import type { MediaBucket } from "./media-bucket.ts";
import type { PostgresInstance } from "./postgres-instance.ts";
import type { PostgresLogins } from "./postgres-logins.ts";
import { ServiceAccountKeys, type ServiceAccountKeysArgs } from "./service-account-keys.ts";
import type { ServiceIdentity } from "./service-identity.ts";
import type { StoredSecret } from "./stored-secret.ts";

type Names = GithubFederationArgs["names"] & ServiceAccountKeysArgs["names"];

export interface LibraryAccessArgs
  extends
    Omit<GithubFederationArgs, "names">,
    Omit<BucketAccessArgs, "bucketName" | "tempPrefix" | "signerRole">,
    Omit<ServiceAccountKeysArgs, "account" | "names"> {
  names: Names & {
    /** Cloud SQL instance. */
    instance: string;
    /** Accounts of the workflows: the part of their addresses before the @. */
    deployerAccountId: string;
    previewerAccountId: string;
    /** Ids of the custom roles. A deleted id stays blocked for 37 days. */
    customRoleIds: Readonly<Record<CustomRole, string>>;
  };
  instance: PostgresInstance;
  logins: PostgresLogins;
  loginNames: { verifier: string };
  identity: ServiceIdentity;
  bucket: MediaBucket;
  metrics: LibraryMetrics;
  prefixes: { temp: string };
  /** Members that may run `verify`. */
  operators: readonly string[];
  /** Members that may look at logs, metrics and states. */
  developers: readonly string[];
  /** Whether the keys' secret is protected. */
  protectResources: boolean;
  /** Whether Google logs who reads and writes data, not only who administers. */
  dataAccessLogs: boolean;
}

/** APIs whose data access is logged. cloud.google.com/logging/docs/audit/configure-data-access */
const AUDITED = ["cloudsql", "iam", "secretmanager", "storage"] as const;

/**
 * Everybody's rights but the service's own, which ServiceIdentity has: deployment and preview from GitHub, verification, developers
 * and other parts of the application, as the identity matrix says. What nobody is named for is not there.
 */
export class LibraryAccess extends pulumi.ComponentResource {
  constructor(name: string, args: LibraryAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:identity:LibraryAccess", name, {}, opts);
    const { identity, bucket } = args;
    const own = { parent: this };
    if (args.dataAccessLogs) this.logDataAccess(name, args.project);
    const bucketArgs = {
      bucketName: bucket.bucketName,
      tempPrefix: args.prefixes.temp,
      signerRole: identity.signerRole,
    };
    new BucketAccess(`${name}-bucket`, { ...args, ...bucketArgs }, own);
    if (args.githubRepository !== "") this.federate(name, args);
    this.letVerify(name, args);
    if (args.developers.length > 0) {
      const developer = customRole(`${name}-developer`, "developer", args, own);
      for (const member of args.developers) onProject(`${name}-developer`, developer.name, member, args, own);
    }
    new ServiceAccountKeys(
      `${name}-keys`,
      { ...args, account: identity.accountName },
      { ...own, protect: args.protectResources },
    );
    if (keyIsDue(args.serviceAccountKeyDates, new Date().toISOString().slice(0, 10))) {
      void pulumi.log.warn(
        `serviceAccountKeyDates: the newest key is older than 90 days; run npm run rotate -- --keys --stack ${pulumi.getStack()}.`,
        this,
      );
    }
    this.registerOutputs({});
  }

  private logDataAccess(name: string, project: string): void {
    for (const api of AUDITED) {
      new projects.IAMAuditConfig(
        `${name}-audit-${api}`,
        {
          project,
          service: `${api}.googleapis.com`,
          auditLogConfigs: [{ logType: "ADMIN_READ" }, { logType: "DATA_READ" }, { logType: "DATA_WRITE" }],
        },
        { parent: this },
      );
    }
  }

  /** Two accounts that only GitHub's workflows can be: one deploys, one looks. */
  private federate(name: string, args: LibraryAccessArgs): void {
    const own = { parent: this };
    const federation = new GithubFederation(`${name}-github`, args, own);
    const deployer = workflowAccount(`${name}-deployer`, args.names.deployerAccountId, [federation.deployment], own);
    const previewer = workflowAccount(`${name}-previewer`, args.names.previewerAccountId, federation.previews, own);
    for (const [identity, account] of [["deployer", deployer] as const, ["previewer", previewer] as const]) {
      const role = customRole(`${name}-${identity}`, identity, args, own);
      onProject(`${name}-${identity}`, role.name, account.member, args, own);
    }
    onAccount(`${name}-deployer`, "deployer", deployer.member, args, own);
    for (const { role } of rightsOf("deployer", "metrics account")) {
      const grant = { serviceAccountId: args.metrics.accountName, role, member: deployer.member };
      new serviceaccount.IAMMember(`${name}-deployer-metrics`, grant, own);
    }
  }

  private letVerify(name: string, args: LibraryAccessArgs): void {
    const own = { parent: this };
    if (args.operators.length === 0) return;
    const keyAuditor = customRole(`${name}-key-auditor`, "keyAuditor", args, own);
    const { connection, readers } = args.instance;
    const password = args.logins.password(args.loginNames.verifier).secret;
    const ways = [connection, ...readers.map((reader) => reader.connection)];
    const secrets: StoredSecret[] = [password, ...ways.flatMap((way) => (way.mode === "direct" ? way.tls.secret : []))];
    for (const member of args.operators) {
      for (const { role } of rightsOf("verifier", "instance")) {
        const condition = onlyInstance(args.project, args.names.instance);
        new projects.IAMMember(`${name}-${role}-${member}`, { project: args.project, role, member, condition }, own);
        for (const { instance } of readers) {
          const also = { project: args.project, role, member, condition: onlyInstance(args.project, instance) };
          new projects.IAMMember(`${name}-${role}-${instance}-${member}`, also, own);
        }
      }
      for (const { role } of rightsOf("verifier", "bucket")) {
        const bucket = args.bucket.bucketName;
        new storage.BucketIAMMember(`${name}-${role}-${member}`, { bucket, role, member }, own);
      }
      for (const { role } of rightsOf("verifier", "verifier's password")) {
        for (const { logicalName, secretId } of secrets) {
          new secretmanager.SecretIamMember(`${name}-${logicalName}-${member}`, { secretId, role, member }, own);
        }
      }
      onAccount(`${name}-verifier`, "verifier", member, args, { ...own, keyAuditor: keyAuditor.name });
    }
  }
}

interface Own {
  parent: pulumi.Resource;
}

/** The role in this project. */
function customRole(name: string, role: CustomRole, { names }: LibraryAccessArgs, own: Own): projects.IAMCustomRole {
  const { title, description, permissions } = customRoles[role];
  const roleId = names.customRoleIds[role];
  return new projects.IAMCustomRole(`${name}-role`, { roleId, title, description, permissions: [...permissions] }, own);
}

function onProject(
  name: string,
  role: pulumi.Input<string>,
  member: pulumi.Input<string>,
  { project }: LibraryAccessArgs,
  own: Own,
): void {
  const who = typeof member === "string" ? `-${member}` : "";
  new projects.IAMMember(`${name}-on-project${who}`, { project, role, member }, own);
}

/** The rights of the identity on the service's account. */
function onAccount(
  name: string,
  identity: Identity,
  member: pulumi.Input<string>,
  args: LibraryAccessArgs,
  { parent, keyAuditor }: Own & { keyAuditor?: pulumi.Input<string> },
): void {
  const who = typeof member === "string" ? `-${member}` : "";
  for (const right of rightsOf(identity, "service account")) {
    const role = isPredefined(right.role) ? right.role : keyAuditor;
    if (role === undefined) continue;
    const grant = `${name}-${right.role.replace("roles/", "")}${who}`;
    new serviceaccount.IAMMember(grant, { serviceAccountId: args.identity.accountName, role, member }, { parent });
  }
}

function workflowAccount(
  name: string,
  accountId: string,
  principals: readonly pulumi.Input<string>[],
  own: Own,
): serviceaccount.Account {
  const account = new serviceaccount.Account(
    `${name}-account`,
    {
      accountId,
      displayName: `Music library: ${name.split("-").at(-1) ?? ""}`,
      description: "Used by GitHub Actions.",
    },
    own,
  );
  for (const [index, member] of principals.entries()) {
    new serviceaccount.IAMMember(
      `${name}-federated-${index + 1}`,
      { serviceAccountId: account.name, role: "roles/iam.workloadIdentityUser", member },
      own,
    );
  }
  return account;
}
