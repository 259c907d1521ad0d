// Which changes of an instance restart its server.
import { flagCatalogue } from "../components/flag-catalogue.ts";
import { propertyChanges } from "./property-change.ts";
import type { PreviewedResource } from "./preview.ts";

export interface Restart {
  /** Name of the resource. */
  readonly resource: string;
  /** What restarts it, as `settings.tier, flag max_connections`. */
  readonly what: string;
}

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

/** One for each instance that is changed in place; a replaced one is new anyway. */
export function restarts(resources: readonly PreviewedResource[]): Restart[] {
  return resources
    .filter(({ type, operation }) => type === "gcp:sql/databaseInstance:DatabaseInstance" && operation === "update")
    .flatMap((resource) => {
      const causes = propertyChanges(resource).flatMap(({ path }) => cause(path));
      return causes.length === 0 ? [] : [{ resource: resource.name, what: [...new Set(causes)].join(", ") }];
    });
}

function cause(path: string): string[] {
  const [, name] = flag.exec(path) ?? [];
  // A flag that the catalogue does not know may restart the server: say so rather than not.
  if (name !== undefined) return (flagCatalogue[name]?.restart ?? true) ? [`flag ${name}`] : [];
  return restarting.some((pattern) => pattern.test(path)) ? [path] : [];
}
