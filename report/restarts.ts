// Which changes of an instance restart its server.
import { restartCauses } from "../components/instance-restarts.ts";
import { propertyChanges } from "./property-change.ts";
import type { PreviewedResource } from "./preview.ts";

export interface Restart {
  /** Name of the resource. */
  readonly resource: string;
  /** What restarts it, as `settings.tier, flag max_connections`. */
  readonly what: string;
}

/** One for each instance that is changed in place; a replaced one is new anyway. */
export function restarts(resources: readonly PreviewedResource[]): Restart[] {
  return resources
    .filter(({ type, operation }) => type === "gcp:sql/databaseInstance:DatabaseInstance" && operation === "update")
    .flatMap((resource) => {
      const causes = restartCauses(propertyChanges(resource).map(({ path }) => path));
      return causes.length === 0 ? [] : [{ resource: resource.name, what: causes.join(", ") }];
    });
}
