// The resource graph of a stack as the tests hold it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { projectRoot } from "../../local/paths.ts";

const resource = z.object({
  type: z.string(),
  name: z.string(),
  parent: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()),
});
const graph = z.object({ resources: z.array(resource), outputs: z.record(z.string(), z.unknown()) });

export type GraphResource = z.infer<typeof resource>;
export type GoldenGraph = z.infer<typeof graph>;

export function readGoldenGraph(stack: string): GoldenGraph {
  const file = join(projectRoot, "tests", "stack", "golden", `${stack}.json`);
  return graph.parse(JSON.parse(readFileSync(file, "utf8")));
}

/** Name of the component at the top above a resource; its own where there is none. */
export function topOf({ resources }: GoldenGraph, resource: GraphResource): string {
  let name = resource.name;
  let parent = resource.parent;
  // A component may be named as its child: the chain is followed by names, and ends where no parent has another.
  for (let steps = 0; parent !== undefined && steps < resources.length; steps += 1) {
    name = parent;
    parent = resources.find(
      (one) => one.name === name && one.parent !== name && one.type.startsWith("music-library:"),
    )?.parent;
  }
  return name;
}

/** A value inside a resource's inputs, as `settings.tier`; "" where there is none. */
export function inputOf({ inputs }: GraphResource, path: string): string {
  let value: unknown = inputs;
  for (const key of path.split(".")) {
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
