// The pool under load: how long its calls took, and what the pooler counted meanwhile.
import { bin, max, quantile } from "d3-array";
import { scaleLinear, type ScaleLinear } from "d3-scale";
import { area, curveStepAfter, line } from "d3-shape";
import type { PoolOccupancy } from "../report.ts";
import { milliseconds } from "./latency-lanes.ts";
import { element, label, picture } from "./svg.ts";

type Scale = ScaleLinear<number, number>;

const width = 900;
const plot = { left: 60, right: 860 };

/** Calls by their time, with the median and the slow end marked. */
export function loadHistogram(latenciesMs: readonly number[]): string {
  const height = 250;
  const [above, bottom] = [48, height - 34];
  const x = scaleLinear()
    .domain([0, (max(latenciesMs) ?? 1) * 1.02])
    .nice()
    .range([plot.left, plot.right]);
  const [least = 0, most = 1] = x.domain();
  const bins = bin().domain([least, most]).thresholds(x.ticks(40))(latenciesMs);
  const y = scaleLinear()
    .domain([0, max(bins, ({ length }) => length) ?? 1])
    .nice(4)
    .range([bottom, above]);
  const about = `${latenciesMs.length} calls by their time; median ${milliseconds(quantile(latenciesMs, 0.5) ?? 0)}.`;
  return picture({ width, height }, about, [
    ...levels(y, "calls"),
    ...bins.map((calls) => {
      const { x0 = 0, x1 = 0, length } = calls;
      const bar = { x: x(x0) + 1, y: y(length), width: Math.max(1, x(x1) - x(x0) - 2), height: bottom - y(length) };
      const title = element("title", {}, `${length} calls of ${x0} to ${x1} ms`);
      return element("rect", { ...bar, rx: 2, class: "bar" }, title);
    }),
    ...times(x, bottom),
    ...quantiles(latenciesMs, x, { above, bottom }),
  ]);
}

function quantiles(
  values: readonly number[],
  x: Scale,
  { above, bottom }: { above: number; bottom: number },
): string[] {
  const marks = [0.5, 0.95, 0.99].map((share) => ({ share, value: quantile(values, share) ?? 0 }));
  return marks.flatMap(({ share, value }, index) => {
    const head = above - 34 + index * 15;
    // Near the right edge there is no room beside the line.
    const isFar = x(value) > plot.right - 110;
    return [
      element("line", { x1: x(value), x2: x(value), y1: head - 8, y2: bottom, class: "median" }),
      label(x(value) + (isFar ? -6 : 6), head, `${Math.round(share * 100)} % within ${milliseconds(value)}`, {
        ...{ class: "figure", "text-anchor": isFar ? "end" : "start" },
      }),
    ];
  });
}

/** Server connections at work and clients that wait, above each other on one axis of time. */
export function occupancyPlot(looks: readonly PoolOccupancy[]): string {
  const height = 310;
  const panels = { servers: { above: 34, bottom: 136 }, clients: { above: 182, bottom: 276 } };
  const last = looks.at(-1)?.atMs ?? 1;
  const x = scaleLinear()
    .domain([0, Math.max(last, 1)])
    .range([plot.left, plot.right]);
  const open = ({ serversActive, serversIdle }: PoolOccupancy): number => serversActive + serversIdle;
  const most = max(looks, open) ?? 0;
  const waiting = max(looks, ({ clientsWaiting }) => clientsWaiting) ?? 0;
  const ys = { servers: counts(most, panels.servers), clients: counts(waiting, panels.clients) };
  const outline = line<PoolOccupancy>(
    (look) => x(look.atMs),
    (look) => ys.servers(open(look)),
  ).curve(curveStepAfter);
  const about = `Up to ${most} server connections open, and up to ${waiting} clients waiting for one, over ${last} ms.`;
  return picture({ width, height }, about, [
    label(plot.left, 18, "Server connections: at work (filled), open (line)", { class: "name" }),
    ...levels(ys.servers, ""),
    steps(looks, x, ys.servers, ({ serversActive }) => serversActive, "busy"),
    element("path", { d: outline(looks) ?? "", class: "outline" }),
    label(plot.left, 168, "Clients waiting for a server connection", { class: "name" }),
    ...levels(ys.clients, ""),
    steps(looks, x, ys.clients, ({ clientsWaiting }) => clientsWaiting, "waiting"),
    ...times(x, panels.clients.bottom),
  ]);
}

function counts(most: number, { above, bottom }: { above: number; bottom: number }): Scale {
  return scaleLinear()
    .domain([0, Math.max(most, 2)])
    .nice(4)
    .range([bottom, above]);
}

function steps(
  looks: readonly PoolOccupancy[],
  x: Scale,
  y: Scale,
  count: (look: PoolOccupancy) => number,
  name: string,
): string {
  const path = area<PoolOccupancy>(
    (look) => x(look.atMs),
    y(0),
    (look) => y(count(look)),
  ).curve(curveStepAfter);
  return element("path", { d: path(looks) ?? "", class: name });
}

/** Lines at a few whole numbers. */
function levels(y: Scale, unit: string): string[] {
  return y
    .ticks(4)
    .filter(Number.isInteger)
    .flatMap((tick) => [
      element("line", { x1: plot.left, x2: plot.right, y1: y(tick), y2: y(tick), class: "grid" }),
      label(plot.left - 10, y(tick) + 4, String(tick), { class: "tick", "text-anchor": "end" }),
    ])
    .concat(
      unit === ""
        ? []
        : [label(plot.left - 10, y.range()[1] ?? 0, unit, { class: "tick", "text-anchor": "end", dy: -12 })],
    );
}

function times(x: Scale, bottom: number): string[] {
  return x
    .ticks(8)
    .map((tick, index) =>
      label(x(tick), bottom + 18, index === 0 ? "0 ms" : String(tick), { class: "tick", "text-anchor": "middle" }),
    );
}
