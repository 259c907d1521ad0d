/** What every name, label and limit of the stack is; nothing here reads configuration or reaches a cloud. */

export type Environment = "dev" | "prod" | "local";

export const environments: readonly Environment[] = ["dev", "prod", "local"];

/** The name that all physical names of the stack begin with. */
const APPLICATION = "loist-music-library";

/** Roles without login: they hold the rights, logins are members of them. */
export const roles = {
  owner: "music_library_owner",
  readwrite: "music_library_readwrite",
  readonly: "music_library_readonly",
} as const;

/** Roles with login. The two application logins exist so that a password can be rotated while the other one serves. */
export const logins = {
  migrator: "music_library_migrator",
  application: ["music_library_user", "music_library_user_b"],
  verifier: "music_library_verifier",
} as const;

export type ApplicationLogin = (typeof logins.application)[number];

/** Every login that the stack creates, in the order of creation. */
export const allLogins = [logins.migrator, ...logins.application, logins.verifier] as const;

export type Login = (typeof allLogins)[number];

/** The administrator that Cloud SQL creates with the instance. */
export const ADMINISTRATOR = "postgres";

/** The fixed name under which applications log in to PgBouncer, whichever login is active behind it. */
export const POOLER_LOGIN = "music_library";

/** The login that may read PgBouncer's `SHOW` tables and nothing else. */
export const POOLER_STATS_LOGIN = "music_library_stats";

export const schemas = { library: "library", extensions: "extensions", migrations: "migrations" } as const;

/** What stands before every unqualified name of the logins. */
export const searchPath = [schemas.library, schemas.extensions] as const;

export const extensions = ["uuid-ossp", "pg_trgm", "unaccent"] as const;

/** Folders of the bucket, with their slash: "temp" alone would also match "template.mp3". */
export const prefixes = { audio: "audio/", thumbnails: "thumbnails/", temp: "temp/" } as const;

/** Google's public image that answers until an application image is configured. */
export const HELLO_IMAGE = "us-docker.pkg.dev/cloudrun/container/hello";

/** Port on which Cloud Run sends requests to a container when none is declared. cloud.google.com/run/docs/container-contract */
export const SERVICE_PORT = 8080;

/** Port of PostgreSQL on every Cloud SQL instance; cannot be changed there. */
export const POSTGRES_PORT = 5432;

/** Limits of the services, each with the page that states it. */
export const limits = {
  /** `project:instance` together. cloud.google.com/sql/docs/postgres/instance-settings */
  projectAndInstanceChars: 98,
  /** cloud.google.com/storage/docs/buckets#naming */
  bucketChars: { min: 3, max: 63 },
  /** cloud.google.com/iam/docs/service-accounts-create */
  serviceAccountIdChars: { min: 6, max: 30 },
  /** cloud.google.com/iam/docs/creating-custom-roles */
  customRoleIdChars: { min: 3, max: 64 },
  /** cloud.google.com/iam/docs/manage-workload-identity-pools-providers */
  federationPoolChars: { min: 4, max: 32 },
  /** cloud.google.com/run/docs/deploying */
  serviceChars: { min: 1, max: 49 },
  /** cloud.google.com/secret-manager/docs/creating-and-accessing-secrets */
  secretIdChars: { min: 1, max: 255 },
  /** `sun_path` of a Unix socket address holds 108 bytes with its closing zero: man 7 unix */
  socketPathBytes: 107,
  /** NAMEDATALEN - 1: postgresql.org/docs/15/limits.html */
  identifierBytes: 63,
} as const;

export interface NameArgs {
  environment: Environment;
  /** Google project id. */
  project: string;
  /** Google region, as us-central1. */
  region: string;
  /** Appended to names that Google keeps blocked for days after a deletion; "" for none. */
  nameSuffix: string;
  /** Bucket name to use instead of the derived one; "" for the derived one. */
  bucketName: string;
}

