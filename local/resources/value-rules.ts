// Rules that many values follow: sets, ranges, versions of secrets.
import type { Properties } from "../store.ts";

/** Takes down one problem: the property's path and what is wrong with its value. */
export type AddProblem = (property: string, reason: string) => void;

/** A text out of a set. */
export function oneOf(
  values: Properties,
  name: string,
  property: string,
  allowed: readonly string[],
  add: AddProblem,
): void {
  const value = values[name];
  if (typeof value !== "string" || allowed.includes(value)) return;
  add(property, `is not known ("${value}"); expected one of ${allowed.join(", ")}. Correct the value.`);
}

/** A version is `latest` or a number. */
export function versionProblem(values: Properties, property: string, add: AddProblem): void {
  const version = values["version"];
  if (typeof version !== "string" || version === "latest" || /^[1-9]\d*$/.test(version)) return;
  add(property, `is no version ("${version}"); expected "latest" or a number. Use the version's output "version".`);
}

/** A number between two limits, both included. */
export function between(
  values: Properties,
  name: string,
  [least, most]: readonly [number, number],
  at: string,
  add: AddProblem,
): void {
  const value = values[name];
  if (typeof value !== "number" || within(value, least, most)) return;
  add(`${at}.${name}`, `is out of range (${value}); expected ${least} to ${most}. Correct the value.`);
}

export function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}
