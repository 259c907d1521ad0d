// gcp.monitoring.MetricDescriptor: what may be written to the local cloud's time series.
import type { CheckProblem, Kind, Scope } from "../provider/kind.ts";
import { objectsOf } from "../run/property-readers.ts";
import type { Properties, ResourceStore } from "../store.ts";
import { descriptorType } from "../monitoring/routes.ts";
import { deletionPolicyProblems, abandoned, storedState, textOf } from "./stored-state.ts";
import { type AddProblem, oneOf } from "./value-rules.ts";

const kinds = ["GAUGE", "DELTA", "CUMULATIVE"];
const valueTypes = ["BOOL", "INT64", "DOUBLE", "STRING", "DISTRIBUTION"];

export function metricDescriptorKinds({ store }: { readonly store: ResourceStore }): Record<string, Kind> {
  const idOf = (inputs: Properties, { project }: Scope): string =>
    `projects/${textOf(inputs, "project") || project}/metricDescriptors/${textOf(inputs, "type")}`;
  const outputsOf = (inputs: Properties, scope: Scope): Properties => ({
    ...{ deletionPolicy: "DELETE", project: scope.project, monitoredResourceTypes: [] },
    ...inputs,
    name: idOf(inputs, scope),
  });
  const kind: Kind = {
    grade: "real",
    check: metricDescriptorProblems,
    idOf,
    create: async (inputs, scope) => outputsOf(inputs, scope),
    read: async (id) => storedState(store, descriptorType, id),
    update: async (_id, _olds, news, scope) => outputsOf(news, scope),
    delete: async (id, olds) => void abandoned(`metric descriptor "${id}"`, olds),
  };
  return { [descriptorType]: kind };
}

/** cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.metricDescriptors and cloud.google.com/monitoring/custom-metrics */
export function metricDescriptorProblems(inputs: Properties): CheckProblem[] {
  const problems = deletionPolicyProblems(inputs);
  const add: AddProblem = (property, reason) => void problems.push({ property, reason });
  const { type } = inputs;
  if (typeof type === "string" && !/^(custom|external)\.googleapis\.com(\/[A-Za-z0-9_]+){1,10}$/.test(type)) {
    add(
      "type",
      `is no type of a custom metric ("${type}"); expected custom.googleapis.com/ and a path of letters, digits and "_". Choose another.`,
    );
  }
  if (typeof type === "string" && type.length > 200) {
    add("type", `is too long (${type.length} characters); expected at most 200. Shorten it.`);
  }
  oneOf(inputs, "metricKind", "metricKind", kinds, add);
  oneOf(inputs, "valueType", "valueType", valueTypes, add);
  combinationProblems(inputs, add);
  labelProblems(objectsOf(inputs, "labels"), add);
  const { unit } = inputs;
  if (typeof unit === "string" && unit !== "" && !/^(1|(10\^\d+\.)?[%A-Za-z{][A-Za-z0-9_{}./%^]*)$/.test(unit)) {
    add("unit", `is no unit ("${unit}"); expected UCUM's, as By, s, h or 1. Correct the value.`);
  }
  return problems;
}

function combinationProblems(inputs: Properties, add: AddProblem): void {
  const [kind, valueType] = [textOf(inputs, "metricKind"), textOf(inputs, "valueType")];
  // cloud.google.com/monitoring/api/v3/kinds-and-types
  if (kind !== "GAUGE" && ["BOOL", "STRING"].includes(valueType)) {
    add("valueType", `does not go with ${kind} ("${valueType}"); expected INT64, DOUBLE or DISTRIBUTION. Use GAUGE.`);
  }
  if (kind === "DELTA") {
    add("metricKind", 'cannot be written by API ("DELTA"); expected GAUGE or CUMULATIVE. Correct the value.');
  }
}

function labelProblems(labels: readonly Properties[], add: AddProblem): void {
  const seen = new Set<string>();
  for (const [index, label] of labels.entries()) {
    const key = textOf(label, "key");
    const at = `labels[${index}]`;
    if (!/^[a-zA-Z][a-zA-Z0-9_]{0,99}$/.test(key)) {
      add(`${at}.key`, `is no label ("${key}"); expected a letter, then letters, digits and "_". Rename it.`);
    }
    if (seen.has(key)) add(`${at}.key`, `is given twice ("${key}"); expected once. Remove one.`);
    seen.add(key);
    oneOf(label, "valueType", `${at}.valueType`, ["STRING", "BOOL", "INT64"], add);
  }
  if (labels.length > 30) add("labels", `are too many (${labels.length}); expected at most 30. Remove some.`);
}
