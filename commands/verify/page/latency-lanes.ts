// Every timed call as a dot, one lane a row, on a logarithmic axis: what is usual, what is far off, and how far the limit is.
import { median } from "d3-array";
// d3's scales and shapes: the parts that most plotting libraries are made of, pure functions from numbers to paths.
import { scaleLog, type ScaleLogarithmic } from "d3-scale";
import type { Row } from "../report.ts";
import { element, label, picture } from "./svg.ts";

export interface TimedRow {
  readonly promise: string;
  readonly latenciesMs: readonly number[];
  readonly limitMs?: number;
}

const width = 900;
const laneHeight = 46;
const top = 26;
const plot = { left: 300, right: 770 };
const dotRadius = 4;

/** Rows whose calls were timed one by one, without the load's, whose calls are thousands. */
export function timedRows(rows: readonly Row[]): TimedRow[] {
  return rows.flatMap(({ promise, measured }) => {
    const { latenciesMs = [], limitMs, occupancy } = measured ?? {};
    if (latenciesMs.length === 0 || occupancy !== undefined) return [];
    return [{ promise, latenciesMs, ...(limitMs === undefined ? {} : { limitMs }) }];
  });
}

export function latencyLanes(rows: readonly TimedRow[]): string {
  const height = top + rows.length * laneHeight + 34;
  const all = rows.flatMap(({ latenciesMs, limitMs = 1 }) => [...latenciesMs, limitMs]);
  const x = scaleLog()
    .domain([Math.max(0.05, Math.min(...all) * 0.7), Math.max(...all) * 1.3])
    .range([plot.left, plot.right]);
  const about = `Time of each call in milliseconds, for ${rows.map(({ promise }) => promise).join("; ")}.`;
  return picture({ width, height }, about, [
    ...axis(x, height),
    ...rows.flatMap((row, index) => lane(row, x, top + index * laneHeight)),
  ]);
}

function axis(x: ScaleLogarithmic<number, number>, height: number): string[] {
  const bottom = height - 30;
  const [least = 1, most = 1] = x.domain();
  const ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
  return ticks
    .filter((tick) => tick >= least && tick <= most)
    .flatMap((tick) => [
      element("line", { x1: x(tick), x2: x(tick), y1: top - 4, y2: bottom, class: "grid" }),
      label(x(tick), bottom + 18, tick === 1 ? "1 ms" : String(tick), { class: "tick", "text-anchor": "middle" }),
    ]);
}

function lane(
  { promise, latenciesMs, limitMs }: TimedRow,
  x: ScaleLogarithmic<number, number>,
  above: number,
): string[] {
  const middle = above + laneHeight / 2;
  const typical = median(latenciesMs) ?? 0;
  const slowest = Math.max(...latenciesMs);
  return [
    label(plot.left - 16, middle + 4, promise, { class: "name", "text-anchor": "end" }),
    element("line", { x1: plot.left, x2: plot.right, y1: middle, y2: middle, class: "grid" }),
    ...limit(limitMs, x, above),
    ...dots(latenciesMs, x, middle),
    element("line", { x1: x(typical), x2: x(typical), y1: middle - 13, y2: middle + 13, class: "median" }),
    label(plot.right + 14, middle - 2, `median ${milliseconds(typical)}`, { class: "figure" }),
    label(plot.right + 14, middle + 13, `slowest ${milliseconds(slowest)}`, { class: "tick" }),
  ];
}

function limit(limitMs: number | undefined, x: ScaleLogarithmic<number, number>, above: number): string[] {
  if (limitMs === undefined) return [];
  const at = x(limitMs);
  return [
    element("line", { x1: at, x2: at, y1: above + 3, y2: above + laneHeight - 3, class: "limit" }),
    ...(above === top ? [label(at, top - 10, `limit ${limitMs} ms`, { class: "limit", "text-anchor": "middle" })] : []),
  ];
}

/** Dots that would cover each other move up and down in turns. */
function dots(values: readonly number[], x: ScaleLogarithmic<number, number>, middle: number): string[] {
  const rows: number[] = [];
  return values
    .toSorted((a, b) => a - b)
    .map((value) => {
      const at = x(value);
      const free = rows.findIndex((last) => at - last >= 2 * dotRadius);
      const row = free === -1 ? rows.length : free;
      rows[row] = at;
      const offset = Math.min(Math.ceil(row / 2), 3) * 5 * (row % 2 === 0 ? 1 : -1);
      const title = element("title", {}, milliseconds(value));
      return element("circle", { cx: at, cy: middle + offset, r: dotRadius, class: "dot" }, title);
    });
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}
