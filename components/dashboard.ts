import * as monitoring from "@pulumi/gcp/monitoring/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { AlertRule, MetricCondition, QueryCondition } from "./alert-rule.ts";

export interface DashboardArgs {
  /** One chart a rule with a metric, with its threshold. */
  rules: readonly AlertRule[];
  /** Names of the policies, whose incidents are listed on top. */
  policyNames: readonly pulumi.Input<string>[];
  environment: string;
}

/** The page to look at first: open incidents, then every metric that an alert watches, with the alert's threshold. */
export class Dashboard extends pulumi.ComponentResource {
  constructor(name: string, args: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:operations:Dashboard", name, {}, opts);
    new monitoring.Dashboard(
      `${name}-page`,
      { dashboardJson: pulumi.jsonStringify(dashboardLayout(args)) },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** Width of Google's grid, and the tiles in its units. */
const COLUMNS = 48;
const CHART = { width: 24, height: 12 };
const INCIDENTS = { width: COLUMNS, height: 8 };
const CHARTS_IN_ROW = COLUMNS / CHART.width;

/**
 * Google's JSON of a dashboard, in the form in which Google gives it back: a position of 0 and an empty list are left out, or
 * every preview would show a difference.
 */
export function dashboardLayout({ rules, policyNames, environment }: DashboardArgs) {
  const charts = rules.flatMap((rule) => {
    const { condition } = rule;
    return condition.kind === "log" ? [] : [{ title: rule.title, xyChart: chart(condition) }];
  });
  return {
    displayName: `Music library (${environment})`,
    mosaicLayout: {
      columns: COLUMNS,
      tiles: [
        { ...INCIDENTS, widget: { title: "Incidents", incidentList: { policyNames } } },
        ...charts.map((widget, index) => ({
          ...CHART,
          ...position("xPos", (index % CHARTS_IN_ROW) * CHART.width),
          ...position("yPos", INCIDENTS.height + Math.floor(index / CHARTS_IN_ROW) * CHART.height),
          widget,
        })),
      ],
    },
  };
}

function position(axis: "xPos" | "yPos", value: number): Record<string, number> {
  return value === 0 ? {} : { [axis]: value };
}

function chart(condition: MetricCondition | QueryCondition) {
  return {
    chartOptions: { mode: "COLOR" },
    dataSets: [{ plotType: "LINE", targetAxis: "Y1", timeSeriesQuery: timeSeries(condition) }],
    thresholds: [{ targetAxis: "Y1", value: condition.threshold }],
    yAxis: { scale: "LINEAR" },
  };
}

function timeSeries(condition: MetricCondition | QueryCondition) {
  if (condition.kind === "query") return { prometheusQuery: condition.value };
  const { filter, aligner, reducer, windowSeconds } = condition;
  return {
    timeSeriesFilter: {
      filter,
      aggregation: {
        alignmentPeriod: `${windowSeconds}s`,
        perSeriesAligner: aligner,
        ...(reducer === undefined ? {} : { crossSeriesReducer: reducer }),
      },
    },
  };
}
