import type { Graph } from "../../policy/graph.ts";
import type { Recording } from "./pulumi-mocks.ts";

/** A recording as the rules of policy/ look at it: with the values of secrets, to find where else they stand. */
export function policyGraph(stack: string, { resources, outputs }: Recording): Graph {
  return {
    stack,
    resources: resources.map(({ type, name, revealed, protect }) => ({ type, name, inputs: revealed, protect })),
    outputs,
  };
}
