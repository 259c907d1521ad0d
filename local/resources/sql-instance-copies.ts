// Instances that are made of others, and the backups that they are made of: what a declaration says of them.
import type { Clusters } from "../postgres/clusters.ts";
import type { Origin } from "../postgres/copies.ts";
import type { Properties } from "../store.ts";
import { backupPolicy, instanceDeclaration } from "./sql-instance-declaration.ts";
import { NotInLocalCloudError, SqlRefusedError } from "./sql-refusal.ts";

/** Ways to make an instance out of another, which are not there without a cloud. */
const otherWays = ["replicaConfiguration", "restoreBackupContext", "pointInTimeRestoreContext", "backupdrBackup"];

/** At creation, not in preview: plans for Google Cloud hold them. */
export function refuseOtherCopies(inputs: Properties): void {
  const { name = "", instanceType, clone } = instanceDeclaration(inputs);
  const ways = [
    ...otherWays.filter((way) => (inputs[way] ?? null) !== null),
    ...(instanceType === "READ_POOL_INSTANCE" ? ["instanceType READ_POOL_INSTANCE"] : []),
    ...(clone?.databaseNames === undefined ? [] : ["clone.databaseNames"]),
    ...(clone?.sourceInstanceDeletionTime === undefined ? [] : ["clone.sourceInstanceDeletionTime"]),
  ];
  if (ways.length === 0) return;
  throw new NotInLocalCloudError(
    `instance "${name}": cannot be made in this way by the local cloud (${ways.join(", ")}); expected a new instance, a clone or a replica. Declare it in the cloud's stacks only.`,
  );
}

/** Where the data of a new instance comes from. */
export function originOf(inputs: Properties): Origin {
  const { masterInstanceName, clone } = instanceDeclaration(inputs);
  if (masterInstanceName !== undefined) return { kind: "replica", primary: masterInstanceName };
  if (clone?.sourceInstanceName === undefined) return { kind: "empty" };
  const { sourceInstanceName: source, pointInTime } = clone;
  return { kind: "clone", source, pointInTime: pointInTime === undefined ? undefined : pastTime(pointInTime) };
}

/** Throws SqlRefusedError for what is no moment of the past. */
export function pastTime(text: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime()) && time.getTime() <= Date.now()) return time;
  throw new SqlRefusedError(
    `pointInTime: is no moment of the past ("${text}"); expected one as 2026-01-31T12:00:00Z. Choose another time.`,
  );
}

/** A replica whose primary is no longer declared stands for itself from now on. */
export async function follow(clusters: Clusters, name: string, news: Properties): Promise<void> {
  const follows = clusters.primaryOf(name);
  const { masterInstanceName: wanted } = instanceDeclaration(news);
  if (follows === wanted) return;
  if (wanted !== undefined) {
    throw new NotInLocalCloudError(
      `instance "${name}": cannot follow another one than before (${follows ?? "none"}, now ${wanted}); expected the same primary, or none to promote it. Make a new replica.`,
    );
  }
  await clusters.promote(name);
}

export function refuseWhileFollowed(clusters: Clusters, name: string): void {
  const replicas = clusters.replicasOf(name);
  if (replicas.length === 0) return;
  throw new SqlRefusedError(
    `Error, failed to delete instance ${name}: googleapi: Error 400: Invalid request: the instance has replicas (${replicas.join(", ")}). Delete or promote them first., invalid`,
  );
}

/** The first backup, or the one that is due. Nobody waits for it: a backup that fails is in the list with its reason. */
export function backUp(clusters: Clusters, inputs: Properties): void {
  const { name = "", settings } = instanceDeclaration(inputs);
  if (settings?.activationPolicy === "NEVER" || clusters.primaryOf(name) !== undefined) return;
  clusters.backups.keepUp(name, backupPolicy(inputs)).catch((error: unknown) => {
    console.error(error);
  });
}
