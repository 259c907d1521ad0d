// What `npm run cost` shows: the bill by group, and what the lifecycle rules make of each kind of object.
import Table from "cli-table3";
import { lifecycleRules } from "../../components/lifecycle-rules.ts";
import { type CostGroup, costGroups } from "../../cost/cost-line.ts";
import { monthlyCost, type MonthlyCost } from "../../cost/monthly-cost.ts";
import { objectKinds } from "../../cost/object-kinds.ts";
import { objectTimeline, type TimelineSpan, timelineSpans } from "../../cost/object-timeline.ts";
import { pricedRegion, pricesAsOf, priceSources } from "../../cost/prices.ts";
import type { Usage } from "../../cost/usage.ts";
import type { StackConfig } from "../../config.ts";
import { prefixes } from "../../naming.ts";

export interface CostReport extends MonthlyCost {
  /** Raised when fields change their meaning. */
  readonly version: 1;
  readonly stack: string;
  readonly currency: "USD";
  readonly prices: { readonly asOf: string; readonly region: string; readonly sources: readonly string[] };
  readonly usage: Usage;
  readonly timelines: readonly {
    readonly kind: string;
    readonly object: string;
    readonly spans: readonly TimelineSpan[];
  }[];
}

/** `today` is day 0 of the timelines, `YYYY-MM-DD`. */
export function costReport(config: StackConfig, usage: Usage, today: string): CostReport {
  const rules = lifecycleRules({ ...config, tempPrefix: prefixes.temp, audioPrefix: prefixes.audio });
  const written = { writtenOn: today, trackBytes: usage.megabytesPerTrack * 1e6 };
  return {
    version: 1,
    stack: config.stack,
    currency: "USD",
    prices: { asOf: pricesAsOf, region: pricedRegion, sources: priceSources },
    usage,
    ...monthlyCost({ config, usage }),
    timelines: objectKinds({ ...config, prefixes, ...written }).map((kind) => ({
      ...{ kind: kind.kind, object: kind.object },
      spans: timelineSpans(objectTimeline(rules, kind)),
    })),
  };
}

export function printCostReport(report: CostReport, say: (line: string) => void): void {
  const { stack, prices, usage, total, notes } = report;
  say(
    `Stack ${stack}, US dollars a month. List prices of ${prices.region}, ${prices.asOf}; free quotas are not taken off.`,
  );
  say(
    `Usage: ${Object.entries(usage)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(", ")}`,
  );
  say(billTable(report).toString());
  say(timelineTable(report).toString());
  for (const note of notes) say(`note: ${note}`);
  say(`cost: ${dollars(total)} a month`);
}

const titles: Readonly<Record<CostGroup, string>> = {
  database: "instance, disk and backups",
  bucket: "bucket",
  network: "content network",
  service: "service",
};

function billTable({ lines, groups, total }: CostReport): Table.Table {
  const table = new Table({ head: ["", "a month", "from"], style: { head: [], border: [], compact: true } });
  const right = (content: string) => ({ content, hAlign: "right" as const });
  for (const group of costGroups) {
    const own = lines.filter((one) => one.group === group);
    if (own.length === 0) continue;
    for (const line of own) table.push([line.item, right(dollars(line.dollars)), line.arithmetic]);
    table.push([titles[group], right(dollars(groups[group])), "the exact sum, rounded once"]);
  }
  table.push(["everything", right(dollars(total)), "the exact sum, rounded once"]);
  return table;
}

function timelineTable({ timelines }: CostReport): Table.Table {
  const table = new Table({
    head: ["object", "days", "state", "class", "billed"],
    style: { head: [], border: [], compact: true },
  });
  for (const { kind, spans } of timelines) {
    for (const [index, { from, to, state, storageClass, billed }] of spans.entries()) {
      const days = from === to ? String(from) : `${from} to ${to}`;
      table.push([index === 0 ? kind : "", days, state, storageClass, billed ? "yes" : "no"]);
    }
  }
  return table;
}

/** Two digits; a dash where nothing is paid. */
export function dollars(amount: number): string {
  return new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(amount);
}
