// What a rule looks at: resources as a program registers them, whoever recorded them.

/** One resource with its inputs. */
export interface GraphResource {
  /** As `gcp:storage/bucket:Bucket`. */
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Whether Pulumi refuses to delete it; absent is no. */
  readonly protect?: boolean;
}

/** A stack's resources and outputs. */
export interface Graph {
  /** Name of the stack: production is called prod. */
  readonly stack: string;
  readonly resources: readonly GraphResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Stands for a value that only an update will know. A rule lets it pass; the update asks again. */
export const UNKNOWN = "[unknown]";

/** Stands for a secret where a recording hides it. */
export const HIDDEN = "[secret]";

/** The value at a path of property names, as `settings.tier`; undefined where there is none. */
export function valueAt(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
}

/** Whether the value at a path is one of those that are accepted, or not known yet. */
export function isOneOf({ inputs }: GraphResource, path: string, accepted: readonly unknown[]): boolean {
  const value = valueAt(inputs, path);
  return value === UNKNOWN || accepted.includes(value);
}

/** Every text within a value with its path, as `settings.ipConfiguration.authorizedNetworks.0.value`. */
export function texts(value: unknown, path = ""): { readonly path: string; readonly text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, path === "" ? key : `${path}.${key}`));
}

/** A value in one line, for a message. */
export function shown(value: unknown): string {
  return value === undefined ? "not set" : typeof value === "string" ? value : JSON.stringify(value);
}
