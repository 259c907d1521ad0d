/** A value within a resource's inputs that differs. */
export interface ChangedLeaf {
  /** As `settings.databaseFlags[work_mem]`: members of a list are called by their name where they have one. */
  readonly path: string;
  /** Undefined where there was nothing. */
  readonly before: unknown;
  /** Undefined where nothing will be. */
  readonly after: unknown;
}

/** Every leaf below `path` that differs between two trees of plain values. */
export function changedLeaves(before: unknown, after: unknown, path: string): ChangedLeaf[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const [old, next] = [members(before), members(after)];
  if (old === undefined || next === undefined) return [{ path, before, after }];
  const isList = Array.isArray(before) || Array.isArray(after);
  return [...new Set([...old.keys(), ...next.keys()])].flatMap((key) =>
    changedLeaves(old.get(key), next.get(key), isList ? `${path}[${key}]` : `${path}.${key}`),
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
