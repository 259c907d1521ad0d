import type { input as gcp } from "@pulumi/gcp/types/index.js";
import type { AlertRule } from "./alert-rule.ts";

type Condition = gcp.monitoring.AlertPolicyCondition;
type Strategy = gcp.monitoring.AlertPolicyAlertStrategy;

/** An incident without news closes after a day. Google takes half an hour to seven days. */
const AUTO_CLOSE = "86400s";

const inSeconds = (count: number): string => `${count}s`;

/** The condition in Google's form. */
export function policyCondition({ fires, condition }: AlertRule): Condition {
  switch (condition.kind) {
    case "metric":
      return {
        displayName: fires,
        conditionThreshold: {
          filter: condition.filter,
          aggregations: [
            {
              alignmentPeriod: inSeconds(condition.windowSeconds),
              perSeriesAligner: condition.aligner,
              ...(condition.reducer === undefined ? {} : { crossSeriesReducer: condition.reducer }),
            },
          ],
          comparison: condition.comparison === "above" ? "COMPARISON_GT" : "COMPARISON_LT",
          thresholdValue: condition.threshold,
          duration: inSeconds(condition.durationSeconds),
          evaluationMissingData:
            condition.silence === "firing" ? "EVALUATION_MISSING_DATA_ACTIVE" : "EVALUATION_MISSING_DATA_INACTIVE",
        },
      };
    case "query":
      return {
        displayName: fires,
        conditionPrometheusQueryLanguage: {
          query: `${condition.value} ${condition.comparison === "above" ? ">" : "<"} ${condition.threshold}`,
          duration: inSeconds(condition.durationSeconds),
          evaluationInterval: "60s",
          // A log-based metric is unknown to Google until it was written once, and a policy on it would be refused.
          disableMetricValidation: true,
        },
      };
    case "log":
      return {
        displayName: fires,
        conditionMatchedLog: {
          filter: condition.filter,
          ...(condition.labelExtractors === undefined ? {} : { labelExtractors: condition.labelExtractors }),
        },
      };
    default:
      return condition satisfies never;
  }
}

/** How often is told, and when an incident closes by itself. Only conditions on a log entry may, and must, have a rate. */
export function policyStrategy({ condition }: AlertRule): Strategy {
  return condition.kind === "log"
    ? { autoClose: AUTO_CLOSE, notificationRateLimit: { period: inSeconds(condition.notifyEverySeconds) } }
    : { autoClose: AUTO_CLOSE };
}

/** What the notification says: when it fires, and numbered steps. Markdown. */
export function policyText({ fires, response }: AlertRule): string {
  return [`Fires when: ${fires}.`, "", ...response.map((step, index) => `${index + 1}. ${step}`)].join("\n");
}
