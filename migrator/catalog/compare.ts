// Two snapshots of the catalog against each other. Pure.
import type { CatalogObject } from "./snapshot.ts";

/** An object that is not as the migrations left it. */
export interface Difference {
  /** For instance "column". */
  kind: string;
  /** With its schema, for instance "library.audio_tracks.title". */
  name: string;
  change: "added" | "removed" | "changed";
  /** What differs, for instance "type text → character varying(255)"; never a literal of the schema; "" where there is nothing to add. */
  detail: string;
}

/** What differs, in the order of the snapshots. What belongs to an object that came or went is not named again. */
export function compare(before: readonly CatalogObject[], after: readonly CatalogObject[]): Difference[] {
  const old = byKey(before);
  const now = byKey(after);
  const differences: (Difference & { of: string })[] = [];
  for (const key of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const [left, right] = [old.get(key), now.get(key)];
    const [kind, name, of] = left ?? right ?? ["", "", ""];
    if (left === undefined || right === undefined) {
      const detail = right?.[3]["valid"] === false ? "not valid" : "";
      differences.push({ kind, name, of, change: left === undefined ? "added" : "removed", detail });
      continue;
    }
    const detail = describeChange(left[3], right[3]);
    if (detail !== "") differences.push({ kind, name, of, change: "changed", detail });
  }
  const whole = new Set(
    differences.filter(({ of, change }) => of === "" && change !== "changed").map(({ name }) => name),
  );
  return differences
    .filter(({ of }) => !whole.has(of))
    .map(({ kind, name, change, detail }) => ({ kind, name, change, detail }));
}

/** One line: `column library.audio_tracks.title: type text → character varying(255)`. */
export function formatDifference({ kind, name, change, detail }: Difference): string {
  return `${kind} ${name}: ${[change === "changed" ? "" : change, detail].filter((part) => part !== "").join(", ")}`;
}

function byKey(objects: readonly CatalogObject[]): Map<string, CatalogObject> {
  return new Map(objects.map((object) => [`${object[0]}\u0000${object[1]}`, object]));
}

type Attributes = CatalogObject[3];

function describeChange(before: Attributes, after: Attributes): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .map((name) => describeAttribute(name, before[name], after[name]))
    .filter((change) => change !== "")
    .join("; ");
}

function describeAttribute(name: string, before: unknown, after: unknown): string {
  if (JSON.stringify(before) === JSON.stringify(after)) return "";
  if (Array.isArray(before ?? after) && Array.isArray(after ?? before)) {
    return describeList(name, (before ?? []) as unknown[], (after ?? []) as unknown[]);
  }
  if (isHash(before) || isHash(after)) return `${name} ${verb(before, after)}`;
  return `${name} ${shown(before)} → ${shown(after)}`;
}

function describeList(name: string, before: readonly unknown[], after: readonly unknown[]): string {
  const gone = before.filter((one) => !after.includes(one)).map((one) => `-${String(one)}`);
  const come = after.filter((one) => !before.includes(one)).map((one) => `+${String(one)}`);
  const kept = (list: readonly unknown[], other: readonly unknown[]): string =>
    JSON.stringify(list.filter((one) => other.includes(one)));
  const moved = kept(before, after) !== kept(after, before);
  // Columns that came or went are objects of their own; here only their order counts.
  if (name === "columns") return moved ? "columns in another order" : "";
  return moved && gone.length + come.length === 0
    ? `${name} in another order`
    : `${name} ${[...gone, ...come].join(" ")}`;
}

function isHash(value: unknown): boolean {
  return typeof value === "string" && /^#[0-9a-f]{24}$/.test(value);
}

function verb(before: unknown, after: unknown): string {
  if (before === undefined) return "added";
  return after === undefined ? "removed" : "changed";
}

function shown(value: unknown): string {
  return value === undefined ? "none" : typeof value === "string" ? value : JSON.stringify(value);
}
