import * as gcp from "@pulumi/gcp/sql/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionDescriptor } from "../connections/descriptor.ts";
import { EncryptionKey } from "./encryption-key.ts";
import { restartNotice } from "./instance-restarts.ts";
import { type InstanceNetwork, primarySettings } from "./instance-settings.ts";
import { PrivateNetwork } from "./private-network.ts";
import { type Reader, ReadReplicas, type ReadReplicasArgs } from "./read-replicas.ts";
import { type Connection, serverConnection } from "./server-connection.ts";

export interface PostgresInstanceArgs extends Omit<
  ReadReplicasArgs,
  "names" | "region" | "sessions" | "primary" | "network"
> {
  names: {
    /** Name in Cloud SQL, blocked for about a week after a deletion. A change replaces the instance. */
    instance: string;
    /** Name of the stack's own network; used only where it makes one. */
    network: string;
    /** Name of the stack's own key ring; used only where it makes a key. */
    keyRing: string;
    secrets: ReadReplicasArgs["names"]["secrets"];
  };
  /** Google project id. */
  project: string;
  /** Google region. A change replaces the instance. */
  region: string;
  /** Connections of all poolers together, and those that are kept for administration. */
  pooledConnections: number;
  administrationConnections: number;
  /** Network of its only address: "own" makes one, "" is a public address without an authorised network. */
  privateNetwork: string;
  /** Addresses of the stack's own network. */
  networkRange: string;
  /** Key of Cloud KMS: "own" makes one, "" leaves encryption to Google. A change replaces the instance. */
  encryptionKey: string;
  /** Secret Manager's address; "" is Google's. */
  secretManagerEndpoint: string;
}

/** A network that a service can reach the server through. */
export interface ServiceNetwork {
  network: pulumi.Input<string>;
  /** Where the service gets its address; left out, Google takes the subnetwork with the network's own name. */
  subnetwork?: pulumi.Input<string>;
}

/**
 * The PostgreSQL 15 server: flags, backups, point-in-time recovery, insights and TLS, without an open network, and what is
 * configured around it: a network, a key, replicas. It guarantees that either Google's connectors are enforced or that a
 * client certificate exists for the direct way. It makes no databases, users or roles.
 */
export class PostgresInstance extends pulumi.ComponentResource {
  /** The server itself, for options such as `deletedWith`. */
  readonly server: gcp.DatabaseInstance;
  readonly instanceName: pulumi.Output<string>;
  /** `project:region:instance` */
  readonly connectionName: pulumi.Output<string>;
  readonly connection: Connection;
  /** Undefined for a public address. */
  readonly network: ServiceNetwork | undefined;
  /** The key of the instance, for what else is encrypted with it; undefined where that is left to Google. */
  readonly encryption: EncryptionKey | undefined;
  /** Names of its read replicas and its read pool, in the order of promotion. */
  readonly replicas: readonly string[];
  /** The same with the way to each. */
  readonly readers: readonly Reader[];
  /** Options of everything that lives in the server: it goes when the server goes, without a drop of its own. */
  readonly sharedFate: Readonly<Required<Pick<pulumi.CustomResourceOptions, "deletedWith" | "replaceWith">>>;
  private readonly secretManagerEndpoint: string;

  constructor(name: string, args: PostgresInstanceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:database:PostgresInstance", name, {}, opts);
    const around = this.surroundings(name, args);
    this.server = new gcp.DatabaseInstance(
      `${name}-server`,
      {
        name: args.names.instance,
        region: args.region,
        databaseVersion: "POSTGRES_15",
        deletionProtection: args.deletionProtection,
        ...(around.key === undefined ? {} : { encryptionKeyName: around.key.keyName }),
        settings: primarySettings(args, around.network),
      },
      // Google takes up to a quarter of an hour for a new instance, longer for a change that restarts a busy one.
      {
        parent: this,
        customTimeouts: { create: "60m", update: "60m", delete: "60m" },
        hooks: { beforeUpdate: [restartNotice(`${name}-restarts`)] },
        ...(around.ready.length === 0 ? {} : { dependsOn: around.ready }),
      },
    );
    this.network = around.serviceNetwork;
    this.encryption = around.key;
    this.readers = this.copies(name, args, around.network);
    this.replicas = this.readers.map(({ instance }) => instance);
    this.instanceName = this.server.name;
    this.connectionName = this.server.connectionName;
    this.sharedFate = { deletedWith: this.server, replaceWith: [this.server] };
    this.secretManagerEndpoint = args.secretManagerEndpoint;
    const { labels, connectionMode, databasePort: port } = args;
    const { instance, secrets } = args.names;
    const way = { connectionMode, instance, server: this.server, port, secretId: secrets.databaseTls, labels };
    this.connection = serverConnection(name, way, this);
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

  /** What must be there before the server. */
  private surroundings(name: string, args: PostgresInstanceArgs): Surroundings {
    const own = { parent: this };
    const key = args.encryptionKey === "" ? undefined : new EncryptionKey(`${name}-encryption`, args, own);
    const keyed = { key, ready: key === undefined ? [] : [key.ready.cloudSql] };
    if (args.privateNetwork === "") return { ...keyed, network: undefined, serviceNetwork: undefined };
    if (args.privateNetwork !== "own") {
      const network = { network: args.privateNetwork };
      return { ...keyed, network, serviceNetwork: network };
    }
    const { network, googleRange, subnetwork, ready } = new PrivateNetwork(`${name}-private`, args, own);
    const serviceNetwork = { network, subnetwork };
    return { ...keyed, ready: [...keyed.ready, ready], network: { network, googleRange }, serviceNetwork };
  }

  private copies(name: string, args: PostgresInstanceArgs, network: InstanceNetwork | undefined): readonly Reader[] {
    if (args.readReplicas.length === 0 && args.readPoolNodes === 0) return [];
    const sessions = args.pooledConnections + args.administrationConnections;
    const replicas = { ...args, sessions, network, primary: this.server };
    return new ReadReplicas(`${name}-replica`, replicas, { parent: this }).readers;
  }
}

interface Surroundings {
  network: InstanceNetwork | undefined;
  serviceNetwork: ServiceNetwork | undefined;
  key: EncryptionKey | undefined;
  /** What an instance must wait for although none of its properties refers to it. */
  ready: pulumi.Resource[];
}
