import type { input } from "@pulumi/gcp/types/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { denyPeriod, maintenanceWindow } from "./maintenance.ts";

/** Ways to the server: through Google's connectors, which are then enforced, or straight to its address. */
export type ConnectionMode = "cloudSqlConnector" | "direct";

export interface InstanceSettingsArgs {
  /** Edition, always written down: Google's default depends on the PostgreSQL version. A change restarts. */
  edition: "ENTERPRISE" | "ENTERPRISE_PLUS";
  /** Machine type, as `db-custom-1-3840`. A change restarts. */
  tier: string;
  /** REGIONAL keeps a standby in a second zone at twice the price. */
  availabilityType: "ZONAL" | "REGIONAL";
  /** A change replaces the instance. */
  diskType: "PD_SSD" | "PD_HDD";
  /** Disk at creation, GB; it grows by itself and never shrinks. */
  diskSizeGb: number;
  /** Size at which the disk stops growing, GB. */
  diskAutoresizeLimitGb: number;
  /** Pages on a local disk; ENTERPRISE_PLUS only. A change restarts. */
  dataCacheEnabled: boolean;
  /** Google's own pooler; ENTERPRISE_PLUS only. A change restarts. */
  managedPoolingEnabled: boolean;
  /** SQL through the Admin API, by whoever has the right. */
  dataApiEnabled: boolean;
  /** Flags in PostgreSQL's raw units. Flags that are not in the list go back to Google's default; some changes restart. */
  flags: readonly DatabaseFlag[];
  /** Log of what changes schema, roles and rights. A change restarts. */
  pgauditEnabled: boolean;
  /** Members that log in by their Google identity; without one the server takes no such login. */
  databaseReaders: readonly string[];
  /** Daily backups that are kept. */
  retainedBackups: number;
  /** Start of the backup window, UTC, as `03:00`. */
  backupStartTime: string;
  /** Turning it on later restarts the instance. */
  pointInTimeRecoveryEnabled: boolean;
  /** Reach of point-in-time recovery, days. */
  transactionLogRetentionDays: number;
  /** Days that the backup is kept which Google takes at the deletion; 0 takes none. */
  finalBackupRetentionDays: number;
  /** Hour for Google's updates, UTC, as `sunday 04:00`. */
  maintenanceWindow: string;
  /** How early updates come. */
  maintenanceTrack: "canary" | "stable" | "week5";
  /** Days without an update, as `12-15/01-05`; "" for none. */
  maintenanceDenyPeriod: string;
  /** What a connection must bring: TLS, or TLS with a client certificate. */
  sslMode: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" | "ENCRYPTED_ONLY";
  /** Way to the server; `cloudSqlConnector` makes Google refuse every other. */
  connectionMode: ConnectionMode;
  /** Query statistics in Google's console. */
  queryInsightsEnabled: boolean;
  /** Google's own lock on deletion. */
  deletionProtectionEnabled: boolean;
  /** Labels of the instance. */
  labels: Record<string, string>;
}

interface DatabaseFlag {
  name: string;
  value: string;
}

/** Where the server has its only address: in a network, or a public one without an authorised network. */
export interface InstanceNetwork {
  /** `projects/P/global/networks/N` */
  network: pulumi.Input<string>;
  /** Name of the range that the address is taken from; Google chooses one of the network's when it is left out. */
  googleRange?: pulumi.Input<string>;
}

type Settings = input.sql.DatabaseInstanceSettings;

/** What is asked of Cloud SQL for the primary. */
export function primarySettings(args: InstanceSettingsArgs, network: InstanceNetwork | undefined): Settings {
  return {
    ...sharedSettings(args, network),
    ...diskSettings(args),
    ...maintenanceSettings(args),
    availabilityType: args.availabilityType,
    backupConfiguration: {
      enabled: true,
      startTime: args.backupStartTime,
      pointInTimeRecoveryEnabled: args.pointInTimeRecoveryEnabled,
      transactionLogRetentionDays: args.transactionLogRetentionDays,
      backupRetentionSettings: { retentionUnit: "COUNT", retainedBackups: args.retainedBackups },
    },
    ...(args.finalBackupRetentionDays === 0
      ? {}
      : { finalBackupConfig: { enabled: true, retentionDays: args.finalBackupRetentionDays } }),
    ...(args.maintenanceDenyPeriod === "" ? {} : { denyMaintenancePeriod: denyPeriod(args.maintenanceDenyPeriod) }),
    // Generated passwords keep these rules by themselves; this is for those that people set by hand.
    passwordValidationPolicy: {
      enablePasswordPolicy: true,
      minLength: 16,
      complexity: "COMPLEXITY_DEFAULT",
      disallowUsernameSubstring: true,
      // No rule on reuse: every update of a login sends its password again.
    },
    dataApiAccess: args.dataApiEnabled ? "ALLOW_DATA_API" : "DISALLOW_DATA_API",
  };
}

