// Settings of the instance, its recovery, its network and its readers that are refused together, with all that is reported.
import type { RefusedCombination } from "./refused-combinations.ts";

export const refusedInstanceCombinations: readonly RefusedCombination[] = [
  [
    "prod",
    { dataCacheEnabled: true },
    [
      "dataCacheEnabled: does not exist in edition ENTERPRISE (true); expected false. Set it to false, or edition to ENTERPRISE_PLUS.",
    ],
  ],
  [
    "prod",
    { managedPoolingEnabled: true },
    [
      "managedPoolingEnabled: does not exist in edition ENTERPRISE (true); expected false. Set it to false, or edition to ENTERPRISE_PLUS.",
    ],
  ],
  [
    "prod",
    { readPoolNodes: 2 },
    [
      "readPoolNodes: does not exist in edition ENTERPRISE (2); expected 0. Set it to 0, or edition to ENTERPRISE_PLUS.",
    ],
  ],
  [
    "prod",
    { edition: "ENTERPRISE_PLUS", tier: "db-f1-micro" },
    [
      'tier: does not exist in edition ENTERPRISE_PLUS ("db-f1-micro"); expected db-perf-optimized-N-CPUS. Change the tier, or edition to ENTERPRISE.',
    ],
  ],
  [
    "prod",
    { edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-3" },
    [
      'tier "db-perf-optimized-N-3": has a number of vCPUs that does not exist (3); expected one of 2, 4, 8, 16, 32, 48, 64, 80, 128. Take the next larger one.',
    ],
  ],
  [
    "prod",
    { tier: "db-n1-standard-1" },
    [
      'tier "db-n1-standard-1": is no machine type of Cloud SQL for PostgreSQL (db-n1-standard-1); expected db-custom-CPUS-MB, db-perf-optimized-N-CPUS, db-f1-micro or db-g1-small. Begin with db-custom-1-3840.',
    ],
  ],
  [
    "prod",
    { tier: "db-custom-1-3000" },
    [
      'tier "db-custom-1-3000": has memory between two steps (3000 MB); expected a multiple of 256 MB. Take 3072 MB.',
      'tier "db-custom-1-3000": has too little memory for its vCPUs (3000 MB); expected 3840 to 6656 MB (0.9 to 6.5 GB a vCPU, at least 3.75 GB). Take memory in that range.',
    ],
  ],
  [
    "prod",
    { tier: "db-custom-1-7168" },
    [
      'tier "db-custom-1-7168": has too much memory for its vCPUs (7168 MB); expected 3840 to 6656 MB (0.9 to 6.5 GB a vCPU, at least 3.75 GB). Take memory in that range.',
    ],
  ],
  [
    "prod",
    { tier: "db-custom-98-375808" },
    [
      'tier "db-custom-98-375808": has a number of vCPUs that Cloud SQL refuses (98); expected 1 or an even number up to 96. Take the next even number.',
    ],
  ],
  [
    "prod",
    { tier: "db-custom-2-3841" },
    ['tier "db-custom-2-3841": has memory between two steps (3841 MB); expected a multiple of 256 MB. Take 4096 MB.'],
  ],
  [
    "prod",
    { maintenanceDenyPeriod: "10-01/02-01" },
    [
      'maintenanceDenyPeriod: lasts 123 days ("10-01/02-01"); expected 1 to 90 days from the first to the last. Correct the days.',
    ],
  ],
  [
    "prod",
    { maintenanceDenyPeriod: "02-30/03-05" },
    ['maintenanceDenyPeriod: has a day that no calendar has ("02-30/03-05"); expected real days. Correct the days.'],
  ],
  [
    "prod",
    { maintenanceDenyPeriod: "2027-01-05/2026-12-15" },
    [
      'maintenanceDenyPeriod: lasts -21 days ("2027-01-05/2026-12-15"); expected 1 to 90 days from the first to the last. Correct the days.',
    ],
  ],
  [
    "prod",
    { finalBackupRetentionDays: 0 },
    [
      "finalBackupRetentionDays: leaves nothing when the instance is deleted by mistake (0); expected 1 to 365 days in prod. Set it to 30.",
    ],
  ],
  [
    "prod",
    { readReplicas: [{ name: "a" }, { name: "a" }] },
    ['readReplicas "a": is there twice (a); expected each name once. Choose another name.'],
  ],
  [
    "prod",
    { readReplicas: [{ name: "a", source: "b" }] },
    ['readReplicas "a": follows a replica that is not before it (b); expected no source. Change source or the order.'],
  ],
  [
    "prod",
    { readReplicas: [{ name: "a", tier: "db-perf-optimized-N-2" }] },
    [
      'readReplicas "a": is of another edition than the primary (db-perf-optimized-N-2); expected a tier of ENTERPRISE. Change its tier, or leave it out.',
    ],
  ],
  [
    "prod",
    { readReplicas: [{ name: "a", databaseFlags: { max_connections: 50 } }] },
    [
      'readReplicas "a": has a smaller max_connections than the primary, and would stop replaying (50); expected at least 100. Raise it, or leave it out.',
    ],
  ],
  [
    "prod",
    { readReplicas: [{ name: "a", databaseFlags: { shared_buffers: 98304 } }] },
    [
      'readReplicas "a": databaseFlags "shared_buffers": has no unit (98304); expected 128kB to 8589934584kB in B, kB, MB, GB or TB. PostgreSQL would read it as 768MB: write "768MB" if that is meant.',
    ],
  ],
  [
    "prod",
    { databaseFlags: { "cloudsql.enable_pgaudit": true } },
    [
      'databaseFlags "cloudsql.enable_pgaudit": follows from pgauditEnabled (true); expected it to be left out, which is off now. Remove it and set pgauditEnabled.',
    ],
  ],
  [
    "prod",
    { databaseFlags: { "pgaudit.log": "ddl" } },
    [
      'databaseFlags "pgaudit.log": has no effect while pgauditEnabled is false (ddl); expected it to be left out. Set pgauditEnabled to true.',
    ],
  ],
  [
    "prod",
    { pgauditEnabled: true, databaseFlags: { "cloudsql.enable_pgaudit": false } },
    [
      'databaseFlags "cloudsql.enable_pgaudit": follows from pgauditEnabled (false); expected it to be left out, which is on now. Remove it and set pgauditEnabled.',
    ],
  ],
  [
    "prod",
    { databaseReaders: ["user:a@music.example"], databaseFlags: { "cloudsql.iam_authentication": false } },
    [
      'databaseFlags "cloudsql.iam_authentication": follows from databaseReaders (false); expected it to be left out, which is on now. Remove it and set databaseReaders.',
    ],
  ],
  [
    "prod",
    { databaseFlags: { shared_buffers: 98304 } },
    [
      'databaseFlags "shared_buffers": has no unit (98304); expected 128kB to 8589934584kB in B, kB, MB, GB or TB. PostgreSQL would read it as 768MB: write "768MB" if that is meant.',
    ],
  ],
  [
    "prod",
    { databaseFlags: { maintenance_work_mem: 131072 } },
    [
      'databaseFlags "maintenance_work_mem": has no unit (131072); expected 1MB to 2147483647kB in B, kB, MB, GB or TB. PostgreSQL would read it as 128MB: write "128MB" if that is meant.',
    ],
  ],
  [
    "prod",
    { databaseFlags: { effective_cache_size: "16509331" } },
    [
      'databaseFlags "effective_cache_size": has no unit (16509331); expected 8kB to 17179869176kB in B, kB, MB, GB or TB. PostgreSQL would read it as 132074648kB: write "132074648kB" if that is meant.',
    ],
  ],
  [
    "prod",
    { databaseFlags: { shared_buffers: "3GB" } },
    [
      'databaseFlags "shared_buffers": is 80.0 % of the memory of db-custom-1-3840 (3072MB); expected 10 to 60 %, which is 384MB to 2304MB. Set it in databaseFlags.',
    ],
  ],
  [
    "prod",
    { databaseFlags: { shared_buffers: "256MB" } },
    [
      'databaseFlags "shared_buffers": is 6.7 % of the memory of db-custom-1-3840 (256MB); expected 10 to 60 %, which is 384MB to 2304MB. Set it in databaseFlags.',
    ],
  ],
  [
    "prod",
    { databaseFlags: { statement_timeout: 30 } },
    [
      'databaseFlags "statement_timeout": has no unit (30); expected 0ms to 2147483647ms in us, ms, s, min, h or d, or 0. PostgreSQL would read it as 30ms: write "30ms" if that is meant.',
    ],
  ],
  [
    "prod",
    { databaseFlags: { max_connections: "100 connections" } },
    [
      'databaseFlags "max_connections": is not a whole number (100 connections); expected a whole number from 1 to 262143. Write it without a unit.',
    ],
  ],
  [
    "prod",
    { databaseFlags: { ssl: "off" } },
    [
      'databaseFlags "ssl": is no flag that this program knows (ssl); expected one of the 56 in components/flag-catalogue.ts. Add its rule to components/flag-catalogue.ts.',
    ],
  ],
  [
    "prod",
    { databaseFlags: { wal_level: "logical" } },
    [
      'databaseFlags "wal_level": is no flag that this program knows (wal_level); expected one of the 56 in components/flag-catalogue.ts. Add its rule to components/flag-catalogue.ts.',
    ],
  ],
  [
    "prod",
    { networkRange: "172.17.0.0/16" },
    [
      'networkRange: meets the range that Cloud SQL\'s machines use themselves ("172.17.0.0/16"); expected none of 172.17.0.0/16. Choose another range.',
    ],
  ],
  [
    "prod",
    { networkRange: "10.64.1.0/20" },
    [
      'networkRange: does not begin where a range of its size begins ("10.64.1.0/20"); expected 10.64.0.0/20. Choose another range.',
    ],
  ],
  [
    "prod",
    { networkRange: "8.8.0.0/16" },
    [
      'networkRange: is no private range ("8.8.0.0/16"); expected a part of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16. Choose another range.',
    ],
  ],
  [
    "prod",
    { networkRange: "10.300.0.0/16" },
    [
      'networkRange: has a number above 255 ("10.300.0.0/16"); expected four numbers from 0 to 255. Choose another range.',
    ],
  ],
  [
    "prod",
    { privateNetwork: "own" },
    [
      'privateNetwork: leaves the instance without the public address that cloudSqlConnector uses ("own"); expected "" with cloudSqlConnector. Set connectionMode to direct.',
      'privateNetwork: cannot be reached from outside, and roles and migrations need a connection ("own"); expected pulumi to run inside it. Run it there and set privateNetworkReachable to true.',
    ],
  ],
  [
    "prod",
    { privateNetwork: "own", privateNetworkReachable: true },
    [
      'privateNetwork: leaves the instance without the public address that cloudSqlConnector uses ("own"); expected "" with cloudSqlConnector. Set connectionMode to direct.',
    ],
  ],
  [
    "prod",
    { encryptionKey: "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k" },
    [
      'encryptionKey: stands in another region than the instance ("projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k"); expected a key in us-central1. Make one there, or set it to own.',
    ],
  ],
  [
    "prod",
    { encryptionKey: "projects/p/locations/global/keyRings/r/cryptoKeys/k" },
    [
      'encryptionKey: stands in another region than the instance ("projects/p/locations/global/keyRings/r/cryptoKeys/k"); expected a key in us-central1. Make one there, or set it to own.',
    ],
  ],
  [
    "prod",
    { databaseReaders: ["user:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@music.example"] },
    [
      'databaseReaders: is longer than the name of a login may be ("user:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@music.example"); expected at most 63 bytes without .gserviceaccount.com. Use a group.',
    ],
  ],
  [
    "prod",
    { nameSuffix: "b" },
    [
      'nameSuffix: makes the name of another secret without suffix, loist-music-library-password-music-library-user-b ("b"); expected a suffix that no login ends in. Choose another.',
    ],
  ],
  [
    "local",
    { pgauditEnabled: true },
    [
      "pgauditEnabled: needs an extension that the PostgreSQL of this machine does not have (true); expected false in local. Set it to false.",
    ],
  ],
  [
    "local",
    { encryptionKey: "own" },
    [
      'encryptionKey: needs Google, which a stack on one machine does not have ("own"); expected "" in local. Remove it.',
    ],
  ],
  [
    "local",
    { databaseReaders: ["user:a@music.example"] },
    [
      'databaseReaders: needs Google, which a stack on one machine does not have ("user:a@music.example"); expected [] in local. Remove it.',
    ],
  ],
  [
    "local",
    { dataApiEnabled: true },
    [
      "dataApiEnabled: needs Google, which a stack on one machine does not have (true); expected false in local. Remove it.",
    ],
  ],
  [
    "local",
    { edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-2", managedPoolingEnabled: true },
    [
      "managedPoolingEnabled: needs Google, which a stack on one machine does not have (true); expected false in local. Remove it.",
    ],
  ],
];
