import * as logging from "@pulumi/gcp/logging/index.js";
import * as gcp from "@pulumi/gcp/monitoring/index.js";
import * as pulumi from "@pulumi/pulumi";
import { policyCondition, policyStrategy, policyText } from "./alert-conditions.ts";
import { type AlertRule, type AlertTarget, slowQueryMetric } from "./alert-rule.ts";
import { alertRules } from "./alert-rules.ts";
import { CostBudget } from "./cost-budget.ts";
import { Dashboard } from "./dashboard.ts";
import type { LibraryMetrics } from "./library-metrics.ts";
import { ServiceUptime } from "./service-uptime.ts";

export interface AlertsArgs extends Omit<AlertTarget, "uptimeCheckId"> {
  /** Who is told, one channel an address. */
  alertEmails: readonly string[];
  /** Region of the service. */
  region: string;
  /** Address of the service, as `https://...run.app`. */
  serviceUri: pulumi.Input<string>;
  /** Instances that are kept warm; with 0 there is no uptime check, which would keep one running. */
  serviceMinInstances: number;
  /** Tells the number of the Google project. */
  bucket: { projectNumber: pulumi.Input<string> };
  /** The library's own metrics, which policies on them come after. */
  metrics: Pick<LibraryMetrics, "descriptors">;
  /** Kind of stack, for titles. */
  environment: string;
  /** `XXXXXX-XXXXXX-XXXXXX`; "" for no budget. */
  billingAccount: string;
  /** US dollars a month. */
  monthlyBudgetUsd: number;
  /** Labels of policies, channels and checks. */
  labels: Record<string, string>;
}

/**
 * What tells people that something is wrong, and what to do then: one policy a rule of `alertRules`, a channel an address, the
 * uptime check, a dashboard with the same metrics, and the budget. Google refuses a policy on a metric that it does not know, and
 * may take ten minutes to know a new one: `npm run deploy` tries the update again as long.
 */
export class Alerts extends pulumi.ComponentResource {
  constructor(name: string, args: AlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:operations:Alerts", name, {}, opts);
    const channels = args.alertEmails.map(
      (email) =>
        new gcp.NotificationChannel(
          `${name}-channel-${email}`,
          {
            type: "email",
            displayName: `Music library (${args.environment}): ${email}`,
            labels: { email_address: email },
            userLabels: args.labels,
          },
          { parent: this },
        ),
    );
    const channelNames = channels.map((channel) => channel.name);
    const { projectNumber } = args.bucket;
    const slowQueries = this.slowQueryCounter(name, args);
    const uptime =
      args.serviceMinInstances > 0
        ? new ServiceUptime(`${name}-uptime`, { ...args, projectNumber }, { parent: this })
        : undefined;
    const rules = alertRules({ ...args, ...(uptime === undefined ? {} : { uptimeCheckId: uptime.checkId }) });
    const policies = rules.map(
      (rule) =>
        new gcp.AlertPolicy(
          `${name}-${rule.name}`,
          {
            displayName: `${rule.title} (${args.environment})`,
            severity: rule.severity,
            combiner: "OR",
            conditions: [policyCondition(rule)],
            alertStrategy: policyStrategy(rule),
            documentation: { content: policyText(rule), mimeType: "text/markdown" },
            notificationChannels: channelNames,
            userLabels: args.labels,
          },
          { parent: this, dependsOn: declaredMetrics(rule, slowQueries, args.metrics) },
        ),
    );
    const policyNames = policies.map((policy) => policy.name);
    new Dashboard(`${name}-dashboard`, { rules, policyNames, environment: args.environment }, { parent: this });
    new CostBudget(`${name}-budget`, { ...args, projectNumber, channels: channelNames }, { parent: this });
    this.registerOutputs({ policies: policyNames });
  }

  /** Counts the entries that `log_min_duration_statement` makes. */
  private slowQueryCounter(name: string, { names, project }: AlertsArgs): logging.Metric {
    return new logging.Metric(
      `${name}-slow-query-count`,
      {
        name: slowQueryMetric(names.instance),
        description: "Statements that took longer than the flag log_min_duration_statement.",
        filter: [
          'resource.type = "cloudsql_database"',
          `resource.labels.database_id = "${project}:${names.instance}"`,
          'log_id("cloudsql.googleapis.com/postgres.log")',
          'textPayload =~ "duration: [0-9.]+ ms"',
        ].join(" AND "),
        metricDescriptor: { metricKind: "DELTA", valueType: "INT64", unit: "1" },
      },
      { parent: this },
    );
  }
}

/** The metrics that a policy must not come before. */
function declaredMetrics(
  { condition }: AlertRule,
  slowQueries: logging.Metric,
  { descriptors }: Pick<LibraryMetrics, "descriptors">,
): pulumi.Resource[] {
  if (condition.kind === "log") return [];
  if (condition.metric.startsWith("logging.googleapis.com/user/")) return [slowQueries];
  return condition.metric.startsWith("custom.googleapis.com/") ? [...descriptors] : [];
}
