import type { input as gcp } from "@pulumi/gcp/types/index.js";
import * as secretmanager from "@pulumi/gcp/secretmanager/index.js";
import * as pulumi from "@pulumi/pulumi";
import { containerSizes, resourceLimits } from "./container-sizes.ts";
import { LoginPassword } from "./login-password.ts";
import { pgbouncerIni, pgbouncerUsers, poolerFiles, type PoolerServer } from "./pgbouncer-config.ts";
import type { ClientTls } from "./server-connection.ts";
import { StoredSecret } from "./stored-secret.ts";

type Container = gcp.cloudrunv2.ServiceTemplateContainer;
type Volume = gcp.cloudrunv2.ServiceTemplateVolume;

/** The library as a pooler meets it: this program's own, or another program's by its contract (contract-sidecar.ts). */
export interface PooledLibrary {
  instance: {
    readonly connection:
      | { readonly mode: "cloudSqlConnector" }
      | {
          readonly mode: "direct";
          readonly host: pulumi.Output<string>;
          readonly port: number;
          readonly tls: Pick<ClientTls, "serverCa" | "clientCert" | "clientKey">;
        };
    readonly connectionName: pulumi.Output<string>;
  };
  administrator: { readonly database: { readonly name: pulumi.Output<string> } };
  /** The application's active login on the server. A change is a new revision. */
  serverLogin: { readonly login: string; readonly value: pulumi.Output<string> };
}

export interface PgbouncerSidecarArgs extends PooledLibrary {
  /** Fixed name under which applications log in to the pooler. */
  clientLogin: string;
  /** Login that may read the SHOW tables and nothing else. */
  statsLogin: string;
  /** PgBouncer 1.25.2 or newer. */
  poolerImage: string;
  /** Port on the loopback address. */
  poolerPort: number;
  /** This pooler's share of the server, from the connection budget. */
  budget: { poolSize: number; reservePoolSize: number; maxDbConnections: number };
  /** Requests that the application beside it answers at a time. */
  serviceConcurrency: number;
  /** Member that the service runs as; may read the pooler's secrets. */
  reader: pulumi.Input<string>;
  names: {
    /** Folder of the instance's socket in the container, as `/cloudsql/PROJECT:REGION:INSTANCE`. */
    socketFolder: string;
    /** Ids in Secret Manager. */
    secrets: {
      poolerConfig: string;
      poolerUsers: string;
      poolerPassword: string;
      poolerStatsPassword: string;
      /** Beginning of the ids of the three PEM texts in `direct` mode. */
      databaseTls: string;
    };
  };
  labels: Record<string, string>;
}

/** A secret as one file in a folder of the container. */
interface SecretFile {
  volume: string;
  folder: string;
  file: string;
  secret: StoredSecret;
}

/**
 * PgBouncer beside the application: a container, its files and the right to read them. It listens on the loopback address
 * only; its files are pinned by version, so that a rotated password is a new revision. Runs only as part of a service.
 */
export class PgbouncerSidecar extends pulumi.ComponentResource {
  static readonly containerName = "pgbouncer";
  readonly container: Container;
  readonly volumes: Volume[];
  /** Password of the fixed login, for the application. */
  readonly clientPassword: LoginPassword;
  /** Grants without which a revision cannot start. */
  readonly grants: readonly pulumi.Resource[];

  constructor(name: string, args: PgbouncerSidecarArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:service:PgbouncerSidecar", name, {}, opts);
    const own = { parent: this };
    const { labels, names } = args;
    const { secrets } = names;
    this.clientPassword = new LoginPassword(
      `${name}-client`,
      { login: args.clientLogin, secretId: secrets.poolerPassword, labels },
      own,
    );
    const stats = new LoginPassword(
      `${name}-stats`,
      { login: args.statsLogin, secretId: secrets.poolerStatsPassword, labels },
      own,
    );
    const config = new StoredSecret(
      `${name}-config`,
      { secretId: secrets.poolerConfig, value: configText(args), labels },
      own,
    );
    const users = new StoredSecret(
      `${name}-users`,
      { secretId: secrets.poolerUsers, value: usersText([this.clientPassword, stats]), labels },
      own,
    );
    const files: SecretFile[] = [
      { volume: "pooler-config", folder: poolerFiles.configFolder, file: poolerFiles.config, secret: config },
      { volume: "pooler-users", folder: poolerFiles.usersFolder, file: poolerFiles.users, secret: users },
      ...this.tlsFiles(name, args),
    ];
    this.grants = [this.clientPassword.secret, ...files.map(({ secret }) => secret)].map(
      (secret) =>
        new secretmanager.SecretIamMember(
          `${secret.logicalName}-reader`,
          { secretId: secret.secretId, role: "roles/secretmanager.secretAccessor", member: args.reader },
          own,
        ),
    );
    this.container = container(args, files);
    this.volumes = volumes(args, files);
    this.registerOutputs({});
  }

