// Cloud Monitoring's value rules for alert policies: cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies and
// cloud.google.com/monitoring/quotas#alerting_uptime_limits
import { parser as promql } from "@prometheus-io/lezer-promql"; // Prometheus' own grammar
import type { CheckProblem } from "../provider/kind.ts";
import { objectOf, objectsOf, optionalObject, textOf } from "../run/property-readers.ts";
import type { Properties } from "../store.ts";
import { type AddProblem, oneOf, within } from "./value-rules.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const kinds = [
  "conditionThreshold",
  "conditionAbsent",
  "conditionPrometheusQueryLanguage",
  "conditionMatchedLog",
  "conditionMonitoringQueryLanguage",
  "conditionSql",
];
const comparisons = ["COMPARISON_GT", "COMPARISON_LT"];
const missingData = ["ACTIVE", "INACTIVE", "NO_OP"].map((name) => `EVALUATION_MISSING_DATA_${name}`);
const labelKey = /^[a-z][a-z0-9_-]{0,62}$/;
const labelValue = /^[a-z0-9_-]{0,63}$/;

/** Everything that Google's API would refuse; unknown values are missing. */
export function alertPolicyProblems(inputs: Properties): CheckProblem[] {
  const problems: CheckProblem[] = [];
  const add: AddProblem = (property, reason) => void problems.push({ property, reason });
  oneOf(inputs, "combiner", "combiner", ["AND", "OR", "AND_WITH_MATCHING_RESOURCE"], add);
  oneOf(inputs, "severity", "severity", ["CRITICAL", "ERROR", "WARNING"], add);
  const conditions = objectsOf(inputs, "conditions");
  if (!within(conditions.length, 1, 6)) {
    add("conditions", `has a number that is refused (${conditions.length}); expected 1 to 6. Make another policy.`);
  }
  conditions.forEach((condition, index) => conditionProblems(condition, `conditions[${index}]`, add));
  strategyProblems(inputs, conditions, add);
  const content = textOf(objectOf(inputs, "documentation"), "content");
  if (Buffer.byteLength(content) > 10_240) {
    add(
      "documentation.content",
      `is too long (${Buffer.byteLength(content)} bytes); expected at most 10240. Shorten it.`,
    );
  }
  userLabelProblems(inputs, add);
  return problems;
}

/** Labels of all of Cloud Monitoring's resources. */
export function userLabelProblems(inputs: Properties, add: AddProblem): void {
  for (const [key, value] of Object.entries(objectOf(inputs, "userLabels"))) {
    if (labelKey.test(key) && typeof value === "string" && labelValue.test(value)) continue;
    add(
      "userLabels",
      `has a label that is refused (${JSON.stringify({ [key]: value })}); expected lower-case letters, digits, "_" and "-", a letter first, 63 at the most. Correct it.`,
    );
  }
}

/** A duration as `300s`, in seconds; undefined where it is missing. */
export function secondsOf(values: Properties, name: string): number | undefined {
  const text = textOf(values, name);
  return text === "" ? undefined : /^\d+s$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
}

function durationProblem(
  values: Properties,
  name: string,
  rule: { at: string; least: number; most: number; step: number },
  add: AddProblem,
): void {
  const seconds = secondsOf(values, name);
  if (seconds === undefined || (within(seconds, rule.least, rule.most) && seconds % rule.step === 0)) return;
  add(
    `${rule.at}${name}`,
    `is no duration here ("${textOf(values, name)}"); expected a multiple of ${rule.step}s from ${rule.least}s to ${rule.most}s. Correct the value.`,
  );
}

function conditionProblems(condition: Properties, at: string, add: AddProblem): void {
  const given = kinds.filter((kind) => optionalObject(condition, kind) !== undefined);
  if (given.length !== 1) {
    add(at, `has not one kind (${given.join(", ") || "none"}); expected exactly one of ${kinds.join(", ")}. Keep one.`);
  }
  const threshold = optionalObject(condition, "conditionThreshold");
  if (threshold !== undefined) thresholdProblems(threshold, `${at}.conditionThreshold`, add);
  const query = optionalObject(condition, "conditionPrometheusQueryLanguage");
  if (query !== undefined) queryProblems(query, `${at}.conditionPrometheusQueryLanguage`, add);
  const log = optionalObject(condition, "conditionMatchedLog");
  if (log !== undefined) nesting(log, "filter", `${at}.conditionMatchedLog`, add);
}

