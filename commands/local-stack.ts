// The stack `local` from nothing to up: local cloud, workspace with this machine's ports, state, and an update that converges
// after whatever stopped the one before.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type DaemonRecord, ensureCloud } from "../local/control.ts";
import { type LocalPaths, projectRoot } from "../local/paths.ts";
import { Ports } from "../local/ports.ts";
import { type StackNames, stackNames } from "../naming.ts";
import { endOrphanedPlugins } from "./orphaned-plugins.ts";
import { forgetPendingOperations } from "./pending-operations.ts";
import { pulumi } from "./pulumi-cli.ts";
import { localRotation } from "./rotate/rotation-settings.ts";
import { whileGrantsSpread } from "./spreading-grants.ts";
import { recoverState, releaseStaleLocks, stateFile } from "./state-file.ts";
import {
  localEnvironment,
  localProject,
  localStack,
  type StackEnvironment,
  type StackValue,
  writeWorkspace,
} from "./stack-environment.ts";

/** How many resources an update touched, by the engine's own count. */
export interface UpdateSummary {
  readonly changes: Readonly<Record<string, number>>;
  readonly durationMs: number;
}

/** Local cloud up, workspace written, stack there. Idempotent. */
export async function prepareLocalStack(
  paths: LocalPaths,
): Promise<{ environment: StackEnvironment; daemon: DaemonRecord }> {
  const daemon = await ensureCloud(paths);
  const environment = localEnvironment(paths, daemon.addresses);
  writeWorkspace(environment.cwd, {
    ...(await valuesOfThisMachine(paths, daemon)),
    ...localRotation(paths),
    ...localSettings(paths),
  });
  recoverState(paths);
  if (!existsSync(stateFile(paths))) await pulumi(environment, ["stack", "init", localStack]);
  return { environment, daemon };
}

/** Configuration that only this machine knows: free ports, and where the local cloud answers. */
export async function valuesOfThisMachine(
  paths: LocalPaths,
  { addresses }: DaemonRecord,
): Promise<Record<string, StackValue>> {
  const ports = new Ports(paths);
  const names = localNames(paths);
  // Replicas share the machine's address with their primary: each has a port of its own.
  const replicas = declaredConfiguration()["music-library:readReplicas"];
  const readers: StackValue[] = [];
  for (const replica of replicas) {
    readers.push({ ...replica, port: await ports.choose(`sql/${names.instance}-${replica.name}`, 5433) });
  }
  return {
    ...(readers.length === 0 ? {} : { readReplicas: readers }),
    databasePort: await ports.choose(`sql/${names.instance}`, 5432),
    // Of the service's name too: a replaced service and its replacement run side by side for a while.
    poolerPort: await ports.choose(`pooler/${names.service}`, 6432),
    storageEndpoint: addresses.storage,
    iamCredentialsEndpoint: addresses.iamCredentials,
    secretManagerEndpoint: addresses.secretManager,
    managementEndpoint: addresses.management,
  };
}

/** `pulumi up` of the local stack; what a killed run left half-made is adopted or dropped first. Raises PulumiError. */
export async function updateLocalStack(
  paths: LocalPaths,
  environment: StackEnvironment,
  onOutput: (text: string) => void,
): Promise<UpdateSummary> {
  const started = Date.now();
  releaseStaleLocks(paths);
  await endOrphanedPlugins(paths);
  const args = ["up", "--yes", "--skip-preview", "--stack", localStack, "--color", "never"];
  const update = async (): Promise<string> => {
    await forgetPendingOperations(paths, environment, stateFile(paths));
    return await pulumi(environment, args, { onOutput });
  };
  const output = await whileGrantsSpread(update, (line) => {
    onOutput(`Diagnostics:\n${line}\nResources:\n`);
  });
  return { changes: resourceCounts(output), durationMs: Date.now() - started };
}

/** `+ 3 created`, `~ 1 updated`, `129 unchanged` below the engine's last "Resources:". */
function resourceCounts(output: string): Record<string, number> {
  const summary = output.slice(output.lastIndexOf("Resources:"));
  const counts = [...summary.matchAll(/^\s+(?:[-+~]+\s)?(\d+) (\w+)$/gm)];
  return Object.fromEntries(counts.map(([, count, operation]) => [operation ?? "", Number(count)]));
}

/** `settings.json` below .local/: keys that this machine sets differently from Pulumi.local.yaml; none where it is not there. */
function localSettings(paths: LocalPaths): z.infer<typeof settingsFile> {
  const file = paths.at("settings.json");
  return existsSync(file) ? settingsFile.parse(JSON.parse(readFileSync(file, "utf8"))) : {};
}

const settingsFile = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** The physical names of the local stack. */
function localNames(paths: LocalPaths): StackNames {
  const config = declaredConfiguration();
  const setting = (key: "nameSuffix" | "bucketName"): string =>
    String(localSettings(paths)[key] ?? config[`music-library:${key}`] ?? "");
  return stackNames({
    environment: "local",
    project: localProject(),
    region: config["gcp:region"],
    nameSuffix: setting("nameSuffix"),
    bucketName: setting("bucketName"),
  });
}

/** What Pulumi.local.yaml declares. */
function declaredConfiguration(): z.infer<typeof stackFile>["config"] {
  const file = join(projectRoot, `Pulumi.${localStack}.yaml`);
  return stackFile.parse(parse(readFileSync(file, "utf8"))).config;
}

const stackFile = z.object({
  config: z.looseObject({
    "gcp:region": z.string(),
    "music-library:nameSuffix": z.coerce.string().optional(),
    "music-library:bucketName": z.string().optional(),
    "music-library:readReplicas": z.array(z.looseObject({ name: z.string() })).default([]),
  }),
});