  private tlsFiles(name: string, { instance, names, labels }: PgbouncerSidecarArgs): SecretFile[] {
    const { connection } = instance;
    if (connection.mode !== "direct") return [];
    // A secret in a container is one file, so the three PEM texts are three secrets.
    const file = (purpose: string, value: pulumi.Output<string>, folder: string, fileName: string): SecretFile => ({
      volume: purpose,
      folder,
      file: fileName,
      secret: new StoredSecret(
        `${name}-${purpose}`,
        { secretId: `${names.secrets.databaseTls}-${purpose}`, value, labels },
        { parent: this },
      ),
    });
    const { serverCa, clientCert, clientKey } = connection.tls;
    return [
      file("server-ca", serverCa, poolerFiles.serverCaFolder, poolerFiles.serverCa),
      file("client-cert", clientCert, poolerFiles.clientCertFolder, poolerFiles.clientCert),
      file("client-key", clientKey, poolerFiles.clientKeyFolder, poolerFiles.clientKey),
    ];
  }
}

function server({ instance, names }: PgbouncerSidecarArgs): pulumi.Output<PoolerServer> {
  const { connection } = instance;
  switch (connection.mode) {
    case "direct":
      // A certificate exists in this mode; a server that does not ask for it takes no notice.
      return connection.host.apply((host): PoolerServer => ({
        mode: "direct",
        host,
        port: connection.port,
        clientCertificate: true,
      }));
    case "cloudSqlConnector":
      return pulumi.output<PoolerServer>({ mode: "cloudSqlConnector", socketFolder: names.socketFolder });
    default:
      return connection satisfies never;
  }
}

function configText(args: PgbouncerSidecarArgs): pulumi.Output<string> {
  const { serverLogin, budget } = args;
  return pulumi
    .all([server(args), args.administrator.database.name, serverLogin.value])
    .apply(([way, database, password]) =>
      pgbouncerIni({
        listenPort: args.poolerPort,
        database,
        server: way,
        serverLogin: { name: serverLogin.login, password },
        statsLogins: [args.clientLogin, args.statsLogin],
        poolSize: budget.poolSize,
        reservePoolSize: budget.reservePoolSize,
        maxDbConnections: budget.maxDbConnections,
        serviceConcurrency: args.serviceConcurrency,
      }),
    );
}

function usersText(users: readonly LoginPassword[]): pulumi.Output<string> {
  return pulumi
    .all(users.map(({ value }) => value))
    .apply((passwords) =>
      pgbouncerUsers(users.map(({ login }, index) => ({ name: login, password: passwords[index] ?? "" }))),
    );
}

function container(args: PgbouncerSidecarArgs, files: readonly SecretFile[]): Container {
  const socket =
    args.instance.connection.mode === "cloudSqlConnector" ? [{ name: "cloudsql", mountPath: "/cloudsql" }] : [];
  return {
    name: PgbouncerSidecar.containerName,
    image: args.poolerImage,
    commands: ["pgbouncer"],
    args: [poolerFiles.config],
    workingDir: poolerFiles.configFolder,
    // One vCPU is the least that serves more than one request at a time.
    resources: { limits: resourceLimits(containerSizes.pgbouncer), cpuIdle: false, startupCpuBoost: true },
    startupProbe: { tcpSocket: { port: args.poolerPort }, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 30 },
    livenessProbe: { tcpSocket: { port: args.poolerPort }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
    volumeMounts: [...files.map(({ volume, folder }) => ({ name: volume, mountPath: folder })), ...socket],
  };
}

function volumes(args: PgbouncerSidecarArgs, files: readonly SecretFile[]): Volume[] {
  const secretVolumes = files.map(({ volume, file, secret }) => ({
    name: volume,
    secret: { secret: secret.secretId, items: [{ path: file, version: secret.version }] },
  }));
  const socket =
    args.instance.connection.mode === "cloudSqlConnector"
      ? [{ name: "cloudsql", cloudSqlInstance: { instances: [args.instance.connectionName] } }]
      : [];
  return [...secretVolumes, ...socket];
}