function thresholdProblems(threshold: Properties, at: string, add: AddProblem): void {
  const filter = textOf(threshold, "filter");
  for (const restriction of filter === "" ? [] : ["metric.type", "resource.type"]) {
    if (filter.includes(restriction)) continue;
    add(
      `${at}.filter`,
      `has no restriction on ${restriction} ("${filter}"); expected one. Add ${restriction} = "...".`,
    );
  }
  nesting(threshold, "filter", at, add);
  oneOf(threshold, "comparison", `${at}.comparison`, comparisons, add);
  oneOf(threshold, "evaluationMissingData", `${at}.evaluationMissingData`, missingData, add);
  durationProblem(threshold, "duration", { at: `${at}.`, least: 0, most: 23.5 * HOUR, step: MINUTE }, add);
  const duration = secondsOf(threshold, "duration") ?? 0;
  if (duration < MINUTE && textOf(threshold, "evaluationMissingData") !== "") {
    add(`${at}.duration`, `is too short for evaluationMissingData (${duration}s); expected at least 60s. Raise it.`);
  }
  objectsOf(threshold, "aggregations").forEach((aggregation, index) => {
    const place = `${at}.aggregations[${index}].`;
    durationProblem(aggregation, "alignmentPeriod", { at: place, least: MINUTE, most: 25 * HOUR, step: MINUTE }, add);
    const whole = (secondsOf(aggregation, "alignmentPeriod") ?? 0) + duration;
    if (whole > 25 * HOUR) {
      add(`${place}alignmentPeriod`, `is too long with the duration (${whole}s); expected at most 90000s. Lower one.`);
    }
    if (textOf(aggregation, "crossSeriesReducer") !== "" && textOf(aggregation, "perSeriesAligner") === "") {
      add(`${place}crossSeriesReducer`, "reduces what is not aligned (no aligner); expected perSeriesAligner. Add it.");
    }
  });
}

function queryProblems(query: Properties, at: string, add: AddProblem): void {
  if (query["query"] === "") add(`${at}.query`, 'is empty (""); expected PromQL. Write one.');
  syntaxProblem(query, at, add);
  durationProblem(query, "duration", { at: `${at}.`, least: 0, most: DAY, step: 1 }, add);
  durationProblem(query, "evaluationInterval", { at: `${at}.`, least: 30, most: DAY, step: 30 }, add);
}

function syntaxProblem(query: Properties, at: string, add: AddProblem): void {
  const text = textOf(query, "query");
  tooLong(text, `${at}.query`, add);
  let wrong: number | undefined;
  promql.parse(text).iterate({
    enter: ({ type, from }) => {
      if (type.isError) wrong ??= from;
    },
  });
  if (text === "" || wrong === undefined) return;
  const place = `${text.slice(Math.max(0, wrong - 20), wrong)}>>>${text.slice(wrong, wrong + 20)}`;
  add(`${at}.query`, `is no PromQL from character ${wrong + 1} on (${place}); expected a query. Correct it.`);
}

function tooLong(text: string, property: string, add: AddProblem): void {
  if (text.length <= 2048) return;
  add(property, `is too long (${text.length} characters); expected at most 2048. Shorten it.`);
}

/** A filter whose quotes and brackets do not close is refused, and one of more than 2048 characters. */
function nesting(values: Properties, name: string, at: string, add: AddProblem): void {
  const text = textOf(values, name);
  tooLong(text, `${at}.${name}`, add);
  const outside = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, "");
  const open: string[] = [];
  const closes: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  for (const character of outside) {
    if ("([{".includes(character)) open.push(character);
    else if (character in closes && open.pop() !== closes[character]) open.push("?");
  }
  if (open.length > 0 || outside.includes('"')) {
    add(`${at}.${name}`, `has a quote or bracket that does not close (${text}); expected pairs. Close it.`);
  }
}

function strategyProblems(inputs: Properties, conditions: readonly Properties[], add: AddProblem): void {
  const strategy = objectOf(inputs, "alertStrategy");
  durationProblem(strategy, "autoClose", { at: "alertStrategy.", least: 30 * MINUTE, most: 7 * DAY, step: 1 }, add);
  const rate = optionalObject(strategy, "notificationRateLimit");
  const logs = conditions.filter((condition) => optionalObject(condition, "conditionMatchedLog") !== undefined);
  if (logs.length > 0 && conditions.length > 1) {
    add(
      "conditions",
      `has others beside one on a log (${conditions.length}); expected that one alone. Make another policy.`,
    );
  }
  if (logs.length > 0 && rate === undefined) {
    add("alertStrategy.notificationRateLimit", "is missing; expected a period with a condition on a log. Add it.");
  }
  if (logs.length === 0 && rate !== undefined) {
    add(
      "alertStrategy.notificationRateLimit",
      "is given (period); expected none without a condition on a log. Remove it.",
    );
  }
  const rule = { at: "alertStrategy.notificationRateLimit.", least: 5 * MINUTE, most: 2 * DAY, step: 1 };
  if (rate !== undefined) durationProblem(rate, "period", rule, add);
}
