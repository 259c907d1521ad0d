// What changes within a resource, one line a property, as a reviewer wants to read it.
import { type ChangedLeaf, changedLeaves } from "../components/changed-leaves.ts";
import { HIDDEN } from "../policy/graph.ts";
import type { PreviewedResource } from "./preview.ts";

export interface PropertyChange extends ChangedLeaf {
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
        : changedLeaves(old, next, name);
    return found.map((leaf) => ({ ...leaf, replaces: replacing.has(name) }));
  });
}

function top(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}
