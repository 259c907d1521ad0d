import { z } from "zod";
import { type ConfigKey, fact, oneOf, port, text, wholeNumber } from "./key.ts";

/** Keys of the Cloud SQL instance and of the way to it, in the order in which files and tables list them. */
export const instanceKeys = {
  edition: oneOf(["ENTERPRISE", "ENTERPRISE_PLUS"], {
    default: "ENTERPRISE",
    description: "Cloud SQL edition; written down because Google's own default changes with the PostgreSQL version.",
  }),
  tier: text(
    /^db-[a-zA-Z0-9-]+$/,
    "db-custom-CPUS-MB, db-f1-micro or db-g1-small (ENTERPRISE), db-perf-optimized-N-CPUS (ENTERPRISE_PLUS)",
    {
      default: "db-custom-1-3840",
      description: "Machine type: vCPUs and memory in MB. A change restarts the instance.",
    },
  ),
  availabilityType: oneOf(["ZONAL", "REGIONAL"], {
    default: "ZONAL",
    description:
      "REGIONAL keeps a standby in a second zone at twice the price; ZONAL has no uptime promise from Google.",
  }),
  diskType: oneOf(["PD_SSD", "PD_HDD"], {
    default: "PD_SSD",
    description: "Disk of the instance. A change replaces it.",
  }),
  diskSizeGb: wholeNumber(
    { min: 10, max: 65_536, unit: "GB" },
    {
      default: 20,
      description: "Disk at creation. Grows by itself up to diskAutoresizeLimitGb and never shrinks.",
    },
  ),
  diskAutoresizeLimitGb: wholeNumber(
    { min: 10, max: 65_536, unit: "GB" },
    {
      default: 100,
      description: "Size at which the disk stops growing: growth cannot be undone, so it has a limit.",
    },
  ),
  flagProfile: oneOf(["computed", "first-deployment"], {
    default: "computed",
    description: "Database flags: computed from tier and pool, or exactly those that the first deployment ran with.",
  }),
  databaseFlags: {
    schema: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    default: {},
    accepted: 'a map of flag to value, sizes and times with their unit as "64MB" or "500ms"',
    description: "Single flags that replace those of the profile. Some restart the instance when changed.",
  } satisfies ConfigKey<Record<string, string | number | boolean>>,
  retainedBackups: wholeNumber(
    { min: 1, max: 365, unit: "daily backups" },
    {
      default: 7,
      description: "Daily backups that are kept.",
    },
  ),
  backupStartTime: text(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day in UTC from 00:00 to 23:59", {
    default: "03:00",
    description: "Start of the four-hour window of the daily backup, in UTC.",
  }),
  pointInTimeRecoveryEnabled: fact({
    default: true,
    description:
      "Keeps transaction logs, so that any second of transactionLogRetentionDays can be restored. Turning it on restarts the instance.",
  }),
  transactionLogRetentionDays: wholeNumber(
    { min: 1, max: 35, unit: "days" },
    {
      default: 7,
      description: "Reach of point-in-time recovery: at most 7 days in ENTERPRISE, 35 in ENTERPRISE_PLUS.",
    },
  ),
  sslMode: oneOf(["TRUSTED_CLIENT_CERTIFICATE_REQUIRED", "ENCRYPTED_ONLY"], {
    default: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
    description:
      "What a connection must bring: TLS with a client certificate, or TLS. Connections in clear are never allowed.",
  }),
  connectionMode: oneOf(["cloudSqlConnector", "direct"], {
    default: "cloudSqlConnector",
    description:
      "Way to the database: through Google's connectors, which are then enforced, or straight to its address, which enforcement would refuse.",
  }),
  privateNetwork: text(
    /^(projects\/[a-z0-9:.-]+\/global\/networks\/[a-z][a-z0-9-]*)?$/,
    '"" or projects/PROJECT/global/networks/NETWORK',
    {
      default: "",
      description:
        'Network in which the instance has its only address; "" gives it a public one without an authorised network. Cannot be undone without replacing the instance.',
    },
  ),
  privateNetworkReachable: fact({
    default: false,
    description:
      "Says that pulumi runs inside privateNetwork: roles and migrations are made over a connection to the database.",
  }),
  databasePort: port({
    default: 5432,
    description: "Port of the database server; another than 5432 only on one machine.",
  }),
  queryInsightsEnabled: fact({ default: true, description: "Query statistics in Google's console." }),
};
