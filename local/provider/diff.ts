// What changes between two sets of inputs, and whether the real provider would make the resource anew for it.
import type { Properties, PropertyValue } from "../store.ts";
import { isObject, type PropertySchema, type ResourceSchema, unknownValue } from "./schema.ts";

export interface PropertyChange {
  /** Property path in Pulumi's form, e.g. `settings.databaseFlags[1].value`. */
  readonly path: string;
  readonly change: "add" | "delete" | "update";
  readonly replaces: boolean;
}

/** Stands in an exported graph for a secret's value, which nobody outside knows: it equals every value. */
const withheldValue = "[secret]";

/** Every changed property. Sets compare without order; what the provider fills in by itself may be left out. */
export function changedProperties(schema: ResourceSchema, olds: Properties, news: Properties): PropertyChange[] {
  return fieldChanges(schema.properties, olds, news, "", false);
}

function fieldChanges(
  fields: Readonly<Record<string, PropertySchema>>,
  olds: Properties,
  news: Properties,
  path: string,
  replaces: boolean,
): PropertyChange[] {
  const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
  return [...names].flatMap((name) => {
    const field = fields[name] ?? { type: "string" };
    const at = path === "" ? name : `${path}.${name}`;
    return name.startsWith("__")
      ? []
      : valueChanges(field, olds[name], news[name], at, replaces || field.replaces === true);
  });
}

function valueChanges(
  field: PropertySchema,
  before: PropertyValue | undefined,
  after: PropertyValue | undefined,
  path: string,
  replaces: boolean,
): PropertyChange[] {
  const had = (before ?? null) !== null;
  const has = (after ?? null) !== null;
  if ((!had && !has) || before === withheldValue) return [];
  if (!has) return field.computed === true || isEmpty(before) ? [] : [{ path, change: "delete", replaces }];
  if (!had) return isEmpty(after) ? [] : [{ path, change: "add", replaces: replaces || forcesReplace(field, after) }];
  if (before === undefined || after === undefined || canonical(field, before) === canonical(field, after)) return [];
  if (after === unknownValue) return [{ path, change: "update", replaces }];
  if (field.type === "object" && isObject(before) && isObject(after)) {
    return fieldChanges(field.fields ?? {}, before, after, path, replaces);
  }
  if (field.type === "list" && Array.isArray(before) && Array.isArray(after)) {
    const item: PropertySchema =
      field.fields === undefined ? { type: field.element ?? "string" } : { type: "object", fields: field.fields };
    return Array.from({ length: Math.max(before.length, after.length) }, (_, index) =>
      valueChanges(item, before[index], after[index], `${path}[${index}]`, replaces),
    ).flat();
  }
  return [{ path, change: "update", replaces: replaces || setForcesReplace(field) }];
}

/** A nested block that appears replaces when one of its given fields does. */
function forcesReplace(field: PropertySchema, value: PropertyValue | undefined): boolean {
  if (field.fields === undefined || !isObject(value)) return false;
  const { fields } = field;
  return Object.entries(value).some(([name, item]) => {
    const inner = fields[name];
    return inner !== undefined && !isEmpty(item) && (inner.replaces === true || forcesReplace(inner, item));
  });
}

function setForcesReplace(field: PropertySchema): boolean {
  return field.type === "set" && Object.values(field.fields ?? {}).some((inner) => inner.replaces === true);
}

/** Terraform knows no difference between an absent list or map and an empty one, nor false, 0 and "" for an absent scalar. */
function isEmpty(value: PropertyValue | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}

function canonical(field: PropertySchema, value: PropertyValue): string {
  return JSON.stringify(normalised(field, value));
}

function normalised(field: PropertySchema, value: PropertyValue): PropertyValue {
  if (Array.isArray(value)) {
    const item: PropertySchema =
      field.fields === undefined ? { type: field.element ?? "string" } : { type: "object", fields: field.fields };
    const items = value.map((entry) => normalised(item, entry));
    return field.type === "set" ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (isObject(value)) {
    const names = Object.keys(value)
      .filter((name) => !isEmpty(value[name]))
      .sort();
    return Object.fromEntries(
      names.map((name) => [name, normalised(field.fields?.[name] ?? { type: "string" }, value[name] ?? null)]),
    );
  }
  return field.type === "string" && value !== null ? String(value) : value;
}
