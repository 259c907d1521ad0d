// Boxes and arrows as an SVG that GitHub renders: no foreign elements, no fonts from elsewhere, and readable in the dark.
// Graphviz lays them out, as WebAssembly from npm (@viz-js/viz): the same layout on every machine, nothing to install.
import { instance } from "@viz-js/viz";

export interface Box {
  readonly id: string;
  readonly title: string;
  /** Below the title, smaller. */
  readonly lines: readonly string[];
}

export interface Frame {
  readonly id: string;
  readonly title: string;
  readonly boxes: readonly Box[];
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly says?: string;
  /** Of less weight, as something that only watches. */
  readonly isDashed?: boolean;
  /** Does not move its ends. */
  readonly isLoose?: boolean;
}

/** Each colour in the light, and what stands for it in the dark. */
const colours = {
  surface: ["#fbfbf9", "#171716"],
  card: ["#ffffff", "#232321"],
  frame: ["#f0efe9", "#1d1d1b"],
  ink: ["#1c1c1a", "#eeede8"],
  quiet: ["#62615b", "#a9a8a0"],
  edge: ["#8a8982", "#7d7c75"],
  key: ["#1f5fae", "#7fb0f5"],
} as const satisfies Record<string, readonly [string, string]>;

export type Colour = keyof typeof colours;

/** What the letters are measured by; a list of fonts would be measured by another. */
const font = "Arial";
const fonts = "Helvetica,Arial,sans-serif";

/** Letters are laid out so much wider than they are drawn: where neither font is there, the next one is wider. */
const roomForLetters = 1.16;

export function colour(name: Colour): string {
  return colours[name][0];
}

/** The head of every graph: its colours and its letters. */
export function graphHead(more: string): string {
  const text = `fontname="${font}"`;
  return [
    `graph [bgcolor="${colour("surface")}" pad=0.3 ${text} fontsize=${12 * roomForLetters} fontcolor="${colour("quiet")}" ${more}]`,
    `node [shape=plain ${text} fontsize=${13 * roomForLetters} fontcolor="${colour("ink")}"]`,
    `edge [${text} fontsize=${11 * roomForLetters} fontcolor="${colour("quiet")}" color="${colour("edge")}" arrowsize=0.7]`,
  ].join("\n");
}

/** Small letters of a label. */
export function quietText(text: string): string {
  return `<font point-size="${11 * roomForLetters}" color="${colour("quiet")}">${escaped(text)}</font>`;
}

export function boxText({ id, title, lines }: Box): string {
  const row = (text: string): string => `<tr><td align="left">${text}</td></tr>`;
  const body = lines.map((line) => row(quietText(line)));
  const table = `<table border="1" style="rounded" cellborder="0" cellspacing="2" cellpadding="1" bgcolor="${colour("card")}" color="${colour("edge")}">`;
  return `"${id}" [label=<${table}${row(`<b>${escaped(title)}</b>`)}${body.join("")}</table>>]`;
}

export function frameText({ id, title, boxes }: Frame): string {
  const style = `style="rounded,filled" fillcolor="${colour("frame")}" color="${colour("edge")}" margin=14`;
  return `subgraph "cluster_${id}" { label=<<font point-size="${14 * roomForLetters}" color="${colour("ink")}"><b>${escaped(title)}</b></font>> labeljust=r labelloc=b ${style}\n${boxes.map(boxText).join("\n")}\n}`;
}

export function arrowText({ from, to, says, isDashed = false, isLoose = false }: Arrow): string {
  const attributes = [
    ...(says === undefined ? [] : [`label="${says.replaceAll('"', "'")}"`]),
    ...(isDashed ? ["style=dashed"] : []),
    ...(isLoose ? ["constraint=false"] : []),
  ];
  return `"${from}" -> "${to}" [${attributes.join(" ")}]`;
}

/** The graph as SVG with `about` as its title. */
export async function drawn(dot: string, about: string): Promise<string> {
  const viz = await instance();
  const svg = viz.renderString(dot, { format: "svg", engine: "dot" });
  const dark = Object.values(colours).flatMap(([light, night]) => [
    `[fill="${light}"]{fill:${night}}`,
    `[stroke="${light}"]{stroke:${night}}`,
  ]);
  const style = `<style>@media (prefers-color-scheme: dark){${dark.join("")}}</style>`;
  return `${svg
    // Graphviz's own version and the comments before each element would be differences without a meaning.
    .replaceAll(/<\?xml[^>]*>|<!DOCTYPE[^>]*>|<!--[^]*?-->/g, "")
    .replaceAll(/<title>[^<]*<\/title>\n?/g, "")
    .replaceAll(`font-family="${font}"`, `font-family="${fonts}"`)
    .replaceAll(
      /font-size="([\d.]+)"/g,
      (_, size: string) => `font-size="${Math.round(Number(size) / roomForLetters)}"`,
    )
    .replace(/(<svg[^>]*>)/, `$1\n<title>${escaped(about)}</title>\n${style}`)
    .replaceAll(/\n\s*\n+/g, "\n")
    .trim()}\n`;
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