export interface StackNames {
  /** Cloud SQL instance. */
  instance: string;
  /** `project:region:instance`. */
  connectionName: string;
  /** Network, subnetwork, and the beginning of the reserved range. */
  network: string;
  /** Key ring of Cloud KMS. */
  keyRing: string;
  /** Where Cloud Run's Cloud SQL volume puts the instance's socket folder. */
  socketFolder: string;
  /** Database in the instance. */
  database: string;
  bucket: string;
  /** Bucket of the other one's access logs, where they are kept. */
  accessLogBucket: string;
  /** Pub/Sub topic of new audio. */
  uploadTopic: string;
  /** Content network: each of its parts, and the beginning of its certificate's name. */
  contentNetwork: string;
  /** Part of the service account's address before the @. */
  serviceAccountId: string;
  serviceAccountEmail: string;
  /** Custom role with the one permission to sign. */
  signerRoleId: string;
  /** Workload identity pool for GitHub's workflows. */
  federationPoolId: string;
  /** Accounts of GitHub's workflows: the part of their addresses before the @. */
  deployerAccountId: string;
  previewerAccountId: string;
  /** Account of the job that measures: the part of its address before the @. */
  metricsAccountId: string;
  /** Custom roles by what they are for. */
  customRoleIds: Record<"deployer" | "previewer" | "developer" | "signer" | "keyAuditor" | "metricsWriter", string>;
  /** Cloud Run service. */
  service: string;
  /** Cloud Run job that measures, and what starts it every hour. */
  metricsJob: string;
  /** Repository of the service's images in Artifact Registry. */
  imageRepository: string;
  /** Secret Manager secret ids. */
  secrets: {
    /** login -> secret with its password; the administrator's too. */
    passwords: Record<Login | typeof ADMINISTRATOR, string>;
    /** Password of POOLER_LOGIN. */
    poolerPassword: string;
    /** Password of POOLER_STATS_LOGIN. */
    poolerStatsPassword: string;
    /** pgbouncer.ini */
    poolerConfig: string;
    /** userlist.txt */
    poolerUsers: string;
    /** The direct mode's TLS: JSON {"serverCa","clientCert","clientKey"}. */
    databaseTls: string;
    /** The newest key file of the service account, where there is one. */
    serviceAccountKey: string;
    /** The newest key that URLs of the content network are signed with, where there is one. */
    contentKey: string;
  };
}

/** All physical names of a stack. Does not check them: `nameProblems` does. */
export function stackNames(args: NameArgs): StackNames {
  const suffix = args.nameSuffix === "" ? "" : `-${args.nameSuffix}`;
  const instance = `${APPLICATION}-db${suffix}`;
  const connectionName = `${args.project}:${args.region}:${instance}`;
  const serviceAccountId = `${APPLICATION}-sa${suffix}`;
  const secretId = (purpose: string): string => `${APPLICATION}-${purpose}${suffix}`;
  const bucket =
    args.bucketName === "" ? `${APPLICATION}-audio${bucketEnvironment(args.environment)}${suffix}` : args.bucketName;
  const password = (login: string): string => secretId(`password-${login.replaceAll("_", "-")}`);
  const [first, second] = logins.application;
  // A deleted role id stays blocked for weeks; hyphens are not allowed in it.
  const roleId = (purpose: string): string => `musicLibrary${purpose}${suffix.replace("-", "_")}`;
  const customRoleIds = {
    deployer: roleId("Deployer"),
    previewer: roleId("Previewer"),
    developer: roleId("Developer"),
    signer: roleId("UrlSigner"),
    keyAuditor: roleId("KeyAuditor"),
    metricsWriter: roleId("MetricsWriter"),
  };
  return {
    instance,
    connectionName,
    network: `${APPLICATION}-network${suffix}`,
    keyRing: `${APPLICATION}-keys${suffix}`,
    socketFolder: `/cloudsql/${connectionName}`,
    database: "music_library",
    bucket,
    accessLogBucket: `${bucket}-logs`,
    uploadTopic: `${APPLICATION}-uploads${suffix}`,
    contentNetwork: `${APPLICATION}-content${suffix}`,
    serviceAccountId,
    serviceAccountEmail: `${serviceAccountId}@${args.project}.iam.gserviceaccount.com`,
    signerRoleId: customRoleIds.signer,
    federationPoolId: `music-library-github${suffix}`,
    deployerAccountId: `music-library-deploy${suffix}`,
    previewerAccountId: `music-library-preview${suffix}`,
    metricsAccountId: `music-library-metrics${suffix}`,
    customRoleIds,
    service: `${APPLICATION}-tracks${suffix}`,
    metricsJob: `${APPLICATION}-metrics${suffix}`,
    imageRepository: `${APPLICATION}-images${suffix}`,
    secrets: {
      passwords: {
        [ADMINISTRATOR]: password(ADMINISTRATOR),
        [logins.migrator]: password(logins.migrator),
        [first]: password(first),
        [second]: password(second),
        [logins.verifier]: password(logins.verifier),
      },
      poolerPassword: secretId("pooler-password"),
      poolerStatsPassword: secretId("pooler-stats-password"),
      poolerConfig: secretId("pooler-config"),
      poolerUsers: secretId("pooler-users"),
      databaseTls: secretId("database-tls"),
      serviceAccountKey: secretId("service-account-key"),
      contentKey: secretId("content-key"),
    },
  };
}

/** Bucket names are shared by the whole world, so only production has the plain one. */
function bucketEnvironment(environment: Environment): string {
  return environment === "prod" ? "" : `-${environment}`;
}

