// What Cloud SQL's Admin API does on this machine, beside what the stack declares: backups, restores, clones, certificates, locks.
import { GoogleError } from "../identity/google-error.ts";
import type { BackupRun } from "../postgres/backups.ts";
import type { Clusters } from "../postgres/clusters.ts";
import { instanceType } from "../postgres/servers.ts";
import type { Kind, Scope } from "../provider/kind.ts";
import { isObject } from "../provider/schema.ts";
import type { ReservedNames } from "../reserved-names.ts";
import { backUp, pastTime, refuseWhileFollowed } from "../resources/sql-instance-copies.ts";
import { backupPolicy, instanceDeclaration } from "../resources/sql-instance-declaration.ts";
import { isInstanceName } from "../resources/sql-names.ts";
import type { Properties, PropertyValue, ResourceStore, StoredResource } from "../store.ts";
import { type Operation, Operations } from "./operations.ts";

export interface SqlAdminArgs {
  readonly store: ResourceStore;
  readonly clusters: Clusters;
  readonly instances: Kind;
  readonly reserved: ReservedNames;
}

/** Where an instance is and who asks. */
export interface Asked {
  readonly instance: string;
  readonly scope: Scope;
  readonly user: string;
}

const lookEveryMs = 10 * 60_000;

export class SqlAdmin {
  readonly operations = new Operations();
  private readonly args: SqlAdminArgs;

  constructor(args: SqlAdminArgs) {
    this.args = args;
  }

  /** Looks from now on whether a daily backup is due; returns what ends that. A machine that slept catches up. */
  keepBackups(): () => void {
    const look = (): void => {
      for (const { inputs } of this.list()) backUp(this.args.clusters, inputs);
    };
    const timer = setInterval(look, lookEveryMs);
    return () => {
      clearInterval(timer);
    };
  }

  /** The instance as it is; its lock may have been changed beside the stack. Throws NOT_FOUND. */
  async get({ instance, scope }: Pick<Asked, "instance" | "scope">): Promise<StoredResource> {
    const stored = this.stored(instance);
    if ((await this.args.instances.read(instance, stored, scope)) === undefined) throw noInstance();
    return stored;
  }

  list(): StoredResource[] {
    return this.args.store.list(instanceType).filter(({ id }) => this.args.clusters.exists(id));
  }

  /** Closes or opens Google's lock. */
  setLock({ instance, user }: Asked, deletionProtectionEnabled: boolean): Operation {
    const stored = this.stored(instance);
    const settings = { ...objectOf(stored.outputs["settings"]), deletionProtectionEnabled };
    this.args.store.put({ ...stored, outputs: { ...stored.outputs, settings } });
    return this.begin("UPDATE", instance, user, async () => await Promise.resolve());
  }

  delete({ instance, user }: Asked): Operation {
    const stored = this.stored(instance);
    if (instanceDeclaration(stored.outputs).settings?.deletionProtectionEnabled === true) {
      throw new GoogleError(
        "FAILED_PRECONDITION",
        "The instance is protected. Please disable the deletion protection and try again. To disable deletion protection, update the instance settings with deletionProtectionEnabled set to false.",
      );
    }
    asGoogle(() => {
      refuseWhileFollowed(this.args.clusters, instance);
    });
    return this.begin("DELETE", instance, user, async () => {
      const state = { inputs: unlocked(stored.inputs), outputs: unlocked(stored.outputs) };
      await this.args.instances.delete(instance, state, { project: "", region: "" });
      this.args.store.remove(instanceType, instance);
      this.args.reserved.deleted(instanceType, instance);
    });
  }

  backUp({ instance, user }: Asked, description: string): Operation {
    const { clusters } = this.args;
    this.stored(instance);
    if (clusters.primaryOf(instance) !== undefined) {
      throw new GoogleError("FAILED_PRECONDITION", "A read replica has no backups of its own.");
    }
    const { run, ended } = clusters.backups.begin(instance, "ON_DEMAND", description);
    return this.begin("BACKUP_VOLUME", instance, user, async () => throwProblem(await ended), run.id);
  }

  deleteBackup({ instance, user }: Asked, id: string): Operation {
    this.backup(instance, id);
    return this.begin("DELETE_BACKUP", instance, user, async () => {
      this.args.clusters.backups.remove(instance, id);
      await Promise.resolve();
    });
  }

  backups(instance: string): BackupRun[] {
    this.stored(instance);
    return this.args.clusters.backups.list(instance);
  }

  backup(instance: string, id: string): BackupRun {
    const run = this.backups(instance).find((one) => one.id === id);
    if (run === undefined) throw new GoogleError("NOT_FOUND", "The backup run does not exist.");
    return run;
  }

