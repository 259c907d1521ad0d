// The rules as a policy pack: `pulumi preview --policy-pack policy` with the published engine.
import * as policy from "@pulumi/policy";
import { type GraphResource, UNKNOWN } from "./graph.ts";
import type { Rule } from "./rule.ts";
import { rules } from "./rules.ts";

new policy.PolicyPack("music-library", { enforcementLevel: "mandatory", policies: rules.map(asPolicy) });

function asPolicy(rule: Rule): policy.ResourceValidationPolicy | policy.StackValidationPolicy {
  const { name, description } = rule;
  switch (rule.scope) {
    case "resource":
      return {
        ...{ name, description },
        validateResource: (args, report) => {
          for (const message of rule.check(asResource(args), stackOf(args.urn))) report(message);
        },
      };
    case "stack":
      return {
        ...{ name, description },
        validateStack: ({ resources }, report) => {
          const stack = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
          const graph = {
            stack: stackOf(resources[0]?.urn ?? ""),
            resources: resources.filter((resource) => resource !== stack).map(asResource),
            outputs: asRecord(known(stack?.props)),
          };
          for (const message of rule.check(graph)) report(message);
        },
      };
    default:
      return rule satisfies never;
  }
}

function asResource({
  type,
  name,
  props,
  opts,
}: Pick<policy.PolicyResource, "type" | "name" | "props" | "opts">): GraphResource {
  return { type, name, inputs: asRecord(known(props)), protect: opts.protect };
}

/** `urn:pulumi:STACK::PROJECT::TYPE::NAME` */
function stackOf(urn: string): string {
  return urn.split("::")[0]?.split(":")[2] ?? "";
}

/** A copy with UNKNOWN for what only an update will know: reading such a property raises an error. */
function known(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.keys(value).map((key): [string, unknown] => [key, known(propertyOf(value, key))]);
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

function propertyOf(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key);
  } catch (error) {
    if (error instanceof policy.UnknownValueError) return UNKNOWN;
    throw error;
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
