// Settings that are right each alone and refused together, with all that is reported.
import { corsHeaders } from "../../components/cors-rule.ts";

export type Stack = "dev" | "prod" | "local";

/** Settings beside the stack's own that fit, and every problem that is reported. */
export type RefusedCombination = [stack: Stack, raw: Readonly<Record<string, unknown>>, problems: readonly string[]];

export const network = "projects/loist-music-library/global/networks/music";
export const digest = `@sha256:${"0123456789abcdef".repeat(4)}`;
const withoutHash = corsHeaders.filter((header) => header !== "x-goog-hash");

export const refusedCombinations: readonly RefusedCombination[] = [
  ["prod", { environment: "dev" }, ['environment: is not that of stack prod ("dev"); expected prod. Set it to prod.']],
  [
    "prod",
    { edition: "ENTERPRISE_PLUS" },
    [
      'tier: does not exist in edition ENTERPRISE_PLUS ("db-custom-1-3840"); expected db-perf-optimized-N-CPUS. Change the tier, or edition to ENTERPRISE.',
    ],
  ],
  [
    "prod",
    { tier: "db-perf-optimized-N-2" },
    [
      'tier: does not exist in edition ENTERPRISE ("db-perf-optimized-N-2"); expected db-custom-CPUS-MB, db-f1-micro or db-g1-small. Change the tier, or edition to ENTERPRISE_PLUS.',
    ],
  ],
  [
    "prod",
    { tier: "db-custom-3-11520" },
    [
      'tier "db-custom-3-11520": has a number of vCPUs that Cloud SQL refuses (3); expected 1 or an even number up to 96. Take the next even number.',
    ],
  ],
  [
    "prod",
    { diskSizeGb: 200 },
    ["diskAutoresizeLimitGb: is below diskSizeGb (100); expected at least 200 GB. Raise it."],
  ],
  [
    "prod",
    { edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-2", diskType: "PD_HDD" },
    [
      'diskType: does not exist in edition ENTERPRISE_PLUS ("PD_HDD"); expected PD_SSD. Set it to PD_SSD, or edition to ENTERPRISE.',
    ],
  ],
  [
    "prod",
    { availabilityType: "REGIONAL", pointInTimeRecoveryEnabled: "false" },
    [
      "pointInTimeRecoveryEnabled: is off for a REGIONAL instance (false); expected true. Set it to true, or availabilityType to ZONAL.",
    ],
  ],
  [
    "prod",
    { transactionLogRetentionDays: 8, retainedBackups: 8 },
    ["transactionLogRetentionDays: is beyond the limit of edition ENTERPRISE (8); expected 1 to 7 days. Set it to 7."],
  ],
  [
    "prod",
    { retainedBackups: 3 },
    [
      "transactionLogRetentionDays: reaches back further than the daily backups (7); expected at most 3 days. Lower it, or raise retainedBackups.",
    ],
  ],
  [
    "dev",
    { connectionMode: "direct" },
    [
      'connectionMode: has no network to go through, and the public address has no authorised one ("direct"); expected cloudSqlConnector without privateNetwork. Set it so, or give privateNetwork.',
    ],
  ],
  [
    "local",
    { connectionMode: "cloudSqlConnector" },
    [
      'connectionMode: needs Google, which a stack on one machine does not have ("cloudSqlConnector"); expected direct. Set it to direct.',
    ],
  ],
  [
    "prod",
    { connectionMode: "direct", privateNetwork: network },
    [
      `privateNetwork: cannot be reached from outside, and roles and migrations need a connection ("${network}"); expected pulumi to run inside it. Run it there and set privateNetworkReachable to true.`,
    ],
  ],
  [
    "prod",
    { privateNetwork: network, privateNetworkReachable: true },
    [
      `privateNetwork: leaves the instance without the public address that cloudSqlConnector uses ("${network}"); expected "" with cloudSqlConnector. Set connectionMode to direct.`,
    ],
  ],
  [
    "local",
    { privateNetwork: network, privateNetworkReachable: true },
    [`privateNetwork: does not exist on one machine ("${network}"); expected "" in local. Remove it.`],
  ],
  [
    "prod",
    { privateNetworkReachable: true },
    [
      "privateNetworkReachable: speaks of a network that is not there (true); expected false without privateNetwork. Give privateNetwork, or remove it.",
    ],
  ],
  [
    "prod",
    { databasePort: 5433 },
    ["databasePort: cannot be chosen on Cloud SQL (5433); expected 5432 in prod. Remove it."],
  ],
  [
    "local",
    { poolerPort: 5432 },
    ["poolerPort: is that of the database (5432); expected another than databasePort. Choose another."],
  ],
  [
    "dev",
    { poolerPort: 8080 },
    ["poolerPort: is that of the service beside it (8080); expected another than 8080. Choose another."],
  ],
  [
    "prod",
    { bucketLocation: "europe-west1" },
    [
      'bucketLocation: is not the region of the instance ("europe-west1"); expected us-central1. Set it so, or change gcp:region.',
    ],
  ],
  [
    "prod",
    { corsOrigins: ["*", "https://a.example"] },
    ['corsOrigins: names single origins beside all ("*, https://a.example"); expected * alone, or no *. Remove *.'],
  ],
  [
    "prod",
    { billingAccount: "" },
    [
      'billingAccount: names none, so nobody would be told when prod costs more than planned (""); expected an account in prod. `gcloud billing accounts list` shows yours.',
    ],
  ],
  [
    "prod",
    { corsMethods: ["GET", "HEAD"] },
    ['corsMethods: lacks what a signed PUT upload needs (["GET","HEAD"]); expected PUT among them. Add PUT.'],
  ],
  [
    "dev",
    { corsHeaders: withoutHash },
    [
      `corsHeaders: lacks what a signed PUT upload needs (${JSON.stringify(withoutHash)}); expected x-goog-hash among them. Add x-goog-hash.`,
    ],
  ],
  [
    "prod",
    { extraLifecycleRules: [{ action: "Delete", age: 3650 }] },
    [
      "extraLifecycleRules[0]: deletes what the library's rows point to (audio/); expected a folder further down, a suffix, a custom time, or withState ARCHIVED. Narrow it: a recording that a rule deletes is played no more.",
    ],
  ],
  [
    "prod",
    {
      autoclassEnabled: true,
      ...{ nearlineAfterDays: 0, coldlineAfterDays: 0, archiveAfterDays: 0 },
      extraLifecycleRules: [{ action: "ARCHIVE", matchesPrefixes: ["audio/old/"], age: 9 }],
    },
    [
      'extraLifecycleRules: moves what autoclassEnabled moves already ("[0] ARCHIVE"); expected rules that delete only, with autoclassEnabled. Remove it, or set autoclassEnabled to false.',
    ],
  ],
  [
    "prod",
    { bucketForceDestroy: true },
    [
      "bucketForceDestroy: would delete every recording with the bucket (true); expected false in prod. Set it to false.",
    ],
  ],
  [
    "prod",
    { coldlineAfterDays: 59 },
    [
      "coldlineAfterDays: comes 29 days after nearlineAfterDays (59); expected at least 60, because NEARLINE bills 30 days in any case. Raise it, or set one of the two to 0.",
    ],
  ],
  [
    "prod",
    { archiveAfterDays: 20 },
    [
      "archiveAfterDays: comes -70 days after coldlineAfterDays (20); expected at least 180, because COLDLINE bills 90 days in any case. Raise it, or set one of the two to 0.",
    ],
  ],
  [
    "prod",
    { serviceMinInstances: 6 },
    ["serviceMinInstances: is above serviceMaxInstances (6); expected at most 5. Lower it."],
  ],
  [
    "prod",
    { serviceImage: "us-docker.pkg.dev/loist-music-library/images/tracks:1.0.0" },
    [
      'serviceImage: can be changed behind its name ("us-docker.pkg.dev/loist-music-library/images/tracks:1.0.0"); expected an image by digest (NAME@sha256:...) in prod. Push it, and take the digest that the push prints.',
    ],
  ],
  [
    "prod",
    { poolerImage: "docker.io/edoburu/pgbouncer:v1.25.2-p0" },
    [
      'poolerImage: can be changed behind its name ("docker.io/edoburu/pgbouncer:v1.25.2-p0"); expected an image by digest (NAME@sha256:...) in prod. Push it, and take the digest that the push prints.',
    ],
  ],
  [
    "dev",
    { storageEndpoint: "http://127.0.0.1:9000" },
    ['storageEndpoint: is not Google\'s ("http://127.0.0.1:9000"); expected "" in dev. Remove it.'],
  ],
  [
    "prod",
    { iamCredentialsEndpoint: "http://127.0.0.1:9000" },
    ['iamCredentialsEndpoint: is not Google\'s ("http://127.0.0.1:9000"); expected "" in prod. Remove it.'],
  ],
  [
    "prod",
    { secretManagerEndpoint: "http://127.0.0.1:9000" },
    ['secretManagerEndpoint: is not Google\'s ("http://127.0.0.1:9000"); expected "" in prod. Remove it.'],
  ],
  [
    "dev",
    { managementEndpoint: "http://127.0.0.1:9000" },
    ['managementEndpoint: is not Google\'s ("http://127.0.0.1:9000"); expected "" in dev. Remove it.'],
  ],
  [
    "prod",
    { bucketName: "Music" },
    [
      'bucket "Music": has characters that are not allowed (Music); expected lower-case letters, digits, "-" and "_". Choose another bucketName.',
      'bucket "Music": begins or ends wrongly (Music); expected a letter or digit at both ends. Choose another bucketName.',
    ],
  ],
  [
    "prod",
    { databaseFlags: { work_mem: "64 parsecs", shared_bufers: "1GB" } },
    [
      'databaseFlags "work_mem": has a wrong unit or is no whole number of it (64 parsecs); expected 64kB to 2147483647kB in B, kB, MB, GB or TB. Write it as 64MB.',
      'databaseFlags "shared_bufers": is no flag that this program knows (shared_bufers); expected one of the 56 in components/flag-catalogue.ts. Did you mean shared_buffers?',
    ],
  ],
  [
    "prod",
    { databaseFlags: { effective_cache_size: "2880MB" } },
    [
      'databaseFlags "effective_cache_size": is 75.0 % of the memory of db-custom-1-3840 (2880MB); expected 10 to 70 %, which is 384MB to 2688MB. Set it in databaseFlags.',
    ],
  ],
  [
    "prod",
    { serviceMaxInstances: 100 },
    [
      "serviceMaxInstances: leaves a pool without a connection (100), because connections: floor((100 max_connections - 3 superuser - 5 Cloud SQL - 5 administration) / (100 instances x 2 overlap x 1 user x 1 database)) - 1 reserve = -1; expected 1 or more. Use at most 21 instances, or raise max_connections in databaseFlags.",
    ],
  ],
  [
    "prod",
    { tier: "db-f1-micro", flagProfile: "first-deployment" },
    [
      'tier "db-f1-micro": cannot hold what the server allocates in any case, because 552.6 MB usable - 768 shared_buffers - 25 sessions x 8 = -415.4 MB; expected 0 MB or more. Take a larger tier, or lower shared_buffers in databaseFlags or serviceMaxInstances.',
    ],
  ],
  [
    "prod",
    { alertEmails: [] },
    [
      'alertEmails: names nobody, so an alert would reach nobody (""); expected at least one address in prod. Name who is on call.',
    ],
  ],
  [
    "prod",
    {
      billingAccount: "012345-6789AB-CDEF01",
      alertEmails: ["a", "b", "c", "d", "e", "f"].map((who) => `${who}@music.example`),
    },
    [
      "alertEmails: has more addresses than a budget can tell (6); expected at most 5 with billingAccount. Use an address of a group.",
    ],
  ],
  [
    "prod",
    { connectionShares: { importer: 100 } },
    [
      "serviceMaxInstances: leaves a pool without a connection (5), because connections: floor((100 max_connections - 3 superuser - 5 Cloud SQL - 5 administration) / ((5 + 100) instances x 2 overlap x 1 user x 1 database)) - 1 reserve = -1; expected 1 or more. Raise max_connections in databaseFlags, or lower administrationConnections.",
    ],
  ],
];
