import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { changedLeaves } from "./changed-leaves.ts";
import { flagCatalogue } from "./flag-catalogue.ts";

/**
 * Settings whose change restarts the server.
 * cloud.google.com/sql/docs/postgres/instance-settings; GoogleCloudPlatform/terraform-provider-google issue 14634 for the length
 * of a query's text; point-in-time recovery restarts when it is turned on after creation.
 */
const restarting: readonly RegExp[] = [
  /^databaseVersion$/,
  /^maintenanceVersion$/,
  /^settings\.(tier|edition|availabilityType|activationPolicy)$/,
  /^settings\.backupConfiguration\.pointInTimeRecoveryEnabled$/,
  /^settings\.dataCacheConfig(\.|$)/,
  /^settings\.connectionPoolConfigs(\[|\.|$)/,
  /^settings\.insightsConfig\.queryStringLength$/,
  /^settings\.ipConfiguration\.privateNetwork$/,
];
const flag = /^settings\.databaseFlags\[([^\]]+)\]/;
const judged = ["databaseVersion", "maintenanceVersion", "settings"];

/** What of the changed paths of an instance restarts its server, each once, as `settings.tier` or `flag max_connections`. */
export function restartCauses(paths: readonly string[]): string[] {
  const causes = paths.flatMap((path) => {
    const [, name] = flag.exec(path) ?? [];
    // A flag that the catalogue does not know may restart the server: say so rather than not.
    if (name !== undefined) return (flagCatalogue[name]?.restart ?? true) ? [`flag ${name}`] : [];
    return restarting.some((pattern) => pattern.test(path)) ? [path] : [];
  });
  return [...new Set(causes)];
}

/**
 * Warns in preview and before the update, beside the instance that it is bound to as `beforeUpdate`, when the server will
 * restart; the program itself never sees what was there before.
 */
export function restartNotice(name: string): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    name,
    // The engine calls back from outside of the program: without its surroundings the warning would reach the terminal alone.
    AsyncResource.bind(async (change: pulumi.ResourceHookArgs) => {
      const notice = restartWarning(change);
      if (notice !== undefined) await pulumi.log.warn(notice);
    }),
    { onDryRun: true, ignoreErrors: true },
  );
}

type Change = Pick<pulumi.ResourceHookArgs, "name" | "oldInputs" | "newInputs">;

/** Undefined when nothing restarts. */
export function restartWarning({ name, oldInputs, newInputs }: Change): string | undefined {
  const [before, after] = [entries(oldInputs), entries(newInputs)];
  const changes = judged.flatMap((top) => changedLeaves(before.get(top), after.get(top), top));
  const causes = restartCauses(changes.map(({ path }) => path));
  if (causes.length === 0) return undefined;
  return `${name}: this change restarts the database server (${causes.join(", ")}); every connection ends, and the pooler connects again within a minute or so. Choose an hour with few listeners.`;
}

function entries(inputs: unknown): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(inputs ?? {}));
}
