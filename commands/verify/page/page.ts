// The report of `npm run verify` for people who would rather look than read: one file, no script, nothing loaded from elsewhere.
import { quantile } from "d3-array";
import { withoutEffectLines } from "../../without-effect.ts";
import { bucketLifecycle } from "../bucket-lifecycle.ts";
import type { Report, Row } from "../report.ts";
import { latencyLanes, milliseconds, timedRows } from "./latency-lanes.ts";
import { lifecyclePlot } from "./lifecycle-plot.ts";
import { loadHistogram, occupancyPlot } from "./load-plots.ts";
import { style } from "./style.ts";
import { element, escaped } from "./svg.ts";

export function reportPage(report: Report, at: Date): string {
  const { stack, rows, passed } = report;
  const failed = rows.filter((row) => !row.passed).length;
  const verdict = passed ? `all ${rows.length} promises kept` : `${failed} of ${rows.length} promises broken`;
  const body = [
    element("h1", {}, `Stack ${escaped(stack)}`),
    element("p", {}, [
      element("span", { class: `verdict ${passed ? "passed" : "failed"}` }, `${passed ? "✓" : "✗"} ${verdict}`),
      ` · ${at.toISOString().slice(0, 16).replace("T", " ")} UTC`,
    ]),
    element("div", { class: "tiles" }, tiles(rows)),
    ...timesSection(rows),
    ...loadSection(rows),
    ...lifecycleSection(rows, at),
    element("h2", {}, "Every promise"),
    table(rows),
    ...withoutEffectSection(report),
    element("footer", {}, "Everything on this page was measured or read in one run of npm run verify."),
  ];
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>verify: ${escaped(stack)}, ${verdict}</title><style>${style}</style></head>`,
    `<body>${body.join("\n")}</body></html>`,
    "",
  ].join("\n");
}

function tiles(rows: readonly Row[]): string[] {
  const timed = timedRows(rows).filter(({ limitMs }) => limitMs !== undefined);
  const slowest = Math.max(...timed.flatMap(({ latenciesMs }) => latenciesMs));
  const { latenciesMs = [], occupancy = [] } = loadOf(rows)?.measured ?? {};
  const servers = Math.max(...occupancy.map(({ serversActive, serversIdle }) => serversActive + serversIdle));
  const tile = (figure: string, meaning: string): string =>
    element("div", { class: "tile" }, [element("b", {}, escaped(figure)), element("span", {}, escaped(meaning))]);
  return [
    tile(`${rows.filter(({ passed }) => passed).length} of ${rows.length}`, "promises kept"),
    ...(timed.length === 0 ? [] : [tile(milliseconds(slowest), "slowest search")]),
    ...(latenciesMs.length === 0
      ? []
      : [
          tile(
            milliseconds(quantile(latenciesMs, 0.99) ?? 0),
            `99 % of ${latenciesMs.length} calls under load took less`,
          ),
        ]),
    ...(occupancy.length === 0 ? [] : [tile(String(servers), "server connections at the most")]),
  ];
}

function timesSection(rows: readonly Row[]): string[] {
  const timed = timedRows(rows);
  if (timed.length === 0) return nothing("Time of a call", "No call was timed: see the table for why.");
  return [
    element("h2", {}, "Time of a call"),
    element("p", {}, "Each dot is one call; the bar is the median. The axis is logarithmic."),
    element("figure", {}, latencyLanes(timed)),
  ];
}

function loadOf(rows: readonly Row[]): Row | undefined {
  return rows.find(({ measured }) => measured?.occupancy !== undefined);
}

function loadSection(rows: readonly Row[]): string[] {
  const load = loadOf(rows);
  const { latenciesMs = [], occupancy = [] } = load?.measured ?? {};
  if (load === undefined || latenciesMs.length === 0) {
    return nothing("Pool under load", "The load did not run: see the table for why.");
  }
  return [
    element("h2", {}, "Pool under load"),
    element("p", {}, escaped(load.figure)),
    element("figure", {}, loadHistogram(latenciesMs)),
    ...(occupancy.length === 0
      ? [element("p", {}, "The pooler did not let itself be asked while the load ran.")]
      : [element("figure", {}, occupancyPlot(occupancy))]),
  ];
}

function lifecycleSection(rows: readonly Row[], at: Date): string[] {
  const lifecycle = rows.find(({ measured }) => measured?.lifecycle !== undefined)?.measured?.lifecycle;
  if (lifecycle === undefined) return nothing("Life of an object", "The bucket's rules could not be read.");
  const { timelines, unread } = bucketLifecycle(lifecycle, at);
  return [
    element("h2", {}, "Life of an object"),
    element(
      "p",
      {},
      "What the bucket's own rules make of an object that is written on day 0. Rules act once a day; Google may take a day longer.",
    ),
    element("figure", {}, lifecyclePlot(timelines)),
    ...(unread.length === 0
      ? []
      : [element("p", {}, `Without ${unread.length} rules that this page cannot read: ${escaped(unread.join(", "))}`)]),
  ];
}

function nothing(title: string, why: string): string[] {
  return [element("h2", {}, title), element("p", {}, why)];
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ promise, passed, figure }) =>
    element("tr", {}, [
      element("td", {}, escaped(promise)),
      element("td", { class: passed ? "passed" : "failed" }, passed ? "✓ passed" : "✗ FAILED"),
      element("td", {}, escaped(figure)),
    ]),
  );
  return element("table", {}, [`<tr><th>Promise</th><th></th><th>Seen</th></tr>`, ...lines]);
}

function withoutEffectSection({ withoutEffect }: Report): string[] {
  const lines = withoutEffectLines(withoutEffect);
  if (lines.length === 0) return [];
  return [
    element("h2", {}, "What this machine only checks and keeps"),
    element(
      "ul",
      {},
      lines.map((line) => element("li", {}, escaped(line))),
    ),
  ];
}
