// Google refuses a policy on a metric that it does not know yet: one that is neither declared nor was ever written.
import { descriptorType } from "../monitoring/routes.ts";
import type { SeriesStore } from "../monitoring/series-store.ts";
import { objectOf, objectsOf, textOf } from "../run/property-readers.ts";
import type { Properties, ResourceStore } from "../store.ts";

/** Metrics that somebody must have declared or written; those of Google's own services are always known. */
const userDefined = /^(?:custom\.googleapis\.com|logging\.googleapis\.com\/user)\//;
/** The same in PromQL, where the first slash is a colon and all else that is no letter or digit an underscore. */
const userDefinedInQuery = /\b(?:custom_googleapis_com:|logging_googleapis_com:user_)\w+/g;

/** Raises Google's error. */
export function refuseUnknownMetrics(
  values: Properties,
  { store, series }: { readonly store: ResourceStore; readonly series: SeriesStore },
): void {
  const declared = store.list(descriptorType).map(({ inputs }) => textOf(inputs, "type"));
  // Logs are not counted here: a log-based metric stays unwritten.
  const known = new Set([...declared, ...series.all().map(({ metric }) => metric.type)]);
  const knownInQuery = new Set([...known].map((type) => type.replace("/", ":").replaceAll(/[^A-Za-z0-9:]/g, "_")));
  for (const condition of objectsOf(values, "conditions")) {
    const unknown = [
      ...filtered(condition).filter((type) => userDefined.test(type) && !known.has(type)),
      ...queried(condition).filter((name) => !knownInQuery.has(name)),
    ];
    for (const type of unknown) {
      throw new Error(
        `Error 404: Cannot find metric(s) that match type = "${type}". If a metric was created recently, it could take up to 10 minutes to become available. Please try again soon.`,
      );
    }
  }
}

function filtered(condition: Properties): string[] {
  const filters = ["conditionThreshold", "conditionAbsent"].map((kind) => textOf(objectOf(condition, kind), "filter"));
  return filters.flatMap((filter) =>
    [...filter.matchAll(/metric\.type\s*=\s*"([^"]+)"/g)].map(([, type = ""]) => type),
  );
}

/** A query says itself whether its metrics are looked up. */
function queried(condition: Properties): string[] {
  const query = objectOf(condition, "conditionPrometheusQueryLanguage");
  if (query["disableMetricValidation"] === true) return [];
  return [...textOf(query, "query").matchAll(userDefinedInQuery)].map(([name]) => name);
}