/** Labels of everything that can carry them. Keys and values: lower case, digits, "_" and "-", 63 characters at the most. */
export function labels(environment: Environment): {
  environment: Environment;
  application: string;
  "managed-by": string;
} {
  return { environment, application: "music-library", "managed-by": "pulumi" };
}

/** `projects/P/secrets/S`: how descriptors and the contract name a secret. */
export function secretPath(project: string, secretId: string): string {
  return `projects/${project}/secrets/${secretId}`;
}

/** Every name that Google or PostgreSQL would refuse, one sentence each; empty when all are good. */
export function nameProblems(args: NameArgs): string[] {
  const names = stackNames(args);
  const hint = "Shorten nameSuffix";
  const problems = [
    ...lengthProblem(
      "instance",
      `${args.project}:${names.instance}`,
      { min: 1, max: limits.projectAndInstanceChars },
      hint,
    ),
    ...lengthProblem("service account", names.serviceAccountId, limits.serviceAccountIdChars, hint),
    ...Object.values(names.customRoleIds).flatMap((id) =>
      lengthProblem("custom role", id, limits.customRoleIdChars, hint),
    ),
    ...lengthProblem("federation pool", names.federationPoolId, limits.federationPoolChars, hint),
    ...[names.deployerAccountId, names.previewerAccountId, names.metricsAccountId].flatMap((id) =>
      lengthProblem("service account", id, limits.serviceAccountIdChars, hint),
    ),
    ...lengthProblem("service", names.service, limits.serviceChars, hint),
    ...bucketNameProblems(names.bucket),
    ...lengthProblem("access log bucket", names.accessLogBucket, limits.bucketChars, "Choose a shorter bucketName"),
    ...sameNameProblems(args),
  ];
  const socket = `${names.socketFolder}/.s.PGSQL.${POSTGRES_PORT}`;
  const bytes = Buffer.byteLength(socket);
  if (bytes > limits.socketPathBytes) {
    problems.push(
      `socket path "${socket}": is too long (${bytes} bytes); expected at most ${limits.socketPathBytes} bytes. ${hint} or use a shorter project id.`,
    );
  }
  return problems;
}

/** "b" makes of music_library_user's secret the name that music_library_user_b's has without a suffix: both exist for a while. */
function sameNameProblems(args: NameArgs): string[] {
  if (args.nameSuffix === "") return [];
  const secretIds = ({ secrets: { passwords, ...others } }: StackNames): string[] => [
    ...Object.values(passwords),
    ...Object.values(others),
  ];
  const without = secretIds(stackNames({ ...args, nameSuffix: "" }));
  const taken = secretIds(stackNames(args)).find((id) => without.includes(id));
  if (taken === undefined) return [];
  return [
    `nameSuffix: makes the name of another secret without suffix, ${taken} (${JSON.stringify(args.nameSuffix)}); expected a suffix that no login ends in. Choose another.`,
  ];
}

function lengthProblem(subject: string, name: string, range: { min: number; max: number }, next: string): string[] {
  if (name.length >= range.min && name.length <= range.max) return [];
  const wrong = name.length > range.max ? "is too long" : "is too short";
  const expected = `${range.min} to ${range.max} characters`;
  return [`${subject} "${name}": ${wrong} (${name.length} characters); expected ${expected}. ${next}.`];
}

/** What Google's bucket naming rules refuse; one sentence a rule. cloud.google.com/storage/docs/buckets#naming */
export function bucketNameProblems(name: string): string[] {
  const problems = lengthProblem("bucket", name, limits.bucketChars, "Choose another bucketName");
  const refuse = (wrong: string, expected: string): void => {
    problems.push(`bucket "${name}": ${wrong} (${name}); expected ${expected}. Choose another bucketName.`);
  };
  if (!/^[a-z0-9._-]*$/.test(name))
    refuse("has characters that are not allowed", 'lower-case letters, digits, "-" and "_"');
  if (!/^[a-z0-9]/.test(name) || !/[a-z0-9]$/.test(name))
    refuse("begins or ends wrongly", "a letter or digit at both ends");
  // A dotted name is a domain name, which Google gives only to its verified owner, and its TLS certificate does not cover it.
  if (name.includes(".")) refuse("has a dot", /^\d+(\.\d+){3}$/.test(name) ? "no address form" : "no dot");
  if (name.startsWith("goog")) refuse("begins with a reserved word", 'a name that does not begin with "goog"');
  // Google also refuses look-alikes such as g00gle.
  else if (/g[o0]{2}g[l1]e/.test(name))
    refuse("contains a reserved word", 'a name without "google" or a look-alike of it');
  return problems;
}
