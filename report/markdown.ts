// A report as the comment of a pull request: what must be decided on top, detail folded away, nothing where nothing happens.
import { type Decision, kind, signed } from "./decisions.ts";
import { operations, type Operation } from "./preview.ts";
import type { PropertyChange } from "./property-change.ts";
import type { ChangedResource, PreviewReport } from "./report.ts";
import { shown } from "../policy/graph.ts";

/** By this line the comment is found again and updated in place. */
export function marker(stack: string): string {
  return `<!-- music-library preview: ${stack} -->`;
}

/** GitHub refuses a comment above 65,536 characters. docs.github.com/rest/issues/comments */
const LONGEST_COMMENT = 65_000;

export function markdown(report: PreviewReport): string {
  const parts = [
    marker(report.stack),
    `## Preview of \`${report.stack}\`: ${headline(report)}`,
    decisionList(report.decisions),
    errorText(report),
    sqlTable(report),
    costText(report),
    contractTable(report),
    changeDetails(report),
    warningDetails(report),
  ].filter((part) => part !== "");
  return shortened(`${parts.join("\n\n")}\n`);
}

const words: Readonly<Record<Operation, string>> = {
  delete: "to delete",
  replace: "to replace",
  create: "to create",
  import: "to import",
  update: "to update",
  read: "read",
  same: "unchanged",
};

function headline({ failed, counts, decisions }: PreviewReport): string {
  if (failed) return "failed";
  const changed = operations
    .filter((operation) => operation !== "same" && operation !== "read")
    .flatMap((operation) => (counts[operation] === undefined ? [] : [`${counts[operation]} ${words[operation]}`]));
  if (changed.length === 0) return decisions.length === 0 ? "no changes" : "no changes, and something to decide";
  return `${changed.join(", ")}${decisions.length === 0 ? "; nothing to decide" : ""}`;
}

function decisionList(decisions: readonly Decision[]): string {
  if (decisions.length === 0) return "";
  const line = ({ weight, text }: Decision): string => `- [ ] ${weight === "stop" ? "⛔" : "⚠️"} ${oneLine(text)}`;
  return ["### To decide", "", ...decisions.map(line)].join("\n");
}

function errorText({ errors }: PreviewReport): string {
  return errors.map((text) => ["```text", text.replaceAll("```", "'''"), "```"].join("\n")).join("\n\n");
}

function sqlTable({ sql }: PreviewReport): string {
  if (sql.files.length === 0 && sql.repeated.length === 0) return "";
  const rows = sql.files.map(({ file, statements, lock, rewrites, transactional }) => [
    code(file),
    String(statements),
    lock === "" ? "none" : lock,
    rewrites === 0 ? "" : String(rewrites),
    transactional ? "yes" : "no",
  ]);
  const findings = sql.files.flatMap((one) => one.findings.map((finding) => `- ${oneLine(finding)}`));
  const again = sql.repeated.map((file) => `- ${code(file)} runs again`);
  return [
    "### SQL that would run",
    "",
    ...(rows.length === 0
      ? []
      : table(["file", "statements", "strongest lock", "tables rewritten", "in a transaction"], rows)),
    ...(findings.length === 0 ? [] : ["", ...findings]),
    ...(again.length === 0 ? [] : ["", ...again]),
  ].join("\n");
}

/** The bill is a line; what has changed in it is folded away. */
function costText({ costs: { before, after } }: PreviewReport): string {
  if (after === undefined) return "";
  const now = `${after.total.toFixed(2)} dollars a month`;
  if (before === undefined) return `**Cost** ${now}`;
  if (Math.abs(after.total - before.total) < 0.005) return "";
  const old = new Map(before.lines.map(({ item, dollars }) => [item, dollars]));
  const next = new Map(after.lines.map(({ item, dollars }) => [item, dollars]));
  const rows = [...new Set([...old.keys(), ...next.keys()])]
    .map((item): [string, number, number] => [item, old.get(item) ?? 0, next.get(item) ?? 0])
    .filter(([, was, is]) => Math.abs(was - is) >= 0.005)
    .map(([item, was, is]) => [item, was.toFixed(2), is.toFixed(2), signed(is - was)]);
  const summary = `**Cost** ${before.total.toFixed(2)} → ${now} (${signed(after.total - before.total)})`;
  return [summary, "", ...folded("line by line", table(["", "before", "after", "difference"], rows))].join("\n");
}

