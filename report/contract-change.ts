// What changes in the object that applications read, and whether one that reads it today would break.
import { UNKNOWN } from "../policy/graph.ts";

export interface ContractChange {
  readonly path: string;
  readonly kind: "added" | "removed" | "retyped" | "changed" | "unknown";
  readonly before: unknown;
  readonly after: unknown;
}

export interface ContractChanges {
  readonly changes: readonly ContractChange[];
  /** Whether its version was raised, which allows what would break. */
  readonly raised: boolean;
  /** Whether a consumer that reads the present one would fail. */
  readonly breaks: boolean;
}

/** Compares two contracts by field. A list is one field: its length is no promise. */
export function contractChanges(before: unknown, after: unknown): ContractChanges {
  const [old, next] = [fields(before), fields(after)];
  // The whole is unknown where one part of it is: then only the update can tell.
  const wholly = after === UNKNOWN;
  const changes = wholly
    ? []
    : [...new Set([...old.keys(), ...next.keys()])].flatMap((path) => change(path, old.get(path), next.get(path)));
  const raised = Number(old.get("version")) < Number(next.get("version"));
  const harmful = changes.some(({ kind }) => kind === "removed" || kind === "retyped");
  return {
    changes: wholly && old.size > 0 ? [{ path: "contract", kind: "unknown", before, after }] : changes,
    raised,
    breaks: harmful && !raised && old.size > 0,
  };
}

function change(path: string, before: unknown, after: unknown): ContractChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (after === UNKNOWN) return [{ path, kind: "unknown", before, after }];
  if (before === undefined) return [{ path, kind: "added", before, after }];
  if (after === undefined) return [{ path, kind: "removed", before, after }];
  return [{ path, kind: kindOf(before) === kindOf(after) ? "changed" : "retyped", before, after }];
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "list" : typeof value;
}

/** Leaves by path, as `database.pooler.port`. */
function fields(value: unknown): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const visit = (inner: unknown, path: string): void => {
    if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) {
      for (const [key, child] of Object.entries(inner)) visit(child, path === "" ? key : `${path}.${key}`);
    } else if (path !== "") found.set(path, inner);
  };
  visit(value, "");
  return found;
}
