// What the resource kinds share: looking themselves up in the store, and the provider's deletion policies.
import type { CheckProblem, ResourceState } from "../provider/kind.ts";
import type { Properties, ResourceStore } from "../store.ts";

/** The stored state of a resource; undefined when it is not declared (any more). */
export function storedState(store: ResourceStore, type: string, id: string): ResourceState | undefined {
  const stored = store.get(type, id);
  return stored === undefined ? undefined : { inputs: stored.inputs, outputs: stored.outputs };
}

/** A text property; "" when it is missing. */
export function textOf(values: Properties, name: string): string {
  const value = values[name];
  return typeof value === "string" ? value : "";
}

const deletionPolicies = ["DELETE", "ABANDON", "PREVENT"];

/** `deletionPolicy` is a set of the provider's own. */
export function deletionPolicyProblems(
  inputs: Properties,
  allowed: readonly string[] = deletionPolicies,
): CheckProblem[] {
  const policy = inputs["deletionPolicy"];
  if (typeof policy !== "string" || allowed.includes(policy)) return [];
  const reason = `is no deletion policy ("${policy}"); expected ${allowed.join(", ")}. Correct the value.`;
  return [{ property: "deletionPolicy", reason }];
}

/** Raises the provider's error where a deletion is refused; true where the resource is only to be forgotten. */
export function abandoned(subject: string, { inputs }: ResourceState): boolean {
  const policy = textOf(inputs, "deletionPolicy");
  if (policy === "PREVENT") {
    throw new Error(
      `${subject}: cannot be destroyed (deletionPolicy PREVENT); expected deletionPolicy DELETE. Set it, run an update, then destroy.`,
    );
  }
  return policy === "ABANDON";
}
