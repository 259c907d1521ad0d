// gcp.sql.DatabaseInstance: a PostgreSQL 15 cluster of its own.
import { certificateFacts } from "../postgres/certificates.ts";
import type { Clusters } from "../postgres/clusters.ts";
import type { DatabaseFlag } from "../postgres/server-settings.ts";
import type { Kind, ResourceState, Scope } from "../provider/kind.ts";
import { isObject } from "../provider/schema.ts";
import type { Properties } from "../store.ts";
import { clusterDeclaration, instanceDeclaration } from "./sql-instance-declaration.ts";
import { backUp, follow, originOf, refuseOtherCopies, refuseWhileFollowed } from "./sql-instance-copies.ts";
import { instanceOutputs } from "./sql-instance-outputs.ts";
import { instanceProblems } from "./sql-instance-rules.ts";
import { NotInLocalCloudError } from "./sql-refusal.ts";
import { setPassword } from "./sql-user.ts";

/** A lock that is on; the message is Google's. */
export class DeletionProtectedError extends Error {
  override readonly name = "DeletionProtectedError";
}

interface InstanceParts {
  readonly clusters: Clusters;
  /** Drops the records of what lives inside an instance that goes. */
  readonly forget: (instance: string) => void;
  /** Google's lock as it is now; undefined where nothing is known of the instance. */
  readonly lockOf: (instance: string) => boolean | undefined;
}

export function instanceKind({ clusters, forget, lockOf }: InstanceParts): Kind {
  const outputs = (inputs: Properties, scope: Scope, version: number): Properties => {
    const name = idOf(inputs);
    const { createTime, serverAuthority } = clusters.identity(name);
    return instanceOutputs(inputs, scope, { version, createTime, serverAuthority: certificate(serverAuthority) });
  };
  return {
    grade: "real",
    note: "backups lie on this machine and go with the instance, no last one is made, no maintenance, no insights, no limits on machine and disk, no pools of readers",
    check: instanceProblems,
    replaces,
    idOf,
    async create(inputs, scope) {
      refuseWhatIsNotHere(inputs);
      await clusters.create(clusterDeclaration(inputs, scope), originOf(inputs));
      await applyRootPassword(clusters, inputs);
      backUp(clusters, inputs);
      return outputs(inputs, scope, 1);
    },
    async read(name, known) {
      if (!clusters.exists(name)) return undefined;
      const present = withLock(known, lockOf(name));
      if (!clusterIsActive(known.inputs)) return present;
      return withFlags(present, await clusters.flags(name));
    },
    async update(name, olds, news, scope) {
      refuseWhatIsNotHere(news);
      await follow(clusters, name, news);
      await clusters.update(clusterDeclaration({ ...news, name }, scope));
      backUp(clusters, { ...news, name });
      if (news["rootPassword"] !== olds.inputs["rootPassword"]) await applyRootPassword(clusters, { ...news, name });
      return outputs({ ...news, name }, scope, versionOf(olds) + 1);
    },
    async delete(name, olds) {
      if (!refusesDelete(name, withLock(olds, lockOf(name)))) {
        refuseWhileFollowed(clusters, name);
        await clusters.remove(name);
      }
      forget(name);
    },
  };
}

function idOf(inputs: Properties): string {
  return instanceDeclaration(inputs).name ?? "";
}

/** Values that Google takes and that would be a pretence here. At creation, not in preview: plans for Google Cloud hold them. */
function refuseWhatIsNotHere(inputs: Properties): void {
  const declared = instanceDeclaration(inputs);
  refuseOtherCopies(inputs);
  const { settings } = declared;
  if (settings?.connectorEnforcement === "REQUIRED") {
    throw new NotInLocalCloudError(
      `instance "${declared.name}": connectorEnforcement cannot be honoured by the local cloud ("REQUIRED"): connections here are direct; expected "NOT_REQUIRED". Set it in the cloud's stacks only.`,
    );
  }
  const googleOnly = [
    ...(declared.encryptionKeyName === undefined ? [] : ["encryptionKeyName"]),
    ...(settings?.dataApiAccess === "ALLOW_DATA_API" ? ["dataApiAccess"] : []),
    ...(settings?.dataCacheConfig?.dataCacheEnabled === true ? ["dataCacheConfig"] : []),
    ...(settings?.connectionPoolConfigs.some((pool) => pool.connectionPoolingEnabled === true) === true
      ? ["connectionPoolConfigs"]
      : []),
  ];
  if (googleOnly.length > 0) {
    throw new NotInLocalCloudError(
      `instance "${declared.name}": cannot have by the local cloud what only Google has (${googleOnly.join(", ")}); expected none of it. Set it in the cloud's stacks only.`,
    );
  }
}

