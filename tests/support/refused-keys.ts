// Values that are refused each by its own key's rule, in stack prod, with the whole message.
import { corsHeaders, corsMethods } from "../../components/cors-rule.ts";
import { configKeys } from "../../config/schema.ts";

const inFile = (fallback?: string): string =>
  `Correct it in Pulumi.prod.yaml${fallback === undefined ? "" : `, or remove it there for the default ${fallback}`}.`;

/** A setting beside defaults that fit, and the one problem that is reported. */
export type RefusedKey = [raw: Readonly<Record<string, unknown>>, problem: string];

export const refusedKeys: readonly RefusedKey[] = [
  [
    { environment: "staging" },
    `environment: is none of the values ("staging"); expected dev or prod or local. ${inFile('"dev"')}`,
  ],
  [
    { nameSuffix: "Blue" },
    `nameSuffix: has the wrong form ("Blue"); expected "" or 1 to 7 lower-case letters and digits. ${inFile()}`,
  ],
  [
    { nameSuffix: "eightchr" },
    `nameSuffix: has the wrong form ("eightchr"); expected "" or 1 to 7 lower-case letters and digits. ${inFile()}`,
  ],
  [{ nameSuffix: 7 }, `nameSuffix: is no text (7); expected "" or 1 to 7 lower-case letters and digits. ${inFile()}`],
  [
    { edition: "enterprise" },
    `edition: is none of the values ("enterprise"); expected ENTERPRISE or ENTERPRISE_PLUS. ${inFile('"ENTERPRISE"')}`,
  ],
  [
    { availabilityType: "MULTI" },
    `availabilityType: is none of the values ("MULTI"); expected ZONAL or REGIONAL. ${inFile('"ZONAL"')}`,
  ],
  [{ diskType: "SSD" }, `diskType: is none of the values ("SSD"); expected PD_SSD or PD_HDD. ${inFile('"PD_SSD"')}`],
  [
    { diskSizeGb: "9" },
    `diskSizeGb: is too small ("9"); expected a whole number of GB from 10 to 65536. ${inFile("20")}`,
  ],
  [
    { diskSizeGb: "twenty" },
    `diskSizeGb: is no number ("twenty"); expected a whole number of GB from 10 to 65536. ${inFile("20")}`,
  ],
  [
    { diskSizeGb: 20.5 },
    `diskSizeGb: is no whole number (20.5); expected a whole number of GB from 10 to 65536. ${inFile("20")}`,
  ],
  [
    { diskSizeGb: "" },
    `diskSizeGb: is no number (""); expected a whole number of GB from 10 to 65536. ${inFile("20")}`,
  ],
  [
    { diskSizeGb: true },
    `diskSizeGb: is no number (true); expected a whole number of GB from 10 to 65536. ${inFile("20")}`,
  ],
  [
    { diskAutoresizeLimitGb: 65537 },
    `diskAutoresizeLimitGb: is too large (65537); expected a whole number of GB from 10 to 65536. ${inFile("100")}`,
  ],
  [
    { flagProfile: "fast" },
    `flagProfile: is none of the values ("fast"); expected computed or first-deployment. ${inFile('"computed"')}`,
  ],
  [
    { databaseFlags: "work_mem=64MB" },
    `databaseFlags: is no map ("work_mem=64MB"); expected a map of flag to value, sizes and times with their unit as "64MB" or "500ms". ${inFile("{}")}`,
  ],
  [
    { retainedBackups: 0 },
    `retainedBackups: is too small (0); expected a whole number of daily backups from 1 to 365. ${inFile("7")}`,
  ],
  [
    { retainedBackups: 366 },
    `retainedBackups: is too large (366); expected a whole number of daily backups from 1 to 365. ${inFile("7")}`,
  ],
  [
    { backupStartTime: "24:00" },
    `backupStartTime: has the wrong form ("24:00"); expected a time of day in UTC from 00:00 to 23:59. ${inFile('"03:00"')}`,
  ],
  [
    { backupStartTime: "3am" },
    `backupStartTime: has the wrong form ("3am"); expected a time of day in UTC from 00:00 to 23:59. ${inFile('"03:00"')}`,
  ],
  [
    { pointInTimeRecoveryEnabled: "yes" },
    `pointInTimeRecoveryEnabled: is no switch ("yes"); expected true or false. ${inFile("true")}`,
  ],
  [
    { transactionLogRetentionDays: 36 },
    `transactionLogRetentionDays: is too large (36); expected a whole number of days from 1 to 35. ${inFile("7")}`,
  ],
  [
    { sslMode: "ALLOW_UNENCRYPTED_AND_ENCRYPTED" },
    `sslMode: is none of the values ("ALLOW_UNENCRYPTED_AND_ENCRYPTED"); expected TRUSTED_CLIENT_CERTIFICATE_REQUIRED or ENCRYPTED_ONLY. ${inFile('"TRUSTED_CLIENT_CERTIFICATE_REQUIRED"')}`,
  ],
  [
    { connectionMode: "proxy" },
    `connectionMode: is none of the values ("proxy"); expected cloudSqlConnector or direct. ${inFile('"cloudSqlConnector"')}`,
  ],
  [
    { privateNetwork: "default" },
    `privateNetwork: has the wrong form ("default"); expected "", own or projects/PROJECT/global/networks/NETWORK. ${inFile()}`,
  ],
  [{ databasePort: 80 }, `databasePort: is too small (80); expected a TCP port from 1024 to 65535. ${inFile("5432")}`],
  [{ protectResources: 1 }, `protectResources: is no switch (1); expected true or false. ${inFile("true")}`],
  [
    { bucketLocation: "US" },
    `bucketLocation: has the wrong form ("US"); expected the region of the instance, as us-central1. ${inFile('"us-central1"')}`,
  ],
  [
    { corsOrigins: "https://a.example" },
    `corsOrigins: is no list ("https://a.example"); expected a list of origins as https://music.example.org, or * alone, none twice. ${inFile('["*"]')}`,
  ],
  [
    { corsOrigins: ["a.example"] },
    `corsOrigins: has the wrong form (["a.example"]); expected a list of origins as https://music.example.org, or * alone, none twice. ${inFile('["*"]')}`,
  ],
  [
    { corsOrigins: ["https://a.example/"] },
    `corsOrigins: has the wrong form (["https://a.example/"]); expected a list of origins as https://music.example.org, or * alone, none twice. ${inFile('["*"]')}`,
  ],
  [
    { corsOrigins: ["https://a.example", "https://a.example"] },
    `corsOrigins: names something twice (["https://a.example","https://a.example"]); expected a list of origins as https://music.example.org, or * alone, none twice. ${inFile('["*"]')}`,
  ],
  [
    { corsMethods: ["get"] },
    `corsMethods: has the wrong form (["get"]); expected a list of GET, HEAD, PUT, POST, none twice. ${inFile(JSON.stringify(corsMethods))}`,
  ],
  [
    { corsHeaders: ["Range:"] },
    `corsHeaders: has the wrong form (["Range:"]); expected a list of names of headers, none twice. ${inFile(`${JSON.stringify(corsHeaders).slice(0, 79)}…`)}`,
  ],
  ...[
    { seen: [{ action: "delete", age: 1 }], wrong: "is none of the values" },
    { seen: [{ action: "Delete", days: 1 }], wrong: "is not accepted" },
    { seen: [{ action: "Delete", age: 0 }], wrong: "is too small" },
    { seen: [{ action: "Delete", createdBefore: "last year" }], wrong: "has the wrong form" },
    { seen: [{ action: "Delete", matchesSuffixes: ".tmp" }], wrong: "is no list" },
    { seen: { action: "Delete", age: 1 }, wrong: "is no list" },
  ].map(({ seen, wrong }): RefusedKey => [
    { extraLifecycleRules: seen },
    `extraLifecycleRules: ${wrong} (${JSON.stringify(seen)}); expected ${configKeys.extraLifecycleRules.accepted}. ${inFile("[]")}`,
  ]),
  [
    { corsMaxAgeSeconds: 86401 },
    `corsMaxAgeSeconds: is too large (86401); expected a whole number of seconds from 0 to 86400. ${inFile("3600")}`,
  ],
  [
    { noncurrentRetentionDays: 0 },
    `noncurrentRetentionDays: is too small (0); expected a whole number of days from 1 to 3650. ${inFile("30")}`,
  ],
  [
    { tempRetentionDays: 0 },
    `tempRetentionDays: is too small (0); expected a whole number of days from 1 to 30. ${inFile("1")}`,
  ],
  [
    { archiveAfterDays: -1 },
    `archiveAfterDays: is too small (-1); expected a whole number of days from 0 to 3650. ${inFile("365")}`,
  ],
  [
    { serviceImage: "Not An Image" },
    `serviceImage: has the wrong form ("Not An Image"); expected "" or an image as REGISTRY/PATH@sha256:64 hex digits. ${inFile()}`,
  ],
  [
    { serviceMaxInstances: 0 },
    `serviceMaxInstances: is too small (0); expected a whole number of instances from 1 to 100. ${inFile("5")}`,
  ],
  [
    { serviceConcurrency: 1001 },
    `serviceConcurrency: is too large (1001); expected a whole number of requests from 1 to 1000. ${inFile("80")}`,
  ],
  [
    { deployOverlap: 0 },
    `deployOverlap: is too small (0); expected a whole number of revisions from 1 to 4. ${inFile("2")}`,
  ],
  [
    { administrationConnections: 0 },
    `administrationConnections: is too small (0); expected a whole number of connections from 1 to 100. ${inFile("5")}`,
  ],
  [
    { ingress: "all" },
    `ingress: is none of the values ("all"); expected INGRESS_TRAFFIC_INTERNAL_ONLY or INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER or INGRESS_TRAFFIC_ALL. ${inFile('"INGRESS_TRAFFIC_INTERNAL_ONLY"')}`,
  ],
  [
    { invokers: ["allUsers"] },
    `invokers: has the wrong form (["allUsers"]); expected a list of user:, group:, serviceAccount: or domain: members, none twice. ${inFile("[]")}`,
  ],
  [
    { invokers: ["allAuthenticatedUsers"] },
    `invokers: has the wrong form (["allAuthenticatedUsers"]); expected a list of user:, group:, serviceAccount: or domain: members, none twice. ${inFile("[]")}`,
  ],
  [
    { activeLogin: "postgres" },
    `activeLogin: is none of the values ("postgres"); expected music_library_user or music_library_user_b. ${inFile('"music_library_user"')}`,
  ],
  [
    { alertEmails: ["on call"] },
    `alertEmails: has the wrong form (["on call"]); expected a list of e-mail addresses, none twice. ${inFile("[]")}`,
  ],
  [
    { billingAccount: "billingAccounts/012345-6789AB-CDEF01" },
    `billingAccount: has the wrong form ("billingAccounts/012345-6789AB-CDEF01"); expected "" or an account as 012345-6789AB-CDEF01. ${inFile()}`,
  ],
  [
    { monthlyBudgetUsd: "150.50" },
    `monthlyBudgetUsd: is no whole number ("150.50"); expected a whole number of US dollars from 1 to 1000000. ${inFile("150")}`,
  ],
  [
    { storageEndpoint: "localhost:8080" },
    `storageEndpoint: has the wrong form ("localhost:8080"); expected "" or an address as http://127.0.0.1:8080, without a path. ${inFile()}`,
  ],
  [
    { flagProfil: "computed" },
    `flagProfil: is no key of this project (flagProfil); expected one of the ${Object.keys(configKeys).length} keys in Pulumi.yaml. Did you mean flagProfile?`,
  ],
  [
    { diskSize: 20 },
    `diskSize: is no key of this project (diskSize); expected one of the ${Object.keys(configKeys).length} keys in Pulumi.yaml. Did you mean diskSizeGb?`,
  ],
  [
    { kubernetesVersion: 1 },
    `kubernetesVersion: is no key of this project (kubernetesVersion); expected one of the ${Object.keys(configKeys).length} keys in Pulumi.yaml. Remove it.`,
  ],
  [
    { nearlineAfterDays: 3651 },
    `nearlineAfterDays: is too large (3651); expected a whole number of days from 0 to 3650. ${inFile("30")}`,
  ],
  [
    { operators: ["everybody"] },
    `operators: has the wrong form (["everybody"]); expected a list of user:, group:, serviceAccount: or domain: members, none twice. ${inFile("[]")}`,
  ],
  [
    { migrationTarget: "V0008" },
    `migrationTarget: has the wrong form ("V0008"); expected "" or a version in quotes, as "0008". ${inFile()}`,
  ],
  [
    { passwordRotations: -1 },
    `passwordRotations: is too small (-1); expected a whole number of rotations from 0 to 100000. ${inFile("0")}`,
  ],
  [
    { connectionShares: { importer: 0 } },
    `connectionShares: is too small ({"importer":0}); expected a map of an application's name to 1 to 100 instances. ${inFile("{}")}`,
  ],
  [
    { connectionShares: { importer: "two" } },
    `connectionShares: is no number ({"importer":"two"}); expected a map of an application's name to 1 to 100 instances. ${inFile("{}")}`,
  ],
  [
    { connectionShares: { Importer: 2 } },
    `connectionShares: is not accepted ({"Importer":2}); expected a map of an application's name to 1 to 100 instances. ${inFile("{}")}`,
  ],
];
