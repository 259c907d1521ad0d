// The components of the database, with arguments that tests change one at a time.
import { PostgresAdministrator } from "../../components/postgres-administrator.ts";
import { PostgresInstance, type PostgresInstanceArgs } from "../../components/postgres-instance.ts";
import { PostgresLogins } from "../../components/postgres-logins.ts";
import { PostgresRoles } from "../../components/postgres-roles.ts";
import * as naming from "../../naming.ts";

export const labels = { environment: "dev", application: "music-library", "managed-by": "pulumi" };

export const names = naming.stackNames({
  environment: "dev",
  project: "music-project",
  region: "us-central1",
  nameSuffix: "",
  bucketName: "",
});

export function instanceArgs(overrides: Partial<PostgresInstanceArgs> = {}): PostgresInstanceArgs {
  return {
    names,
    project: "music-project",
    region: "us-central1",
    edition: "ENTERPRISE",
    tier: "db-custom-1-3840",
    availabilityType: "ZONAL",
    diskType: "PD_SSD",
    diskSizeGb: 20,
    diskAutoresizeLimitGb: 100,
    dataCacheEnabled: false,
    flagProfile: "computed",
    databaseFlags: {},
    flags: [{ name: "max_connections", value: "100" }],
    pgauditEnabled: false,
    readReplicas: [],
    readPoolNodes: 0,
    pooledConnections: 80,
    administrationConnections: 5,
    retainedBackups: 7,
    backupStartTime: "03:00",
    pointInTimeRecoveryEnabled: true,
    transactionLogRetentionDays: 7,
    finalBackupRetentionDays: 30,
    maintenanceWindow: "sunday 04:00",
    maintenanceTrack: "stable",
    maintenanceDenyPeriod: "",
    sslMode: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
    connectionMode: "cloudSqlConnector",
    privateNetwork: "",
    networkRange: "10.64.0.0/20",
    databasePort: 5432,
    managedPoolingEnabled: false,
    dataApiEnabled: false,
    databaseReaders: [],
    encryptionKey: "",
    queryInsightsEnabled: true,
    deletionProtection: true,
    deletionProtectionEnabled: true,
    secretManagerEndpoint: "",
    labels,
    ...overrides,
  };
}

type Overrides = Partial<PostgresInstanceArgs>;
interface Options {
  protect?: boolean;
}

/** Instance and administrator, as index.ts puts them together. */
export function databaseWithAdministrator(overrides: Overrides = {}, opts: Options = {}) {
  const instance = new PostgresInstance("instance", instanceArgs(overrides), opts);
  const args = { instance, login: naming.ADMINISTRATOR, names, labels };
  return { instance, administrator: new PostgresAdministrator("administrator", args, opts) };
}

/** The same with its roles. */
export function databaseWithRoles(overrides: Overrides = {}, opts: Options = {}) {
  const inside = databaseWithAdministrator(overrides, opts);
  const { roles, schemas, extensions } = naming;
  return {
    ...inside,
    roles: new PostgresRoles(
      "roles",
      { ...inside, roles, schemas, extensions, pgauditEnabled: overrides.pgauditEnabled ?? false },
      opts,
    ),
  };
}

/** How the logins take turns; tests change one at a time. */
export const resting = {
  activeLogin: "music_library_user",
  idleLoginEnabled: false,
  passwordRotations: 0,
  budget: { pooledConnections: 80 },
  administrationConnections: 5,
};

/** The same with its logins. */
export function databaseWithLogins(overrides: Overrides = {}, opts: Options = {}, turns: Partial<typeof resting> = {}) {
  const inside = databaseWithRoles(overrides, opts);
  const { logins, searchPath } = naming;
  const { databaseReaders = [] } = overrides;
  const readers = { project: "music-project", databaseReaders };
  const args = { ...inside, ...readers, names, logins, searchPath, labels, ...resting, ...turns };
  return { ...inside, logins: new PostgresLogins("logins", args, opts) };
}
