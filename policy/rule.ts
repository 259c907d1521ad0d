import type { Graph, GraphResource } from "./graph.ts";

interface Named {
  /** In kebab case; what a report and the policy pack call it. */
  readonly name: string;
  /** What is promised, as a sentence. */
  readonly description: string;
}

/** A rule that one resource keeps or breaks by itself: the policy pack asks it before the resource is made. */
export interface ResourceRule extends Named {
  readonly scope: "resource";
  /** What is wrong and what to do, one sentence each; empty when nothing is. */
  readonly check: (resource: GraphResource, stack: string) => string[];
}

/** A rule that needs all resources: the policy pack asks it at the end of a preview or an update. */
export interface StackRule extends Named {
  readonly scope: "stack";
  readonly check: (graph: Graph) => string[];
}

export type Rule = ResourceRule | StackRule;

/** `type "name": what is wrong (seen); expected what. Next step.` */
export function problem(
  { type, name }: GraphResource,
  { wrong, seen, expected, next }: { wrong: string; seen: string; expected: string; next: string },
): string {
  return `${type} "${name}": ${wrong} (${seen}); expected ${expected}. ${next}.`;
}