  /** From when to when the instance can be brought back to any second. */
  recoveryTimes(instance: string): { earliestRecoveryTime: string; latestRecoveryTime: string } {
    const policy = backupPolicy(this.stored(instance).inputs);
    const oldest = this.args.clusters.backups.successful(instance).at(-1);
    if (!policy.pointInTimeRecovery || oldest === undefined) {
      throw new GoogleError("FAILED_PRECONDITION", "Point-in-time recovery is not possible for the instance yet.");
    }
    return { earliestRecoveryTime: oldest.endTime, latestRecoveryTime: new Date().toISOString() };
  }

  clone({ instance, scope, user }: Asked, to: { name: string; pointInTime: string | undefined }): Operation {
    const source = this.stored(instance);
    this.refuseName(to.name);
    if (this.args.clusters.primaryOf(instance) !== undefined) {
      throw new GoogleError("FAILED_PRECONDITION", "A read replica cannot be cloned.");
    }
    const { pointInTime } = to;
    if (pointInTime !== undefined) {
      asGoogle(() => this.args.clusters.backups.latestBefore(instance, pastTime(pointInTime)));
    }
    // Everything as in the source, its lock included; the password of `postgres` comes with the data.
    const lock = instanceDeclaration(source.outputs).settings?.deletionProtectionEnabled ?? false;
    const settings = { ...objectOf(source.inputs["settings"]), deletionProtectionEnabled: lock };
    const inputs: Properties = { ...source.inputs, settings, name: to.name, rootPassword: null };
    const origin = { sourceInstanceName: instance, ...(pointInTime === undefined ? {} : { pointInTime }) };
    return this.begin("CLONE", to.name, user, async () => {
      const region = typeof source.outputs["region"] === "string" ? source.outputs["region"] : scope.region;
      const outputs = await this.args.instances.create({ ...inputs, clone: origin }, { ...scope, region });
      const urn = `sqladmin:clone:${instance}`;
      this.args.store.put({ type: instanceType, id: to.name, urn, inputs: { ...inputs, clone: origin }, outputs });
    });
  }

  restore({ instance, scope, user }: Asked, from: { instance: string; id: string }): Operation {
    const { clusters, instances } = this.args;
    const stored = this.stored(instance);
    this.backup(from.instance, from.id);
    if (clusters.replicasOf(instance).length > 0) {
      throw new GoogleError("FAILED_PRECONDITION", "Delete the read replicas of the instance before a restore.");
    }
    return this.begin("RESTORE_VOLUME", instance, user, async () => {
      await clusters.restoreBackup(instance, from);
      await instances.update(instance, stored, stored.inputs, scope);
      // From the new history only a new backup leads on.
      await clusters.backups.settled(instance);
    });
  }

  promote({ instance, user }: Asked): Operation {
    this.stored(instance);
    if (this.args.clusters.primaryOf(instance) === undefined) {
      throw new GoogleError("FAILED_PRECONDITION", "The instance is not a read replica.");
    }
    return this.begin("PROMOTE_REPLICA", instance, user, async () => await this.args.clusters.promote(instance));
  }

  private refuseName(name: string): void {
    if (!isInstanceName(name)) throw new GoogleError("INVALID_ARGUMENT", `Invalid instance name (${name}).`);
    if (this.args.store.get(instanceType, name) !== undefined || this.args.clusters.exists(name)) {
      throw new GoogleError("ALREADY_EXISTS", "The Cloud SQL instance already exists.");
    }
    try {
      this.args.reserved.refuseReserved(instanceType, name);
    } catch (cause) {
      throw new GoogleError("ALREADY_EXISTS", cause instanceof Error ? cause.message : String(cause));
    }
  }

  private stored(instance: string): StoredResource {
    const stored = this.args.store.get(instanceType, instance);
    if (stored === undefined || !this.args.clusters.exists(instance)) throw noInstance();
    return stored;
  }

  private begin(
    operationType: string,
    targetId: string,
    user: string,
    work: () => Promise<void>,
    backupId?: string,
  ): Operation {
    const begun = { operationType, targetId, user };
    return this.operations.begin(backupId === undefined ? begun : { ...begun, backupId }, work);
  }
}

function noInstance(): GoogleError {
  return new GoogleError("NOT_FOUND", "The Cloud SQL instance does not exist.");
}

/** A refusal that can be told at once. */
function asGoogle<Result>(judge: () => Result): Result {
  try {
    return judge();
  } catch (error) {
    throw new GoogleError("INVALID_ARGUMENT", error instanceof Error ? error.message : String(error));
  }
}

/** Without the locks of the stack: Google knows its own only. */
function unlocked(properties: Properties): Properties {
  return { ...properties, deletionProtection: false, deletionPolicy: "DELETE" };
}

function throwProblem({ problem }: BackupRun): void {
  if (problem !== undefined) throw new Error(problem);
}

function objectOf(value: PropertyValue | undefined): Properties {
  return isObject(value) ? value : {};
}