/** What is asked of Cloud SQL for a replica: what the primary has, without backups and standby. */
export function replicaSettings(args: InstanceSettingsArgs, network: InstanceNetwork | undefined): Settings {
  return {
    ...sharedSettings(args, network),
    ...diskSettings(args),
    ...maintenanceSettings(args),
    availabilityType: "ZONAL",
  };
}

/** What is asked of Cloud SQL for each node of a read pool; disk and maintenance are the pool's own business. */
export function readPoolSettings(args: InstanceSettingsArgs, network: InstanceNetwork | undefined): Settings {
  return sharedSettings(args, network);
}

function diskSettings({ diskType, diskSizeGb, diskAutoresizeLimitGb }: InstanceSettingsArgs): Partial<Settings> {
  return { diskType, diskSize: diskSizeGb, diskAutoresize: true, diskAutoresizeLimit: diskAutoresizeLimitGb };
}

function maintenanceSettings(args: InstanceSettingsArgs): Partial<Settings> {
  return { maintenanceWindow: { ...maintenanceWindow(args.maintenanceWindow), updateTrack: args.maintenanceTrack } };
}

function sharedSettings(args: InstanceSettingsArgs, network: InstanceNetwork | undefined): Settings {
  return {
    edition: args.edition,
    tier: args.tier,
    activationPolicy: "ALWAYS",
    deletionProtectionEnabled: args.deletionProtectionEnabled,
    databaseFlags: withServiceFlags(args),
    connectorEnforcement: args.connectionMode === "cloudSqlConnector" ? "REQUIRED" : "NOT_REQUIRED",
    ipConfiguration: {
      sslMode: args.sslMode,
      ...(network === undefined
        ? { ipv4Enabled: true }
        : {
            ipv4Enabled: false,
            privateNetwork: network.network,
            ...(network.googleRange === undefined ? {} : { allocatedIpRange: network.googleRange }),
          }),
    },
    insightsConfig: {
      queryInsightsEnabled: args.queryInsightsEnabled,
      // Texts of queries are kept with placeholders; more than 1024 bytes of them restarts the instance.
      queryStringLength: 1024,
      recordApplicationTags: true,
      // Addresses of people have no use in statistics of queries.
      recordClientAddress: false,
    },
    ...plusSettings(args),
    userLabels: args.labels,
  };
}

/** Written down also where they are off: Google's own default for the data cache is on. ENTERPRISE refuses the mention. */
function plusSettings({ edition, dataCacheEnabled, managedPoolingEnabled }: InstanceSettingsArgs): Partial<Settings> {
  if (edition === "ENTERPRISE") return {};
  return {
    dataCacheConfig: { dataCacheEnabled },
    connectionPoolConfigs: [{ connectionPoolingEnabled: managedPoolingEnabled }],
  };
}

/** The flags that features of the service stand for, besides those of PostgreSQL; a configured one wins. */
export function withServiceFlags({
  flags,
  pgauditEnabled,
  databaseReaders,
}: Pick<InstanceSettingsArgs, "flags" | "pgauditEnabled" | "databaseReaders">): DatabaseFlag[] {
  const service: Record<string, string> = {
    ...(pgauditEnabled
      ? {
          "cloudsql.enable_pgaudit": "on",
          "pgaudit.log": "ddl,role",
          // Values of parameters are people's data.
          "pgaudit.log_parameter": "off",
        }
      : {}),
    ...(databaseReaders.length > 0 ? { "cloudsql.iam_authentication": "on" } : {}),
    ...Object.fromEntries(flags.map(({ name, value }) => [name, value])),
  };
  return Object.entries(service)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
