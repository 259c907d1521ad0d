import * as gcp from "@pulumi/gcp/sql/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { FlagProfile, FlagValue } from "./database-flags.ts";
import { restartNotice } from "./instance-restarts.ts";
import {
  type InstanceNetwork,
  type InstanceSettingsArgs,
  readPoolSettings,
  replicaSettings,
} from "./instance-settings.ts";
import { type Connection, serverConnection } from "./server-connection.ts";
import { type PlannedReplica, type ReadReplica, replicaPlan } from "./replica-plan.ts";

export interface ReadReplicasArgs extends InstanceSettingsArgs {
  names: {
    /** Name of the primary; those of the replicas begin with it. */
    instance: string;
    /** Id of the secret with the primary's client certificate, used in `direct` mode only; those of replicas begin with it. */
    secrets: { databaseTls: string };
  };
  /** Region, that of the primary. */
  region: string;
  /** In the order in which they would be promoted. A changed name replaces the replica. */
  readReplicas: readonly ReadReplica[];
  /** Nodes of the read pool; 0 for none. */
  readPoolNodes: number;
  flagProfile: FlagProfile;
  databaseFlags: Readonly<Record<string, FlagValue>>;
  /** Sessions that may work at the same time on each. */
  sessions: number;
  /** Port of the primary: 5432 on Cloud SQL. */
  databasePort: number;
  /** The provider's lock on deletion. */
  deletionProtection: boolean;
  primary: gcp.DatabaseInstance;
  /** That of the primary; undefined for a public address. */
  network: InstanceNetwork | undefined;
}

/** One that can be read, with the way to it. */
export interface Reader {
  readonly instance: string;
  /** `project:region:instance` */
  readonly connectionName: pulumi.Output<string>;
  readonly connection: Connection;
}

/**
 * Copies of the primary that can be read: replicas, which follow it or one another and carry the label `failover-order`, and
 * a pool of nodes behind one address. They go before the primary goes, which Google refuses to delete while it has any.
 */
export class ReadReplicas extends pulumi.ComponentResource {
  /** All of them, in the order of promotion, the pool last. */
  readonly readers: readonly Reader[];

  constructor(name: string, args: ReadReplicasArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:database:ReadReplicas", name, {}, opts);
    const own: pulumi.CustomResourceOptions = {
      parent: this,
      replaceWith: [args.primary],
      customTimeouts: { create: "60m", update: "60m", delete: "60m" },
      hooks: { beforeUpdate: [restartNotice(`${name}-restarts`)] },
    };
    const servers = new Map<string, gcp.DatabaseInstance>();
    const readers: Reader[] = [];
    const { network } = args;
    for (const [index, replica] of replicaPlan(args).entries()) {
      const { tier, flags } = replica;
      const labels = { ...args.labels, "failover-order": String(index + 1) };
      const server = new gcp.DatabaseInstance(
        `${name}-${replica.name}`,
        {
          ...common(args, replicaName(args, replica)),
          instanceType: "READ_REPLICA_INSTANCE",
          masterInstanceName: followed(replica, servers, args.primary).name,
          settings: replicaSettings({ ...args, tier, flags, labels }, network),
        },
        own,
      );
      servers.set(replica.name, server);
      readers.push(this.reader(name, replica, server, args));
    }
    if (args.readPoolNodes > 0) {
      const pool = new gcp.DatabaseInstance(
        `${name}-read-pool`,
        {
          ...common(args, poolName(args)),
          instanceType: "READ_POOL_INSTANCE",
          nodeCount: args.readPoolNodes,
          masterInstanceName: args.primary.name,
          settings: readPoolSettings(args, network),
        },
        own,
      );
      readers.push(this.reader(name, { name: "read-pool", port: undefined }, pool, args));
    }
    this.readers = readers;
    this.registerOutputs({ instanceNames: readers.map(({ instance }) => instance) });
  }

  private reader(
    name: string,
    copy: Pick<PlannedReplica, "name" | "port">,
    server: gcp.DatabaseInstance,
    { connectionMode, names, databasePort, labels }: ReadReplicasArgs,
  ): Reader {
    const instance = replicaName({ names }, copy);
    const secretId = `${names.secrets.databaseTls}-${copy.name}`;
    const way = { connectionMode, instance, server, port: copy.port ?? databasePort, secretId, labels };
    const connection = serverConnection(`${name}-${copy.name}`, way, this);
    return { instance, connectionName: server.connectionName, connection };
  }
}

type Named = Pick<ReadReplicasArgs, "names">;

function replicaName({ names }: Named, { name }: Pick<ReadReplica, "name">): string {
  return `${names.instance}-${name}`;
}

function poolName({ names }: Named): string {
  return `${names.instance}-read-pool`;
}

function common({ region, deletionProtection }: ReadReplicasArgs, name: string): gcp.DatabaseInstanceArgs {
  return { name, region, databaseVersion: "POSTGRES_15", deletionProtection };
}

function followed(
  { name, source }: PlannedReplica,
  servers: ReadonlyMap<string, gcp.DatabaseInstance>,
  primary: gcp.DatabaseInstance,
): gcp.DatabaseInstance {
  const server = source === undefined ? primary : servers.get(source);
  if (server !== undefined) return server;
  throw new Error(
    `readReplicas "${name}": follows a replica that is not before it (${source ?? ""}); expected an earlier one. Change the order.`,
  );
}
