// What becomes of each kind of object in the bucket, day by day: its class, whether it is current, when it costs nothing any more.
import { scaleSymlog, type ScaleSymLog } from "d3-scale";
import { timelineDays, type TimelineSpan } from "../../../cost/object-timeline.ts";
import type { KindTimeline } from "../bucket-lifecycle.ts";
import { element, label, picture } from "./svg.ts";

const width = 900;
const laneHeight = 40;
const barHeight = 22;
const top = 44;
const plot = { left: 300, right: 870 };
const classes = ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"] as const;

/** First days are told apart as well as the last hundred: the axis is logarithmic but for its beginning. */
const x = scaleSymlog().domain([0, timelineDays]).constant(4).range([plot.left, plot.right]);

export function lifecyclePlot(timelines: readonly KindTimeline[]): string {
  const height = top + timelines.length * laneHeight + 30;
  const about = timelines.map(({ kind, spans }) => `${kind}: ${spans.map(sentence).join(", then ")}`).join(". ");
  return picture({ width, height }, about, [
    element("defs", {}, [
      element(
        "pattern",
        { id: "old", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        [element("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "hatch" })],
      ),
    ]),
    ...legend(),
    ...axis(x, height - 30),
    ...timelines.flatMap((timeline, index) => lane(timeline, top + index * laneHeight)),
  ]);
}

function legend(): string[] {
  const boxes: readonly (readonly [string, string])[] = [
    ...classes.map((name) => [name, name.toLowerCase()] as const),
    ["no longer current", "old"],
    ["deleted, still billed", "billed"],
  ];
  let left = 12;
  return boxes.flatMap(([name, style]) => {
    const at = left;
    left += 34 + name.length * 7.6;
    return [
      ...(style === "old" ? ["standard", "old"] : [style]).map((layer) =>
        element("rect", { x: at, y: 8, width: 18, height: 12, rx: 2, class: `span ${layer}` }),
      ),
      label(at + 24, 18.5, name, { class: "tick" }),
    ];
  });
}

function axis(scale: ScaleSymLog<number, number>, bottom: number): string[] {
  return [0, 1, 2, 5, 10, 30, 60, 90, 180, 365].flatMap((day) => [
    element("line", { x1: scale(day), x2: scale(day), y1: top - 6, y2: bottom, class: "grid" }),
    label(scale(day), bottom + 18, day === 0 ? "day 0" : String(day), { class: "tick", "text-anchor": "middle" }),
  ]);
}

function lane({ kind, spans }: KindTimeline, above: number): string[] {
  const middle = above + laneHeight / 2;
  const gone = spans.find(({ billed }) => !billed);
  const freeFrom = gone === undefined ? [] : [costsNothing(gone.from, middle)];
  return [
    label(plot.left - 16, middle + 4, kind, { class: "name", "text-anchor": "end" }),
    ...spans.filter(({ billed }) => billed).flatMap((span) => bar(span, middle)),
    ...freeFrom.flat(),
  ];
}

function bar(span: TimelineSpan, middle: number): string[] {
  const end = span.to === timelineDays ? timelineDays : span.to + 1;
  const [from, to] = [x(span.from), x(end)];
  const box = { x: from, y: middle - barHeight / 2, width: Math.max(2, to - from - 2), height: barHeight, rx: 3 };
  const style = span.state === "deleted" ? "billed" : span.storageClass.toLowerCase();
  const title = element("title", {}, sentence(span));
  return [
    element("rect", { ...box, class: `span ${style}` }, title),
    ...(span.state === "noncurrent" ? [element("rect", { ...box, class: "span old" }, title)] : []),
  ];
}

function costsNothing(day: number, middle: number): string[] {
  const text = day === 0 ? "costs nothing" : `costs nothing from day ${day}`;
  // Late in the axis the words would leave the picture.
  const isLate = x(day) > plot.right - 150;
  if (isLate) return [];
  return [label(x(day) + 8, middle + 4, text, { class: "figure" })];
}

function sentence({ from, to, state, storageClass, billed }: TimelineSpan): string {
  const days = from === to ? `day ${from}` : `days ${from} to ${to}`;
  return `${days} ${state}${state === "deleted" ? "" : ` in ${storageClass}`}${billed ? "" : ", not billed"}`;
}
