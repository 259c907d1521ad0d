// What a type that is only recorded says of itself, and the forms that many of their ids have.
import type { SeriesStore } from "../monitoring/series-store.ts";
import type { Properties, ResourceStore } from "../store.ts";
import { textOf } from "./stored-state.ts";

export interface RecordedSpec {
  /** What is not there, in one line. */
  readonly note: string;
  /** The real provider's id; `values` carry project, region and location. */
  readonly id: (values: Properties) => string;
  /** Computed outputs that others refer to; the rest are empty values of their type. */
  readonly outputs?: (values: Properties, id: string) => Properties;
  /** What Google refuses for the sake of other resources; raises it. */
  readonly refuse?: (values: Properties, parts: RecordedParts) => void;
}

/** What else there is in the local cloud. */
export interface RecordedParts {
  readonly store: ResourceStore;
  readonly series: SeriesStore;
}

const compute = "https://www.googleapis.com/compute/v1";

export function at(values: Properties, ...names: string[]): string[] {
  return names.map((name) => textOf(values, name));
}

export function underProject(values: Properties, path: string): string {
  return `projects/${textOf(values, "project")}/${path}`;
}

/** What Compute Engine says of everything that it has. */
export function linked(_values: Properties, id: string): Properties {
  return { selfLink: `${compute}/${id}` };
}
