import * as billing from "@pulumi/gcp/billing/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface CostBudgetArgs {
  /** `XXXXXX-XXXXXX-XXXXXX`; "" for no budget. */
  billingAccount: string;
  /** Number of the Google project whose costs count: Google answers with it, whatever it was asked with. */
  projectNumber: pulumi.Input<string>;
  /** US dollars a month; the billing account's currency must be that. */
  monthlyBudgetUsd: number;
  /** Names of notification channels, five at the most; the account's billing administrators are told in any case. */
  channels: readonly pulumi.Input<string>[];
  environment: string;
}

/**
 * Tells when the project's costs of a month pass half, nine tenths and all of the budget, and when the forecast passes it. It
 * stops nothing. Without a billing account there is none.
 */
export class CostBudget extends pulumi.ComponentResource {
  constructor(name: string, args: CostBudgetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:operations:CostBudget", name, {}, opts);
    if (args.billingAccount !== "") {
      new billing.Budget(
        `${name}-month`,
        {
          billingAccount: args.billingAccount,
          displayName: `Music library (${args.environment})`,
          amount: { specifiedAmount: { currencyCode: "USD", units: String(args.monthlyBudgetUsd) } },
          budgetFilter: {
            projects: [pulumi.interpolate`projects/${args.projectNumber}`],
            calendarPeriod: "MONTH",
            creditTypesTreatment: "INCLUDE_ALL_CREDITS",
          },
          thresholdRules: [
            { thresholdPercent: 0.5, spendBasis: "CURRENT_SPEND" },
            { thresholdPercent: 0.9, spendBasis: "CURRENT_SPEND" },
            { thresholdPercent: 1, spendBasis: "CURRENT_SPEND" },
            { thresholdPercent: 1, spendBasis: "FORECASTED_SPEND" },
          ],
          ...(args.channels.length === 0
            ? {}
            : { allUpdatesRule: { monitoringNotificationChannels: [...args.channels] } }),
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
