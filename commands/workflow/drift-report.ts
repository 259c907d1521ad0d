// What a refresh found otherwise than the state has it, from the engine's events. Names and paths only, never a value.
import { z } from "zod";

const state = z.object({ inputs: z.unknown(), outputs: z.unknown() }).partial().nullish();
const event = z.object({
  resOutputsEvent: z
    .object({ metadata: z.object({ op: z.string(), urn: z.string(), type: z.string(), old: state, new: state }) })
    .optional(),
  summaryEvent: z.object({ result: z.string() }).partial().optional(),
});

export interface ResourceDrift {
  /** Name of the resource in the program. */
  readonly name: string;
  readonly type: string;
  readonly change: "changed" | "gone";
  /** Properties that differ, as settings.databaseFlags; empty when it is gone. */
  readonly paths: readonly string[];
}

/** The engine ended before its summary: nothing can be said. */
export class IncompleteRefreshError extends Error {
  override readonly name = "IncompleteRefreshError";
}

/** Reads the engine's events, one JSON object a line. Raises IncompleteRefreshError without a summary that succeeded. */
export function resourceDrift(events: string): ResourceDrift[] {
  const lines = events.split("\n").filter((line) => line.startsWith("{"));
  const found: ResourceDrift[] = [];
  let result = "";
  for (const line of lines) {
    const { resOutputsEvent, summaryEvent } = event.parse(JSON.parse(line));
    result = summaryEvent === undefined ? result : (summaryEvent.result ?? "succeeded");
    if (resOutputsEvent === undefined) continue;
    const { op, urn, type, old, new: now } = resOutputsEvent.metadata;
    const name = urn.slice(urn.lastIndexOf("::") + 2);
    if (op === "delete") found.push({ name, type, change: "gone", paths: [] });
    else if (op === "update") {
      found.push({ name, type, change: "changed", paths: differentPaths(old?.outputs, now?.outputs) });
    }
  }
  if (result !== "succeeded") {
    throw new IncompleteRefreshError(
      `refresh: ended without a result (${result || "no summary"}); expected "succeeded". Read the engine's messages above.`,
    );
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

/** Where two values differ; a list is one value, for its places say nothing. */
export function differentPaths(before: unknown, after: unknown, path = ""): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isRecord(before) || !isRecord(after)) return path === "" ? [] : [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differentPaths(before[key], after[key], path === "" ? key : `${path}.${key}`));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text of the issue; "" when nothing is otherwise than declared. */
export function driftText(stack: string, resources: readonly ResourceDrift[], schema: readonly string[]): string {
  if (resources.length + schema.length === 0) return "";
  const resourceLines = resources.map(({ name, type, change, paths }) => {
    const where = paths.length === 0 ? "" : `: ${paths.map((path) => `\`${path}\``).join(", ")}`;
    return `- \`${name}\` (\`${type}\`) ${change}${where}`;
  });
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`### ${title}`, "", ...lines, ""];
  return [
    `Stack \`${stack}\` is not as it was declared.`,
    "",
    ...section("Resources", resourceLines),
    ...section(
      "Schema of the database",
      schema.map((line) => `- ${line}`),
    ),
    "An update repairs resources. It never overwrites what others changed in the schema: take it over with " +
      `\`npm run migrate -- accept-drift --stack ${stack} --reason ...\`, or undo it. Values are not shown here; see them with ` +
      `\`pulumi refresh --preview-only --diff --stack ${stack}\`.`,
  ].join("\n");
}
