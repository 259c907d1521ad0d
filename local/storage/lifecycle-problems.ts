// What Google refuses in lifecycle rules, in the form that its API takes them.
import { lifecycleConditions } from "./lifecycle.ts";

/** Where in the rule, in the API's names, e.g. `condition.age`; "" is the rule itself. */
export interface LifecycleProblem {
  readonly rule: number;
  readonly field: string;
  readonly reason: string;
}

const actions = ["Delete", "SetStorageClass", "AbortIncompleteMultipartUpload"];
const targetClasses = ["NEARLINE", "COLDLINE", "ARCHIVE", "STANDARD", "MULTI_REGIONAL", "REGIONAL"];
const matchedClasses = [...targetClasses, "DURABLE_REDUCED_AVAILABILITY"];
const uploadConditions = ["age", "matchesPrefix", "matchesSuffix"];
const counts = [
  "age",
  "daysSinceCustomTime",
  "daysSinceNoncurrentTime",
  "numNewerVersions",
  "sizeAboveBytes",
  "sizeBelowBytes",
];
const dates = ["createdBefore", "customTimeBefore", "noncurrentTimeBefore"];
const lists = ["matchesPrefix", "matchesSuffix", "matchesStorageClass"];

/** Every problem of every rule. */
export function lifecycleProblems(rules: readonly unknown[]): LifecycleProblem[] {
  return rules.flatMap((rule, index) => {
    if (!isObject(rule)) return [{ rule: index, field: "", reason: "is no rule; expected an action and a condition." }];
    const action = isObject(rule["action"]) ? rule["action"] : {};
    const condition = isObject(rule["condition"]) ? rule["condition"] : {};
    const problems = [...actionProblems(action), ...conditionProblems(condition, String(action["type"]))];
    return problems.map(([field, reason]) => ({ rule: index, field, reason }));
  });
}

type Problem = [field: string, reason: string];

function actionProblems(action: Record<string, unknown>): Problem[] {
  const type = action["type"];
  const storageClass = action["storageClass"];
  if (!actions.some((known) => known === type)) {
    return [["action.type", `unknown action (${String(type)}); expected one of ${actions.join(", ")}.`]];
  }
  const known = targetClasses.some((target) => target === storageClass);
  if (type === "SetStorageClass" && !known) {
    const expected = targetClasses.slice(0, 4).join(", ");
    return [
      ["action.storageClass", `unknown storage class (${JSON.stringify(storageClass)}); expected one of ${expected}.`],
    ];
  }
  if (type !== "SetStorageClass" && storageClass !== undefined && storageClass !== "") {
    return [
      ["action.storageClass", `has no meaning for ${String(type)} (${JSON.stringify(storageClass)}); expected none.`],
    ];
  }
  return [];
}

function conditionProblems(condition: Record<string, unknown>, action: string): Problem[] {
  const given = Object.entries(condition).filter(([, value]) => value !== undefined && value !== null);
  if (given.length === 0) {
    return [["condition", "is empty (a zero does not count unless sent on purpose); expected at least one condition."]];
  }
  return given.flatMap(([name, value]): Problem[] => {
    const field = `condition.${name}`;
    if (!lifecycleConditions.includes(name)) {
      return [[field, `unknown condition (${name}); expected one of ${lifecycleConditions.join(", ")}.`]];
    }
    if (action === "AbortIncompleteMultipartUpload" && !uploadConditions.includes(name)) {
      return [[field, `does not apply to ${action} (${name}); expected ${uploadConditions.join(", ")}.`]];
    }
    const reason = valueProblem(name, value);
    return reason === undefined ? [] : [[field, reason]];
  });
}

function valueProblem(name: string, value: unknown): string | undefined {
  const seen = JSON.stringify(value);
  if (counts.includes(name)) {
    const fits = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
    return fits ? undefined : `is no count (${seen}); expected a whole number from 0.`;
  }
  if (dates.includes(name)) {
    const fits = typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
    return fits ? undefined : `is no date (${seen}); expected YYYY-MM-DD.`;
  }
  if (lists.includes(name)) return listProblem(name, value);
  return typeof value === "boolean" ? undefined : `is neither true nor false (${seen}); expected one of them.`;
}

function listProblem(name: string, value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0)
    return `is empty (${JSON.stringify(value)}); expected a list of strings.`;
  const texts = value.map(String);
  if (name === "matchesStorageClass") {
    const unknown = texts.find((text) => !matchedClasses.includes(text));
    return unknown === undefined
      ? undefined
      : `unknown storage class (${unknown}); expected one of ${matchedClasses.join(", ")}.`;
  }
  const long = texts.find((text) => text === "" || Buffer.byteLength(text) > 1024);
  if (long !== undefined) return `holds text of ${Buffer.byteLength(long)} bytes; expected 1 to 1024.`;
  return texts.length > 1000 ? `holds ${texts.length} entries; expected at most 1000.` : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
