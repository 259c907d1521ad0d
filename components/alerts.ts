import * as logging from "@pulumi/gcp/logging/index.js";
import * as gcp from "@pulumi/gcp/monitoring/index.js";
import * as pulumi from "@pulumi/pulumi";
import { policyCondition, policyStrategy, policyText } from "./alert-conditions.ts";
import { type AlertTarget, slowQueryMetric } from "./alert-rule.ts";
import { alertRules } from "./alert-rules.ts";
import { CostBudget } from "./cost-budget.ts";
import { Dashboard } from "./dashboard.ts";
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
 * uptime check, a dashboard with the same metrics, and the budget. What no metric says (bytes by prefix, growth, a recovery
 * point that stands still) is not watched.
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
          // The log-based metric comes before the query that reads it.
          { parent: this, dependsOn: rule.condition.kind === "query" ? [slowQueries] : [] },
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