function contractTable({ contract: { changes, breaks, raised } }: PreviewReport): string {
  if (changes.length === 0) return "";
  const isUnknown = changes.every(({ kind: change }) => change === "unknown");
  const said = breaks
    ? "breaks consumers"
    : raised
      ? "its version is raised"
      : isUnknown
        ? "known after the update"
        : "breaks nobody";
  if (isUnknown) return `### Contract: ${said}`;
  // Text that becomes a number looks the same without its quotes.
  const value = (one: unknown, change: string): string => code(brief(change === "retyped" ? JSON.stringify(one) : one));
  const rows = changes.map(({ path, kind: change, before, after }) => [
    code(path),
    change === "unknown" ? "known after the update" : change,
    before === undefined || change === "unknown" ? "" : value(before, change),
    after === undefined || change === "unknown" ? "" : value(after, change),
  ]);
  return [`### Contract: ${said}`, "", ...table(["field", "", "before", "after"], rows)].join("\n");
}

function changeDetails({ changes }: PreviewReport): string {
  const groups = Map.groupBy(changes, ({ operation }) => operation);
  return operations
    .flatMap((operation) => {
      const group = groups.get(operation);
      if (group === undefined) return [];
      const lines = group.flatMap(resourceLines);
      return [folded(`${group.length} ${words[operation]}`, lines, operation === "delete" || operation === "replace")];
    })
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function resourceLines({ name, type, operation, properties }: ChangedResource): string[] {
  const own = `- \`${name}\` ${kind(type)}`;
  return [own, ...(operation === "create" ? [] : properties.map((property) => `  - ${propertyLine(property)}`))];
}

function propertyLine({ path, before, after, replaces }: PropertyChange): string {
  const why = replaces ? " (replaces)" : "";
  if (before === undefined) return `${code(path)} becomes ${code(brief(after))}${why}`;
  if (after === undefined) return `${code(path)} was ${code(brief(before))} and goes${why}`;
  const [old, next] = apart(shown(before), shown(after));
  return `${code(path)} ${code(brief(old))} → ${code(brief(next))}${why}`;
}

/** Two long texts from a little before they begin to differ. */
function apart(before: string, after: string): [string, string] {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  const from = Math.max(0, same - 20);
  if (from === 0 || Math.max(before.length, after.length) <= LONGEST_VALUE) return [before, after];
  return [`...${before.slice(from)}`, `...${after.slice(from)}`];
}

function warningDetails({ warnings }: PreviewReport): string {
  if (warnings.length === 0) return "";
  return folded(
    `${warnings.length} warnings`,
    warnings.map((text) => `- ${oneLine(text)}`),
  ).join("\n");
}

function folded(summary: string, lines: readonly string[], open = false): string[] {
  return [`<details${open ? " open" : ""}><summary>${summary}</summary>`, "", ...lines, "", "</details>"];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

/** A value that may hold anything, so that it cannot end its own quotation. */
function code(text: string): string {
  return `\`${oneLine(text).replaceAll("`", "'")}\``;
}

/** Characters of a value that help a reviewer. */
const LONGEST_VALUE = 80;

function brief(value: unknown): string {
  const text = shown(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 3)}...`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function shortened(text: string): string {
  if (text.length <= LONGEST_COMMENT) return text;
  const kept = text.slice(0, text.lastIndexOf("\n", LONGEST_COMMENT));
  const open = kept.split("<details").length - kept.split("</details>").length;
  return `${kept}\n${"\n</details>".repeat(open)}\n\nThe rest does not fit into a comment: read the job's log.\n`;
}
