// Values of the keys of the instance, its recovery, its network and its readers that are refused, with the whole message.
import type { RefusedKey } from "./refused-keys.ts";

/** In stack prod. */
export const refusedInstanceKeys: readonly RefusedKey[] = [
  [
    { tier: "n1-standard-1" },
    'tier: has the wrong form ("n1-standard-1"); expected db-custom-CPUS-MB, db-f1-micro or db-g1-small (ENTERPRISE), db-perf-optimized-N-CPUS (ENTERPRISE_PLUS). Correct it in Pulumi.prod.yaml, or remove it there for the default "db-custom-1-3840".',
  ],
  [
    { tier: "" },
    'tier: has the wrong form (""); expected db-custom-CPUS-MB, db-f1-micro or db-g1-small (ENTERPRISE), db-perf-optimized-N-CPUS (ENTERPRISE_PLUS). Correct it in Pulumi.prod.yaml, or remove it there for the default "db-custom-1-3840".',
  ],
  [
    { environment: "production" },
    'environment: is none of the values ("production"); expected dev or prod or local. Correct it in Pulumi.prod.yaml, or remove it there for the default "dev".',
  ],
  [
    { diskType: "HYPERDISK_BALANCED" },
    'diskType: is none of the values ("HYPERDISK_BALANCED"); expected PD_SSD or PD_HDD. Correct it in Pulumi.prod.yaml, or remove it there for the default "PD_SSD".',
  ],
  [
    { diskSizeGb: "20GB" },
    'diskSizeGb: is no number ("20GB"); expected a whole number of GB from 10 to 65536. Correct it in Pulumi.prod.yaml, or remove it there for the default 20.',
  ],
  [
    { diskAutoresizeLimitGb: 9 },
    "diskAutoresizeLimitGb: is too small (9); expected a whole number of GB from 10 to 65536. Correct it in Pulumi.prod.yaml, or remove it there for the default 100.",
  ],
  [
    { retainedBackups: "7 days" },
    'retainedBackups: is no number ("7 days"); expected a whole number of daily backups from 1 to 365. Correct it in Pulumi.prod.yaml, or remove it there for the default 7.',
  ],
  [
    { transactionLogRetentionDays: 0 },
    "transactionLogRetentionDays: is too small (0); expected a whole number of days from 1 to 35. Correct it in Pulumi.prod.yaml, or remove it there for the default 7.",
  ],
  [
    { backupStartTime: "03:00:00" },
    'backupStartTime: has the wrong form ("03:00:00"); expected a time of day in UTC from 00:00 to 23:59. Correct it in Pulumi.prod.yaml, or remove it there for the default "03:00".',
  ],
  [
    { finalBackupRetentionDays: 366 },
    "finalBackupRetentionDays: is too large (366); expected a whole number of days from 0 to 365. Correct it in Pulumi.prod.yaml, or remove it there for the default 30.",
  ],
  [
    { finalBackupRetentionDays: -1 },
    "finalBackupRetentionDays: is too small (-1); expected a whole number of days from 0 to 365. Correct it in Pulumi.prod.yaml, or remove it there for the default 30.",
  ],
  [
    { finalBackupRetentionDays: "30d" },
    'finalBackupRetentionDays: is no number ("30d"); expected a whole number of days from 0 to 365. Correct it in Pulumi.prod.yaml, or remove it there for the default 30.',
  ],
  [
    { maintenanceWindow: "sunday 4am" },
    'maintenanceWindow: has the wrong form ("sunday 4am"); expected a day and a full hour in UTC, as sunday 04:00. Correct it in Pulumi.prod.yaml, or remove it there for the default "sunday 04:00".',
  ],
  [
    { maintenanceWindow: "Sunday 04:00" },
    'maintenanceWindow: has the wrong form ("Sunday 04:00"); expected a day and a full hour in UTC, as sunday 04:00. Correct it in Pulumi.prod.yaml, or remove it there for the default "sunday 04:00".',
  ],
  [
    { maintenanceWindow: "sunday 04:30" },
    'maintenanceWindow: has the wrong form ("sunday 04:30"); expected a day and a full hour in UTC, as sunday 04:00. Correct it in Pulumi.prod.yaml, or remove it there for the default "sunday 04:00".',
  ],
  [
    { maintenanceWindow: "7 4" },
    'maintenanceWindow: has the wrong form ("7 4"); expected a day and a full hour in UTC, as sunday 04:00. Correct it in Pulumi.prod.yaml, or remove it there for the default "sunday 04:00".',
  ],
  [
    { maintenanceWindow: "" },
    'maintenanceWindow: has the wrong form (""); expected a day and a full hour in UTC, as sunday 04:00. Correct it in Pulumi.prod.yaml, or remove it there for the default "sunday 04:00".',
  ],
  [
    { maintenanceTrack: "production" },
    'maintenanceTrack: is none of the values ("production"); expected canary or stable or week5. Correct it in Pulumi.prod.yaml, or remove it there for the default "stable".',
  ],
  [
    { maintenanceDenyPeriod: "December" },
    'maintenanceDenyPeriod: has the wrong form ("December"); expected "", or a first and a last day as 12-15/01-05 (every year) or 2026-12-15/2027-01-05, at most 90 days. Correct it in Pulumi.prod.yaml.',
  ],
  [
    { maintenanceDenyPeriod: "12-15" },
    'maintenanceDenyPeriod: has the wrong form ("12-15"); expected "", or a first and a last day as 12-15/01-05 (every year) or 2026-12-15/2027-01-05, at most 90 days. Correct it in Pulumi.prod.yaml.',
  ],
  [
    { maintenanceDenyPeriod: "2026-12-15/01-05" },
    'maintenanceDenyPeriod: has the wrong form ("2026-12-15/01-05"); expected "", or a first and a last day as 12-15/01-05 (every year) or 2026-12-15/2027-01-05, at most 90 days. Correct it in Pulumi.prod.yaml.',
  ],
  [
    { readPoolNodes: 21 },
    "readPoolNodes: is too large (21); expected a whole number of nodes from 0 to 20. Correct it in Pulumi.prod.yaml, or remove it there for the default 0.",
  ],
  [
    { readPoolNodes: 1.5 },
    "readPoolNodes: is no whole number (1.5); expected a whole number of nodes from 0 to 20. Correct it in Pulumi.prod.yaml, or remove it there for the default 0.",
  ],
  [
    { readReplicas: 2 },
    'readReplicas: is no list (2); expected a list of at most 10 replicas as {"name": "a"}, each also with tier, source (an earlier one\'s name), databaseFlags or, only on one machine, port. Correct it in Pulumi.prod.yaml, or remove it there for the default [].',
  ],
  [
    { readReplicas: [{}] },
    'readReplicas: is no text ([{}]); expected a list of at most 10 replicas as {"name": "a"}, each also with tier, source (an earlier one\'s name), databaseFlags or, only on one machine, port. Correct it in Pulumi.prod.yaml, or remove it there for the default [].',
  ],
  [
    { readReplicas: [{ name: "Replica" }] },
    'readReplicas: has the wrong form ([{"name":"Replica"}]); expected a list of at most 10 replicas as {"name": "a"}, each also with tier, source (an earlier one\'s name), databaseFlags or, only on one machine, port. Correct it in Pulumi.prod.yaml, or remove it there for the default [].',
  ],
  [
    { readReplicas: [{ name: "a", zone: "us-central1-a" }] },
    'readReplicas: is not accepted ([{"name":"a","zone":"us-central1-a"}]); expected a list of at most 10 replicas as {"name": "a"}, each also with tier, source (an earlier one\'s name), databaseFlags or, only on one machine, port. Correct it in Pulumi.prod.yaml, or remove it there for the default [].',
  ],
  [
    {
      readReplicas: [
        { name: "r0" },
        { name: "r1" },
        { name: "r2" },
        { name: "r3" },
        { name: "r4" },
        { name: "r5" },
        { name: "r6" },
        { name: "r7" },
        { name: "r8" },
        { name: "r9" },
        { name: "r10" },
      ],
    },
    'readReplicas: is too large ([{"name":"r0"},{"name":"r1"},{"name":"r2"},{"name":"r3"},{"name":"r4"},{"name":…); expected a list of at most 10 replicas as {"name": "a"}, each also with tier, source (an earlier one\'s name), databaseFlags or, only on one machine, port. Correct it in Pulumi.prod.yaml, or remove it there for the default [].',
  ],
  [
    { privateNetwork: "vpc" },
    'privateNetwork: has the wrong form ("vpc"); expected "", own or projects/PROJECT/global/networks/NETWORK. Correct it in Pulumi.prod.yaml.',
  ],
  [
    { networkRange: "10.64.0.0/24" },
    'networkRange: has the wrong form ("10.64.0.0/24"); expected a private IPv4 range of /16 to /22, as 10.64.0.0/20. Correct it in Pulumi.prod.yaml, or remove it there for the default "10.64.0.0/20".',
  ],
  [
    { networkRange: "10.64.0.0" },
    'networkRange: has the wrong form ("10.64.0.0"); expected a private IPv4 range of /16 to /22, as 10.64.0.0/20. Correct it in Pulumi.prod.yaml, or remove it there for the default "10.64.0.0/20".',
  ],
  [
    { networkRange: "fd00::/20" },
    'networkRange: has the wrong form ("fd00::/20"); expected a private IPv4 range of /16 to /22, as 10.64.0.0/20. Correct it in Pulumi.prod.yaml, or remove it there for the default "10.64.0.0/20".',
  ],
  [
    { databaseReaders: ["domain:music.example"] },
    'databaseReaders: has the wrong form (["domain:music.example"]); expected a list of user:, group: or serviceAccount: members, none twice. Correct it in Pulumi.prod.yaml, or remove it there for the default [].',
  ],
  [
    { databaseReaders: ["allUsers"] },
    'databaseReaders: has the wrong form (["allUsers"]); expected a list of user:, group: or serviceAccount: members, none twice. Correct it in Pulumi.prod.yaml, or remove it there for the default [].',
  ],
  [
    { databaseReaders: ["user:ana"] },
    'databaseReaders: has the wrong form (["user:ana"]); expected a list of user:, group: or serviceAccount: members, none twice. Correct it in Pulumi.prod.yaml, or remove it there for the default [].',
  ],
  [
    { databaseReaders: ["user:a@music.example", "user:a@music.example"] },
    'databaseReaders: names something twice (["user:a@music.example","user:a@music.example"]); expected a list of user:, group: or serviceAccount: members, none twice. Correct it in Pulumi.prod.yaml, or remove it there for the default [].',
  ],
  [
    { encryptionKey: "database" },
    'encryptionKey: has the wrong form ("database"); expected "", own or projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY. Correct it in Pulumi.prod.yaml.',
  ],
  [
    { encryptionKey: "projects/p/locations/us-central1/keyRings/r" },
    'encryptionKey: has the wrong form ("projects/p/locations/us-central1/keyRings/r"); expected "", own or projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY. Correct it in Pulumi.prod.yaml.',
  ],
  [
    { sslMode: "REQUIRE" },
    'sslMode: is none of the values ("REQUIRE"); expected TRUSTED_CLIENT_CERTIFICATE_REQUIRED or ENCRYPTED_ONLY. Correct it in Pulumi.prod.yaml, or remove it there for the default "TRUSTED_CLIENT_CERTIFICATE_REQUIRED".',
  ],
  [
    { databasePort: 65536 },
    "databasePort: is too large (65536); expected a TCP port from 1024 to 65535. Correct it in Pulumi.prod.yaml, or remove it there for the default 5432.",
  ],
  [
    { databaseFlags: { work_mem: { kB: 4 } } },
    'databaseFlags: is not accepted ({"work_mem":{"kB":4}}); expected a map of flag to value, sizes and times with their unit as "64MB" or "500ms". Correct it in Pulumi.prod.yaml, or remove it there for the default {}.',
  ],
];