async function applyRootPassword(clusters: Clusters, inputs: Properties): Promise<void> {
  const { name = "", rootPassword } = instanceDeclaration(inputs);
  if (rootPassword !== undefined && clusters.isRunning(name))
    await setPassword(clusters, name, "postgres", rootPassword);
}

/** What the real provider decides in code: a disk cannot shrink while nobody lets it grow, a private network cannot be left. */
function replaces(olds: Properties, news: Properties): string[] {
  const before = instanceDeclaration(olds).settings;
  const after = instanceDeclaration(news).settings;
  const reasons: string[] = [];
  const shrinks = (after?.diskSize ?? Number.POSITIVE_INFINITY) < (before?.diskSize ?? 0);
  if (shrinks && after?.diskAutoresize === false) reasons.push("settings.diskSize");
  if (before?.ipConfiguration?.privateNetwork !== undefined && after?.ipConfiguration?.privateNetwork === undefined) {
    reasons.push("settings.ipConfiguration.privateNetwork");
  }
  return reasons;
}

/** Throws Google's refusal where a lock is on; true where the instance is to be left as it is. */
function refusesDelete(name: string, olds: ResourceState): boolean {
  const declared = instanceDeclaration({ ...olds.inputs, ...olds.outputs });
  if (declared.deletionProtection !== false) {
    throw new DeletionProtectedError(
      "Error, failed to delete instance because deletion_protection is set to true. Set it to false to proceed with instance deletion",
    );
  }
  if (declared.deletionPolicy === "PREVENT") {
    throw new DeletionProtectedError(
      `Error, failed to delete instance ${name} because deletion_policy is set to PREVENT. Set it to DELETE to proceed with instance deletion`,
    );
  }
  if (declared.settings?.deletionProtectionEnabled === true) {
    throw new DeletionProtectedError(
      `Error, failed to delete instance ${name}: googleapi: Error 400: The instance is protected. Please disable the deletion protection and try again. To disable deletion protection, update the instance settings with deletionProtectionEnabled set to false., invalid`,
    );
  }
  return declared.deletionPolicy === "ABANDON";
}

function clusterIsActive(inputs: Properties): boolean {
  return instanceDeclaration(inputs).settings?.activationPolicy !== "NEVER";
}

function versionOf({ outputs }: ResourceState): number {
  const { settings } = outputs;
  return isObject(settings) && typeof settings["version"] === "number" ? settings["version"] : 1;
}

/** The known state with Google's lock as it is. */
function withLock({ inputs, outputs }: ResourceState, lock: boolean | undefined): ResourceState {
  if (lock === undefined) return { inputs, outputs };
  const put = (properties: Properties): Properties => {
    const { settings } = properties;
    if (!isObject(settings) || (settings["deletionProtectionEnabled"] ?? false) === lock) return properties;
    return { ...properties, settings: { ...settings, deletionProtectionEnabled: lock } };
  };
  return { inputs: put(inputs), outputs: put(outputs) };
}

/** The known state with the flags that are in force. */
function withFlags({ inputs, outputs }: ResourceState, running: readonly DatabaseFlag[]): ResourceState {
  const declared = instanceDeclaration(inputs).settings?.databaseFlags ?? [];
  // PostgreSQL answers in its own spelling (`TimeZone`); the declared one is kept, or it would look like drift.
  const spelling = new Map(declared.map(({ name = "" }) => [name.toLowerCase(), name]));
  const flags = running.map(({ name, value }) => ({ name: spelling.get(name.toLowerCase()) ?? name, value }));
  const order = declared.map(({ name }) => name);
  const position = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  const databaseFlags = flags.sort((a, b) => position(a.name) - position(b.name));
  const put = (properties: Properties): Properties => {
    const settings = isObject(properties["settings"]) ? properties["settings"] : {};
    if (databaseFlags.length === 0 && settings["databaseFlags"] === undefined) return properties;
    return { ...properties, settings: { ...settings, databaseFlags } };
  };
  return { inputs: put(inputs), outputs: put(outputs) };
}

/** As Google shows a certificate. */
export function certificate(pem: string): Properties {
  const { commonName, createTime, expirationTime, sha1Fingerprint } = certificateFacts(pem);
  return { cert: pem, commonName, createTime, expirationTime, sha1Fingerprint };
}
