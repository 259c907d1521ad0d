// How a value rule of Cloud SQL is stated. Pure.
import type { CheckProblem } from "../provider/kind.ts";

/** `<what is wrong> (<value seen>); expected <limit or set>. <next step>` */
export function problem(property: string, wrong: string, seen: string, expected: string): CheckProblem {
  return { property, reason: `${wrong} ("${seen}"); expected ${expected}. Correct the value.` };
}

export function oneOf(property: string, value: string | undefined, allowed: readonly string[]): CheckProblem[] {
  if (value === undefined || allowed.includes(value)) return [];
  return [problem(property, "is not one of Google's values", value, allowed.join(" or "))];
}

export function within(
  property: string,
  value: number | undefined,
  least: number,
  most: number,
  unit: string,
): CheckProblem[] {
  if (value === undefined || (value >= least && value <= most)) return [];
  return [problem(property, "is out of range", `${value}`, `${least} to ${most} ${unit}`)];
}
