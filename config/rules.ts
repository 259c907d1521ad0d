import { OWN_CONSUMER } from "../components/connection-budget.ts";
import { corsProblems } from "../components/cors-rule.ts";
import { lifecycleProblems } from "../components/lifecycle-rules.ts";
import { nameProblems, prefixes } from "../naming.ts";
import { connectionRules } from "./connection-rules.ts";
import { contentRules } from "./content-rules.ts";
import { identityRules } from "./identity-rules.ts";
import { instanceRules } from "./instance-rules.ts";
import { type PlacedSettings, type Rule, rule, when } from "./rule.ts";

/** What settings say together that cannot be, one sentence each. Rules over a key of `wrong` are left out. */
export function combinationProblems(settings: PlacedSettings, wrong: ReadonlySet<string>): string[] {
  return rules.filter(({ keys }) => !keys.some((key) => wrong.has(key))).flatMap(({ problems }) => problems(settings));
}

const bucketRules = [
  rule(
    [
      ...(["tempRetentionDays", "noncurrentRetentionDays", "extraLifecycleRules"] as const),
      ...(["nearlineAfterDays", "coldlineAfterDays", "archiveAfterDays"] as const),
    ],
    (days) => lifecycleProblems({ ...days, tempPrefix: prefixes.temp, audioPrefix: prefixes.audio }),
  ),
  rule(["bucketLocation", "region"], ({ bucketLocation, region }) =>
    when(bucketLocation.toLowerCase() !== region, "bucketLocation", bucketLocation, {
      wrong: "is not the region of the instance",
      expected: region,
      next: "Set it so, or change gcp:region",
    }),
  ),
  rule(["corsOrigins"], ({ corsOrigins }) =>
    when(corsOrigins.includes("*") && corsOrigins.length > 1, "corsOrigins", corsOrigins.join(", "), {
      wrong: "names single origins beside all",
      expected: "* alone, or no *",
      next: "Remove *",
    }),
  ),
  rule(["corsMethods", "corsHeaders"], corsProblems),
  ...(["nearlineAfterDays", "coldlineAfterDays", "archiveAfterDays"] as const).map((key) =>
    rule(["autoclassEnabled", key], (settings) =>
      when(settings.autoclassEnabled && settings[key] > 0, key, settings[key], {
        wrong: "moves what autoclassEnabled moves already",
        expected: "0 with autoclassEnabled",
        next: "Set it to 0, or autoclassEnabled to false",
      }),
    ),
  ),
  rule(["autoclassEnabled", "extraLifecycleRules"], ({ autoclassEnabled, extraLifecycleRules }) =>
    extraLifecycleRules.flatMap(({ action }, index) =>
      when(autoclassEnabled && action !== "Delete", "extraLifecycleRules", `[${index}] ${action}`, {
        wrong: "moves what autoclassEnabled moves already",
        expected: "rules that delete only, with autoclassEnabled",
        next: "Remove it, or set autoclassEnabled to false",
      }),
    ),
  ),
  ...(["autoclassEnabled", "bucketAccessLogs"] as const).map((key) =>
    rule([key, "environment"], (settings) =>
      when(settings.environment === "local" && settings[key], key, true, {
        wrong: "is not done by the storage server of this machine",
        expected: "false in local",
        next: "Set it to false",
      }),
    ),
  ),
  rule(["bucketForceDestroy", "environment"], ({ bucketForceDestroy, environment }) =>
    when(environment === "prod" && bucketForceDestroy, "bucketForceDestroy", true, {
      wrong: "would delete every recording with the bucket",
      expected: "false in prod",
      next: "Set it to false",
    }),
  ),
];

const serviceRules = [
  rule(["connectionShares"], ({ connectionShares }) =>
    when(OWN_CONSUMER in connectionShares, "connectionShares", OWN_CONSUMER, {
      wrong: "names the library's own service",
      expected: "other applications only",
      next: "Set serviceMaxInstances for it, and remove it here",
    }),
  ),
  rule(["serviceMinInstances", "serviceMaxInstances"], ({ serviceMinInstances, serviceMaxInstances }) =>
    when(serviceMinInstances > serviceMaxInstances, "serviceMinInstances", serviceMinInstances, {
      wrong: "is above serviceMaxInstances",
      expected: `at most ${serviceMaxInstances}`,
      next: "Lower it",
    }),
  ),
  ...(["serviceImage", "poolerImage"] as const).map((key) =>
    rule([key, "environment"], (settings) =>
      when(settings.environment === "prod" && /^[^@]+$/.test(settings[key]), key, settings[key], {
        wrong: "can be changed behind its name",
        expected: "an image by digest (NAME@sha256:...) in prod",
        next: "Push it, and take the digest that the push prints",
      }),
    ),
  ),
  ...(["storageEndpoint", "iamCredentialsEndpoint", "secretManagerEndpoint", "managementEndpoint"] as const).map(
    (key) =>
      rule([key, "environment"], (settings) =>
        when(settings.environment !== "local" && settings[key] !== "", key, settings[key], {
          wrong: "is not Google's",
          expected: `"" in ${settings.environment}`,
          next: "Remove it",
        }),
      ),
  ),
];

/** Notification channels of one budget. cloud.google.com/billing/docs/how-to/notify-cloud-monitoring */
const BUDGET_CHANNELS = 5;

const operationsRules = [
  rule(["alertEmails", "environment"], ({ alertEmails, environment }) =>
    when(environment === "prod" && alertEmails.length === 0, "alertEmails", "", {
      wrong: "names nobody, so an alert would reach nobody",
      expected: "at least one address in prod",
      next: "Name who is on call",
    }),
  ),
  rule(["billingAccount", "environment"], ({ billingAccount, environment }) =>
    when(environment === "prod" && billingAccount === "", "billingAccount", "", {
      wrong: "names none, so nobody would be told when prod costs more than planned",
      expected: "an account in prod",
      next: "`gcloud billing accounts list` shows yours",
    }),
  ),
  rule(["alertEmails", "billingAccount"], ({ alertEmails, billingAccount }) =>
    when(billingAccount !== "" && alertEmails.length > BUDGET_CHANNELS, "alertEmails", alertEmails.length, {
      wrong: "has more addresses than a budget can tell",
      expected: `at most ${BUDGET_CHANNELS} with billingAccount`,
      next: "Use an address of a group",
    }),
  ),
];

const rules: readonly Rule[] = [
  rule(["environment", "stack"], ({ environment, stack }) =>
    when(["dev", "prod", "local"].includes(stack) && stack !== environment, "environment", environment, {
      wrong: `is not that of stack ${stack}`,
      expected: stack,
      next: `Set it to ${stack}`,
    }),
  ),
  rule(["environment", "project", "region", "nameSuffix", "bucketName"], nameProblems),
  ...instanceRules,
  ...connectionRules,
  ...bucketRules,
  ...contentRules,
  ...serviceRules,
  ...operationsRules,
  ...identityRules,
];
