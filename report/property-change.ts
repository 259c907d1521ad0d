// What changes within a resource, one line a property, as a reviewer wants to read it.
import { HIDDEN } from "../policy/graph.ts";
import type { PreviewedResource } from "./preview.ts";

export interface PropertyChange {
  /** As `settings.databaseFlags[work_mem]`: members of a list are called by their name where they have one. */
  readonly path: string;
  /** Undefined where there was nothing. */
  readonly before: unknown;
  /** Undefined where nothing will be. */
  readonly after: unknown;
  /** Whether the resource is made anew because of it. */
  readonly replaces: boolean;
}

/** The provider's text is code, with reviewers and tests of its own; SQL files have a table of their own in the report. */
const leftOut = new Set(["__provider", "__defaults"]);
const SQL_FILES = /^(files|seeds|repeatables)$/;

/** Every leaf that differs below the properties that the provider finds changed; all of them where it does not say. */
export function propertyChanges({
  type,
  before,
  after,
  changedPaths,
  replacedBy,
}: PreviewedResource): PropertyChange[] {
  if (before === undefined || after === undefined) return [];
  const tops = new Set([...changedPaths, ...replacedBy].map(top));
  const replacing = new Set(replacedBy.map(top));
  const names = Object.keys({ ...before.inputs, ...after.inputs }).filter(
    (name) =>
      !leftOut.has(name) &&
      !(type.endsWith(":SchemaMigrations") && SQL_FILES.test(name)) &&
      (tops.size === 0 || tops.has(name)),
  );
  return names.flatMap((name) => {
    const [old, next] = [before.inputs[name], after.inputs[name]];
    // Two secrets look the same: the provider says that they are not.
    const found =
      old === HIDDEN && next === HIDDEN && tops.has(name)
        ? [{ path: name, before: old, after: next }]
        : leaves(old, next, name);
    return found.map((leaf) => ({ ...leaf, replaces: replacing.has(name) }));
  });
}

function top(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

type Leaf = Omit<PropertyChange, "replaces">;

function leaves(before: unknown, after: unknown, path: string): Leaf[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const [old, next] = [members(before), members(after)];
  if (old === undefined || next === undefined) return [{ path, before, after }];
  const isList = Array.isArray(before) || Array.isArray(after);
  return [...new Set([...old.keys(), ...next.keys()])].flatMap((key) =>
    leaves(old.get(key), next.get(key), isList ? `${path}[${key}]` : `${path}.${key}`),
  );
}

/** The parts of a value by name; undefined for a value without parts. */
function members(value: unknown): Map<string, unknown> | undefined {
  if (Array.isArray(value))
    return new Map(value.map((item, index): [string, unknown] => [memberName(item, index), item]));
  if (typeof value === "object" && value !== null) return new Map(Object.entries(value));
  return value === undefined ? new Map() : undefined;
}

function memberName(item: unknown, index: number): string {
  const name: unknown = typeof item === "object" && item !== null ? Reflect.get(item, "name") : undefined;
  return typeof name === "string" ? name : String(index);
}
