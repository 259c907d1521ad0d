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
import { type PlannedReplica, type ReadReplica, replicaPlan } from "./replica-plan.ts";

export interface ReadReplicasArgs extends InstanceSettingsArgs {
  names: {
    /** Name of the primary; those of the replicas begin with it. */
    instance: string;
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
  /** The provider's lock on deletion. */
  deletionProtection: boolean;
  primary: gcp.DatabaseInstance;
  /** That of the primary; undefined for a public address. */
  network: InstanceNetwork | undefined;
}

/**
 * Copies of the primary that can be read: replicas, which follow it or one another and carry the label `failover-order`, and
 * a pool of nodes behind one address. They go before the primary goes, which Google refuses to delete while it has any.
 */
export class ReadReplicas extends pulumi.ComponentResource {
  /** Names of all of them, in the order of promotion, the pool last. */
  readonly instanceNames: readonly string[];

  constructor(name: string, args: ReadReplicasArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:database:ReadReplicas", name, {}, opts);
    const own: pulumi.CustomResourceOptions = {
      parent: this,
      replaceWith: [args.primary],
      customTimeouts: { create: "60m", update: "60m", delete: "60m" },
      hooks: { beforeUpdate: [restartNotice(`${name}-restarts`)] },
    };
    const servers = new Map<string, gcp.DatabaseInstance>();
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
    }
    if (args.readPoolNodes > 0) {
      new gcp.DatabaseInstance(
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
    }
    this.instanceNames = replicaNames(args);
    this.registerOutputs({ instanceNames: this.instanceNames });
  }
}

type Named = Pick<ReadReplicasArgs, "names" | "readReplicas" | "readPoolNodes">;

function replicaNames(args: Named): string[] {
  const replicas = args.readReplicas.map((replica) => replicaName(args, replica));
  return args.readPoolNodes > 0 ? [...replicas, poolName(args)] : replicas;
}

function replicaName({ names }: Pick<Named, "names">, { name }: Pick<ReadReplica, "name">): string {
  return `${names.instance}-${name}`;
}

function poolName({ names }: Pick<Named, "names">): string {
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
