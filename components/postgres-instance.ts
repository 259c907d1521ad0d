import * as gcp from "@pulumi/gcp/sql/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionDescriptor } from "../connections/descriptor.ts";
import { StoredSecret } from "./stored-secret.ts";

/** Ways to the server: through Google's connectors, which are then enforced, or straight to its address. */
export type ConnectionMode = "cloudSqlConnector" | "direct";

export interface PostgresInstanceArgs {
  names: {
    /** Name in Cloud SQL, blocked for about a week after a deletion. A change replaces the instance. */
    instance: string;
    /** Id of the secret with the client certificate; used in `direct` mode only. */
    secrets: { databaseTls: string };
  };
  /** Google region. A change replaces the instance. */
  region: string;
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
  /** Flags in PostgreSQL's raw units. Flags that are not in the list go back to Google's default; some changes restart. */
  flags: readonly { name: string; value: string }[];
  /** Daily backups that are kept. */
  retainedBackups: number;
  /** Start of the backup window, UTC, as `03:00`. */
  backupStartTime: string;
  /** Turning it on later restarts the instance. */
  pointInTimeRecoveryEnabled: boolean;
  /** Reach of point-in-time recovery, days. */
  transactionLogRetentionDays: number;
  /** What a connection must bring: TLS, or TLS with a client certificate. */
  sslMode: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" | "ENCRYPTED_ONLY";
  /** Way to the server; `cloudSqlConnector` makes Google refuse every other. */
  connectionMode: ConnectionMode;
  /** `projects/P/global/networks/N` of its only address; "" is a public address without an authorised network. */
  privateNetwork: string;
  /** Port of the server: 5432 on Cloud SQL. */
  databasePort: number;
  /** Query statistics in Google's console. */
  queryInsightsEnabled: boolean;
  /** The provider's lock on deletion. */
  deletionProtection: boolean;
  /** Google's own lock on deletion. */
  deletionProtectionEnabled: boolean;
  /** Secret Manager's address; "" is Google's. */
  secretManagerEndpoint: string;
  /** Labels of instance and secret. */
  labels: Record<string, string>;
}

/** PEM texts for a verified TLS connection straight to the server. All are secrets. */
export interface ClientTls {
  serverCa: pulumi.Output<string>;
  clientCert: pulumi.Output<string>;
  clientKey: pulumi.Output<string>;
  /** JSON {"serverCa","clientCert","clientKey"} */
  secret: StoredSecret;
}

/** How the server is reached, decided once for every consumer. */
export type Connection =
  | { readonly mode: "cloudSqlConnector" }
  | { readonly mode: "direct"; readonly host: pulumi.Output<string>; readonly port: number; readonly tls: ClientTls };

/**
 * The PostgreSQL 15 server: flags, backups, point-in-time recovery, insights and TLS, without an open network. It
 * guarantees that either Google's connectors are enforced or that a client certificate exists for the direct way. It makes
 * no databases, users or roles.
 */
export class PostgresInstance extends pulumi.ComponentResource {
  /** The server itself, for options such as `deletedWith`. */
  readonly server: gcp.DatabaseInstance;
  readonly instanceName: pulumi.Output<string>;
  /** `project:region:instance` */
  readonly connectionName: pulumi.Output<string>;
  readonly connection: Connection;
  /** Options of everything that lives in the server: it goes when the server goes, without a drop of its own. */
  readonly sharedFate: Readonly<Required<Pick<pulumi.CustomResourceOptions, "deletedWith" | "replaceWith">>>;
  private readonly secretManagerEndpoint: string;

  constructor(name: string, args: PostgresInstanceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:database:PostgresInstance", name, {}, opts);
    this.server = new gcp.DatabaseInstance(
      `${name}-server`,
      {
        name: args.names.instance,
        region: args.region,
        databaseVersion: "POSTGRES_15",
        deletionProtection: args.deletionProtection,
        settings: instanceSettings(args),
      },
      // Google takes up to a quarter of an hour for a new instance, longer for a change that restarts a busy one.
      { parent: this, customTimeouts: { create: "60m", update: "60m", delete: "60m" } },
    );
    this.instanceName = this.server.name;
    this.connectionName = this.server.connectionName;
    this.sharedFate = { deletedWith: this.server, replaceWith: [this.server] };
    this.secretManagerEndpoint = args.secretManagerEndpoint;
    this.connection =
      args.connectionMode === "direct"
        ? {
            mode: "direct",
            host: this.server.firstIpAddress,
            port: args.databasePort,
            tls: this.clientTls(name, args),
          }
        : { mode: "cloudSqlConnector" };
    this.registerOutputs({ connectionName: this.connectionName });
  }

