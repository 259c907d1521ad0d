import { managingPermissions, readingPermissions } from "./deployment-permissions.ts";

/** Who there is. The order is that of the README's columns. */
export const identities = ["deployer", "previewer", "verifier", "track service", "metrics job", "developer"] as const;
export type Identity = (typeof identities)[number];

/** Roles of the project's own, where none of Google's is small enough. */
export type CustomRole = "deployer" | "previewer" | "developer" | "signer" | "keyAuditor" | "metricsWriter";

export const customRoles: Readonly<
  Record<CustomRole, { title: string; description: string; permissions: readonly string[] }>
> = {
  deployer: {
    title: "Deployer of the music library",
    description: "Makes and changes what the stack declares, without identities and grants on the project.",
    permissions: managingPermissions(),
  },
  previewer: {
    title: "Previewer of the music library",
    description: "Looks at everything that the stack declares: no secret's value, no object, no change.",
    permissions: readingPermissions(),
  },
  developer: {
    title: "Developer of the music library",
    description: "Reads logs, metrics and the state of database and service.",
    permissions: [
      ...["cloudsql.instances.get", "cloudsql.instances.list"],
      ...["logging.logEntries.list", "logging.logs.list"],
      ...["monitoring.alertPolicies.get", "monitoring.alertPolicies.list"],
      ...["monitoring.dashboards.get", "monitoring.dashboards.list", "monitoring.timeSeries.list"],
      ...["run.revisions.get", "run.revisions.list", "run.services.get", "run.services.list"],
    ],
  },
  signer: {
    title: "Signer of URLs",
    description: "Signs as the account that it is granted on; cannot mint tokens.",
    permissions: ["iam.serviceAccounts.signBlob"],
  },
  keyAuditor: {
    title: "Auditor of keys",
    description: "Sees which key files exist of the account that it is granted on.",
    permissions: ["iam.serviceAccountKeys.list"],
  },
  metricsWriter: {
    title: "Writer of the library's metrics",
    description: "Reads the state of backups and its own metrics, and writes metrics that are declared.",
    permissions: [
      ...["cloudsql.backupRuns.list", "cloudsql.instances.get"],
      ...["monitoring.timeSeries.create", "monitoring.timeSeries.list"],
    ],
  },
};

/** What a right is granted on. */
export type Place =
  | "project"
  | "instance"
  | "bucket"
  | "service account"
  | "metrics account"
  | "pooler's secrets"
  | "content network's key"
  | "verifier's password"
  | "metrics job"
  | "itself";

export interface Right {
  identity: Identity;
  on: Place;
  /** One of Google's, or one of the project's own. */
  role: `roles/${string}` | CustomRole;
  why: string;
}

/** Every right that the stack grants, once. What is declared and what the README shows are both read from here. */
export const rights: readonly Right[] = [
  { identity: "deployer", on: "project", role: "deployer", why: "pulumi up and refresh from the deployment workflow" },
  {
    ...{ identity: "deployer", on: "service account", role: "roles/iam.serviceAccountUser" },
    why: "lets the service run as its account",
  },
  {
    ...{ identity: "deployer", on: "metrics account", role: "roles/iam.serviceAccountUser" },
    why: "lets the job run as its account, and its schedule start it in that account's name",
  },
  { identity: "previewer", on: "project", role: "previewer", why: "pulumi preview on a pull request" },
  {
    ...{ identity: "verifier", on: "instance", role: "roles/cloudsql.client" },
    why: "connects to the database through Google's connector, and reads the instance's settings",
  },
  {
    ...{ identity: "verifier", on: "verifier's password", role: "roles/secretmanager.secretAccessor" },
    why: "logs in as the login that can only read",
  },
  { identity: "verifier", on: "bucket", role: "roles/storage.bucketViewer", why: "compares lifecycle rules and CORS" },
  {
    ...{ identity: "verifier", on: "service account", role: "roles/iam.serviceAccountOpenIdTokenCreator" },
    why: "calls the service in its own account's name",
  },
  { identity: "verifier", on: "service account", role: "keyAuditor", why: "sees that there is no key file" },
  {
    ...{ identity: "track service", on: "instance", role: "roles/cloudsql.client" },
    why: "the pooler's way to the database; the condition leaves out every other instance of the project",
  },
  { identity: "track service", on: "project", role: "roles/logging.logWriter", why: "writes its log" },
  { identity: "track service", on: "project", role: "roles/monitoring.metricWriter", why: "writes its metrics" },
  {
    ...{ identity: "track service", on: "bucket", role: "roles/storage.objectUser" },
    why: "promotes uploads: reads and deletes in temp/, writes audio and covers",
  },
  { identity: "track service", on: "itself", role: "signer", why: "signs URLs without a key file" },
  {
    ...{ identity: "track service", on: "pooler's secrets", role: "roles/secretmanager.secretAccessor" },
    why: "the pooler's configuration, users and password; no other secret",
  },
  {
    ...{ identity: "track service", on: "content network's key", role: "roles/secretmanager.secretAccessor" },
    why: "signs URLs of the content network, where there is one",
  },
  {
    ...{ identity: "metrics job", on: "project", role: "metricsWriter" },
    why: "age of backup and recovery point, bytes of a month ago; a condition would deny the list of backups",
  },
  {
    ...{ identity: "metrics job", on: "bucket", role: "roles/storage.legacyBucketReader" },
    why: "lists names and sizes; reads no object",
  },
  {
    ...{ identity: "metrics job", on: "metrics job", role: "roles/run.invoker" },
    why: "its schedule starts it in its own name: it can run itself, and nothing else",
  },
  { identity: "developer", on: "project", role: "developer", why: "finds out what happened" },
];

/** The rights of one identity on one thing. */
export function rightsOf(identity: Identity, on: Place): Right[] {
  return rights.filter((right) => right.identity === identity && right.on === on);
}

/** Whether a role is one of Google's. */
export function isPredefined(role: Right["role"]): role is `roles/${string}` {
  return role.startsWith("roles/");
}

/**
 * A condition that leaves one Cloud SQL instance of the project. Conditions work on instances and backups only, and not on lists.
 * cloud.google.com/sql/docs/postgres/iam-conditions
 */
export function onlyInstance(project: string, instance: string) {
  return {
    title: "only-the-library",
    description: `Only the instance ${instance}`,
    expression:
      `resource.name == "projects/${project}/instances/${instance}" && ` +
      'resource.type == "sqladmin.googleapis.com/Instance" && resource.service == "sqladmin.googleapis.com"',
  };
}
