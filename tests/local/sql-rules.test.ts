// Google's value rules of Cloud SQL, without a server.
import { describe, expect, it } from "@jest/globals";
import { instanceProblems } from "../../local/resources/sql-instance-rules.ts";
import { parseTier } from "../../local/resources/sql-tier.ts";
import type { Properties } from "../../local/store.ts";
import { instanceInputs, scope } from "../support/sql-cloud.ts";

function problems(settings: Properties, rest: Properties = {}): string[] {
  return instanceProblems(instanceInputs("db-one", settings, rest), scope).map((p) => `${p.property} ${p.reason}`);
}

describe("the value rules of an instance", () => {
  it("takes an instance as production declares it", () => {
    const settings = {
      tier: "db-custom-1-3840",
      edition: "ENTERPRISE",
      availabilityType: "REGIONAL",
      diskSize: 20,
      diskType: "PD_SSD",
      diskAutoresizeLimit: 100,
      backupConfiguration: {
        enabled: true,
        pointInTimeRecoveryEnabled: true,
        startTime: "03:00",
        transactionLogRetentionDays: 7,
        backupRetentionSettings: { retainedBackups: 7, retentionUnit: "COUNT" },
      },
      ipConfiguration: { ipv4Enabled: true, sslMode: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" },
      connectorEnforcement: "REQUIRED",
      insightsConfig: { queryInsightsEnabled: true, queryStringLength: 1024, queryPlansPerMinute: 5 },
      maintenanceWindow: { day: 7, hour: 4, updateTrack: "stable" },
      denyMaintenancePeriod: { startDate: "12-15", endDate: "1-05", time: "00:00:00" },
      finalBackupConfig: { enabled: true, retentionDays: 30 },
      passwordValidationPolicy: { enablePasswordPolicy: true, minLength: 16, complexity: "COMPLEXITY_DEFAULT" },
      dataApiAccess: "DISALLOW_DATA_API",
      userLabels: { environment: "prod", "managed-by": "pulumi" },
      databaseFlags: [
        { name: "effective_cache_size", value: "344064" },
        { name: "shared_buffers", value: "98304" },
      ],
    };
    expect(problems(settings, { region: "us-central1" })).toEqual([]);
  });

  it.each([
    [
      "a data cache without its edition",
      { dataCacheConfig: { dataCacheEnabled: true } },
      {},
      /dataCacheConfig.dataCacheEnabled needs ENTERPRISE_PLUS/,
    ],
    [
      "managed pooling without its edition",
      { connectionPoolConfigs: [{ connectionPoolingEnabled: true }] },
      {},
      /settings.connectionPoolConfigs needs ENTERPRISE_PLUS/,
    ],
    ["a final backup for ever", { finalBackupConfig: { enabled: true, retentionDays: 366 } }, {}, /expected 1 to 365/],
    ["a complexity", { passwordValidationPolicy: { complexity: "HARD" } }, {}, /passwordValidationPolicy.complexity/],
    ["data API access", { dataApiAccess: "YES" }, {}, /settings.dataApiAccess .*expected ALLOW_DATA_API or/],
    [
      "a deny period with one year",
      { denyMaintenancePeriod: { startDate: "2026-12-15", endDate: "1-05", time: "00:00:00" } },
      {},
      /denyMaintenancePeriod has a year in one of its dates/,
    ],
    [
      "a deny period of four months",
      { denyMaintenancePeriod: { startDate: "10-01", endDate: "2-01", time: "00:00:00" } },
      {},
      /denyMaintenancePeriod has a wrong length/,
    ],
    [
      "a deny period on no day",
      { denyMaintenancePeriod: { startDate: "2-30", endDate: "3-05", time: "00:00:00" } },
      {},
      /denyMaintenancePeriod has no date/,
    ],
    [
      "a deny period at no time",
      { denyMaintenancePeriod: { startDate: "12-15", endDate: "1-05", time: "midnight" } },
      {},
      /denyMaintenancePeriod.time is not a time of day/,
    ],
    ["a kind of instance", {}, { instanceType: "REPLICA" }, /instanceType is not one of Google's values/],
    [
      "a replica with backups",
      { backupConfiguration: { enabled: true } },
      { instanceType: "READ_REPLICA_INSTANCE", masterInstanceName: "db" },
      /backupConfiguration.enabled is for primaries/,
    ],
    [
      "a read pool without its edition",
      {},
      { instanceType: "READ_POOL_INSTANCE", masterInstanceName: "db", nodeCount: 2 },
      /settings.edition has no read pools/,
    ],
    [
      "a read pool without nodes",
      { edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-2" },
      { instanceType: "READ_POOL_INSTANCE", masterInstanceName: "db" },
      /nodeCount is out of range \("0"\); expected 1 to 20/,
    ],
    ["nodes of no pool", {}, { nodeCount: 2 }, /nodeCount is for read pools/],
    [
      "a version that is not here",
      {},
      { databaseVersion: "POSTGRES_16" },
      /databaseVersion .*\("POSTGRES_16"\); expected POSTGRES_15/,
    ],
    ["a name", {}, { name: "Loist_DB" }, /name is not a name for an instance \("Loist_DB"\)/],
    ["a name too long with its project", {}, { name: `d${"b".repeat(90)}` }, /name is too long with its project/],
    [
      "a tier of the other edition",
      { tier: "db-custom-1-3840", edition: "ENTERPRISE_PLUS" },
      {},
      /settings.tier is not sold in edition ENTERPRISE_PLUS/,
    ],
    [
      "a plus tier in the basic edition",
      { tier: "db-perf-optimized-N-2" },
      {},
      /settings.tier is not sold in edition ENTERPRISE/,
    ],
    ["an edition", { edition: "enterprise" }, {}, /settings.edition is not one of Google's values \("enterprise"\)/],
    ["memory", { tier: "db-custom-2-3000" }, {}, /expected a multiple of 256 MB from 3840 to 13312/],
    ["vCPUs", { tier: "db-custom-3-7680" }, {}, /expected 1, or an even number up to 96/],
    ["a small disk", { diskSize: 9 }, {}, /settings.diskSize is out of range \("9"\); expected 10 to 65536 GB/],
    [
      "a limit below the disk",
      { diskSize: 20, diskAutoresizeLimit: 15 },
      {},
      /diskAutoresizeLimit is below the disk's size/,
    ],
    [
      "retention beyond the edition",
      { backupConfiguration: { enabled: true, transactionLogRetentionDays: 8 } },
      {},
      /expected 1 to 7 days in ENTERPRISE/,
    ],
    [
      "recovery without backups",
      { backupConfiguration: { pointInTimeRecoveryEnabled: true } },
      {},
      /pointInTimeRecoveryEnabled needs backups/,
    ],
    [
      "REGIONAL without recovery",
      { availabilityType: "REGIONAL" },
      {},
      /availabilityType needs backups and point-in-time recovery/,
    ],
    [
      "logs kept longer than backups",
      {
        backupConfiguration: {
          enabled: true,
          transactionLogRetentionDays: 5,
          backupRetentionSettings: { retainedBackups: 3 },
        },
      },
      {},
      /is more than the backups kept \("5"\); expected at most 3/,
    ],
    ["sslMode", { ipConfiguration: { sslMode: "REQUIRED" } }, {}, /sslMode is not one of Google's values/],
    [
      "a network",
      { ipConfiguration: { authorizedNetworks: [{ value: "10.0.0.0/33" }] } },
      {},
      /authorizedNetworks\[0\].value is not an IPv4/,
    ],
    [
      "a zone elsewhere",
      { locationPreference: { zone: "europe-west1-b" } },
      {},
      /is not in the region \("europe-west1-b"\)/,
    ],
    ["a long query string", { insightsConfig: { queryStringLength: 5000 } }, {}, /queryStringLength is out of range/],
    ["a label", { userLabels: { Team: "x" } }, {}, /userLabels.Team is not a label/],
    [
      "a flag twice",
      {
        databaseFlags: [
          { name: "work_mem", value: "1" },
          { name: "work_mem", value: "2" },
        ],
      },
      {},
      /databaseFlags\[1\].name is given twice/,
    ],
    [
      "a flag of the service",
      { databaseFlags: [{ name: "ssl_key_file", value: "/x" }] },
      {},
      /is not a flag that Cloud SQL lets be set/,
    ],
    [
      "a cache beyond 70 %",
      { databaseFlags: [{ name: "effective_cache_size", value: "344065" }] },
      {},
      /expected 49152 to 344064 pages/,
    ],
  ])("refuses %s", (_what, settings: Properties, rest: Properties, words) => {
    const found = problems(settings, rest);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(words);
  });

  it("reports every problem at once", () => {
    expect(
      problems({ tier: "big", diskSize: 1, edition: "ENTERPRISE" }, { databaseVersion: "MYSQL_8_0" }),
    ).toHaveLength(3);
  });

  it("knows what a tier holds", () => {
    expect(parseTier("db-custom-4-15360")).toEqual({ vcpus: 4, memoryMb: 15360, edition: "ENTERPRISE" });
    expect(parseTier("db-perf-optimized-N-8")).toEqual({ vcpus: 8, memoryMb: 65536, edition: "ENTERPRISE_PLUS" });
  });
});