  /** How `user` reaches `database`; `passwordSecret` is `projects/P/secrets/S`. Holds names of secrets, no secret. */
  descriptor(login: {
    database: pulumi.Input<string>;
    user: pulumi.Input<string>;
    passwordSecret: pulumi.Input<string>;
  }): pulumi.Output<ConnectionDescriptor> {
    const { connection, secretManagerEndpoint } = this;
    const common = pulumi.output(login);
    switch (connection.mode) {
      case "direct": {
        const way = pulumi.output({ host: connection.host, tlsSecret: connection.tls.secret.filledPath });
        return pulumi.all([common, way]).apply(([who, { host, tlsSecret }]): ConnectionDescriptor => ({
          ...who,
          mode: "direct",
          host,
          port: connection.port,
          tlsSecret,
          secretManagerEndpoint,
        }));
      }
      case "cloudSqlConnector":
        return pulumi.all([common, this.connectionName]).apply(([who, connectionName]): ConnectionDescriptor => ({
          ...who,
          mode: "cloudSqlConnector",
          connectionName,
          secretManagerEndpoint,
        }));
      default:
        return connection satisfies never;
    }
  }

  private clientTls(name: string, args: PostgresInstanceArgs): ClientTls {
    const certificate = new gcp.SslCert(
      `${name}-client`,
      { instance: this.server.name, commonName: `${args.names.instance}-client` },
      { parent: this, ...this.sharedFate },
    );
    const [serverCa, clientCert, clientKey] = [
      pulumi.secret(certificate.serverCaCert),
      pulumi.secret(certificate.cert),
      pulumi.secret(certificate.privateKey),
    ];
    const secret = new StoredSecret(
      `${name}-tls`,
      {
        secretId: args.names.secrets.databaseTls,
        value: pulumi.jsonStringify({ serverCa, clientCert, clientKey }),
        labels: args.labels,
      },
      { parent: this },
    );
    return { serverCa, clientCert, clientKey, secret };
  }
}

/** What is asked of Cloud SQL, from arguments alone. */
function instanceSettings(args: PostgresInstanceArgs): NonNullable<gcp.DatabaseInstanceArgs["settings"]> {
  return {
    edition: args.edition,
    tier: args.tier,
    availabilityType: args.availabilityType,
    activationPolicy: "ALWAYS",
    diskType: args.diskType,
    diskSize: args.diskSizeGb,
    diskAutoresize: true,
    diskAutoresizeLimit: args.diskAutoresizeLimitGb,
    deletionProtectionEnabled: args.deletionProtectionEnabled,
    databaseFlags: [...args.flags],
    backupConfiguration: {
      enabled: true,
      startTime: args.backupStartTime,
      pointInTimeRecoveryEnabled: args.pointInTimeRecoveryEnabled,
      transactionLogRetentionDays: args.transactionLogRetentionDays,
      backupRetentionSettings: { retentionUnit: "COUNT", retainedBackups: args.retainedBackups },
    },
    connectorEnforcement: args.connectionMode === "cloudSqlConnector" ? "REQUIRED" : "NOT_REQUIRED",
    ipConfiguration: {
      sslMode: args.sslMode,
      ...(args.privateNetwork === ""
        ? { ipv4Enabled: true }
        : { ipv4Enabled: false, privateNetwork: args.privateNetwork }),
    },
    insightsConfig: {
      queryInsightsEnabled: args.queryInsightsEnabled,
      // Texts of queries are kept with placeholders; more than 1024 bytes of them restarts the instance.
      queryStringLength: 1024,
      recordApplicationTags: true,
      // Addresses of people have no use in statistics of queries.
      recordClientAddress: false,
    },
    userLabels: args.labels,
  };
}
