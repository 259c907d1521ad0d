// Google's value rules for what watches: uptime checks, notification channels, log-based metrics, dashboards, budgets.
import type { CheckProblem } from "../provider/kind.ts";
import { isObject } from "../provider/schema.ts";
import { numberOf, objectOf, objectsOf, textOf, textsOf } from "../run/property-readers.ts";
import type { Properties, PropertyValue } from "../store.ts";
import { secondsOf, userLabelProblems } from "./alert-policy-rules.ts";
import { type AddProblem, oneOf, within } from "./value-rules.ts";

type Rules = (inputs: Properties, add: AddProblem) => void;

/** What Google's API would refuse, by type. */
export const monitoringRules: Readonly<Record<string, (inputs: Properties) => CheckProblem[]>> = {
  "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": collected(uptimeCheck),
  "gcp:monitoring/notificationChannel:NotificationChannel": collected(notificationChannel),
  "gcp:monitoring/dashboard:Dashboard": collected(dashboard),
  "gcp:logging/metric:Metric": collected(logMetric),
  "gcp:billing/budget:Budget": collected(budget),
};

function collected(rules: Rules): (inputs: Properties) => CheckProblem[] {
  return (inputs) => {
    const problems: CheckProblem[] = [];
    rules(inputs, (property, reason) => void problems.push({ property, reason }));
    return problems;
  };
}

function uptimeCheck(inputs: Properties, add: AddProblem): void {
  oneOf(inputs, "period", "period", ["60s", "300s", "600s", "900s"], add);
  const timeout = secondsOf(inputs, "timeout");
  if (timeout !== undefined && !within(timeout, 1, 60)) {
    add("timeout", `is no time-out ("${textOf(inputs, "timeout")}"); expected 1s to 60s. Correct the value.`);
  }
  const authentication = objectOf(objectOf(inputs, "httpCheck"), "serviceAgentAuthentication");
  oneOf(authentication, "type", "httpCheck.serviceAgentAuthentication.type", ["OIDC_TOKEN"], add);
  userLabelProblems(inputs, add);
}

function notificationChannel(inputs: Properties, add: AddProblem): void {
  const address = textOf(objectOf(inputs, "labels"), "email_address");
  if (textOf(inputs, "type") === "email" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address)) {
    add("labels.email_address", `is no e-mail address ("${address}"); expected one with type email. Correct it.`);
  }
  userLabelProblems(inputs, add);
}

/** cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics */
function logMetric(inputs: Properties, add: AddProblem): void {
  const name = textOf(inputs, "name");
  if (!/^[A-Za-z0-9_\-.,+!*',()%][A-Za-z0-9_\-.,+!*',()%/]{0,99}$/.test(name)) {
    add(
      "name",
      `is no name of a metric ("${name}"); expected 1 to 100 letters, digits and _-.,+!*',()%/. Choose another.`,
    );
  }
  const descriptor = objectOf(inputs, "metricDescriptor");
  oneOf(descriptor, "metricKind", "metricDescriptor.metricKind", ["DELTA"], add);
  oneOf(descriptor, "valueType", "metricDescriptor.valueType", ["INT64", "DISTRIBUTION"], add);
}

/** The provider takes any text, Google only JSON of a dashboard; what Google leaves out comes back as a difference for ever. */
function dashboard(inputs: Properties, add: AddProblem): void {
  const text = inputs["dashboardJson"];
  if (typeof text !== "string") return;
  const page = parsed(text);
  if (page === undefined || textOf(page, "displayName") === "") {
    add(
      "dashboardJson",
      `is no dashboard ("${text.slice(0, 40)}"); expected a JSON object with displayName. Correct it.`,
    );
    return;
  }
  const layout = objectOf(page, "mosaicLayout");
  const columns = numberOf(layout, "columns", 12);
  objectsOf(layout, "tiles").forEach((tile, index) => {
    const right = numberOf(tile, "xPos", 0) + numberOf(tile, "width", 0);
    if (right > columns) {
      add(`dashboardJson.tiles[${index}]`, `reaches out of the grid (${right}); expected ${columns} columns. Move it.`);
    }
    for (const axis of ["xPos", "yPos"].filter((name) => tile[name] === 0)) {
      add(
        `dashboardJson.tiles[${index}].${axis}`,
        "is a default that Google leaves out (0); expected none. Remove it.",
      );
    }
  });
}

function parsed(text: string): Properties | undefined {
  try {
    const value = JSON.parse(text) as PropertyValue;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** cloud.google.com/billing/docs/reference/budget/rest/v1/billingAccounts.budgets */
function budget(inputs: Properties, add: AddProblem): void {
  const account = textOf(inputs, "billingAccount");
  if (account !== "" && !/^[0-9A-F]{6}(-[0-9A-F]{6}){2}$/.test(account)) {
    add("billingAccount", `is no billing account ("${account}"); expected one as 012345-6789AB-CDEF01. Correct it.`);
  }
  const strangers = textsOf(objectOf(inputs, "budgetFilter"), "projects").filter((id) => !/^projects\/\d+$/.test(id));
  if (strangers.length > 0) {
    // Google answers with the number, which would be a difference in every preview.
    add("budgetFilter.projects", `is not by number ("${strangers.join(", ")}"); expected projects/NUMBER. Correct it.`);
  }
  objectsOf(inputs, "thresholdRules").forEach((rule, index) => {
    oneOf(rule, "spendBasis", `thresholdRules[${index}].spendBasis`, ["CURRENT_SPEND", "FORECASTED_SPEND"], add);
  });
}
