// Every rule of the project, and how a graph is judged by them. Called by tests and reports; policy/pack.ts hands the same
// rules to the published engine.
import {
  noPrimitiveRole,
  noProjectWideAdmin,
  noPublicBucket,
  noPublicMember,
  noServiceAccountKey,
} from "./access-rules.ts";
import { contentBySignature } from "./content-rules.ts";
import { protectedInProd, secretsInTheirPlaces } from "./data-rules.ts";
import type { Graph } from "./graph.ts";
import { labelled } from "./label-rules.ts";
import { encryptionInTransit, noPublicAddressRange, regionsAllowed } from "./network-rules.ts";
import type { Rule } from "./rule.ts";

export const rules: readonly Rule[] = [
  noPublicAddressRange,
  noPublicBucket,
  noPublicMember,
  encryptionInTransit,
  contentBySignature,
  protectedInProd,
  labelled,
  noServiceAccountKey,
  noPrimitiveRole,
  noProjectWideAdmin,
  secretsInTheirPlaces,
  regionsAllowed,
];

export interface Violation {
  /** Name of the rule. */
  readonly rule: string;
  /** What is wrong and what to do, one sentence each; never a secret. */
  readonly message: string;
}

/** Everything that a graph breaks, in the order of the rules. */
export function violations(graph: Graph): Violation[] {
  return rules.flatMap((rule) => judge(rule, graph).map((message) => ({ rule: rule.name, message })));
}

function judge(rule: Rule, graph: Graph): string[] {
  switch (rule.scope) {
    case "resource":
      return graph.resources.flatMap((resource) => rule.check(resource, graph.stack));
    case "stack":
      return rule.check(graph);
    default:
      return rule satisfies never;
  }
}
