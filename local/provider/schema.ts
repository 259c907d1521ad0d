// What the real provider's schema says of each resource type (properties, types, conflicts, defaults, replaces), and the
// checks that follow from it. One file a type in schemas/; a type without a file does not exist here.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Properties, PropertyValue } from "../store.ts";
import type { CheckProblem } from "./kind.ts";

/** What stands for a value that is not known before `up` (Pulumi's wire format). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface PropertySchema {
  readonly type: "string" | "boolean" | "integer" | "number" | "list" | "set" | "map" | "object";
  readonly element?: "string" | "number" | "boolean" | "integer";
  readonly fields?: Readonly<Record<string, PropertySchema>>;
  readonly required?: boolean;
  readonly computed?: boolean;
  readonly outputOnly?: boolean;
  readonly replaces?: boolean;
  readonly secret?: boolean;
  readonly default?: PropertyValue;
  readonly conflictsWith?: readonly string[];
  readonly exactlyOneOf?: readonly string[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly deprecated?: string;
}

export interface ResourceSchema {
  readonly type: string;
  readonly properties: Readonly<Record<string, PropertySchema>>;
}

let schemas: Map<string, ResourceSchema> | undefined;

/** The schema of a type token, or undefined where the local cloud does not know the type. */
export function resourceSchema(type: string): ResourceSchema | undefined {
  return allSchemas().get(type);
}

/** Every type token that has a schema, sorted. */
export function knownTypes(): string[] {
  return [...allSchemas().keys()].sort();
}

function allSchemas(): Map<string, ResourceSchema> {
  if (schemas === undefined) {
    const folder = join(import.meta.dirname, "schemas");
    const parsed = readdirSync(folder).map(
      (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as ResourceSchema,
    );
    schemas = new Map(parsed.map((schema) => [schema.type, schema]));
  }
  return schemas;
}

/** Everything in `inputs` that the schema does not allow. Unknown values pass. */
export function schemaProblems(schema: ResourceSchema, inputs: Properties): CheckProblem[] {
  return fieldProblems(schema.properties, inputs, "", inputs);
}

function fieldProblems(
  fields: Readonly<Record<string, PropertySchema>>,
  values: Properties,
  path: string,
  root: Properties,
): CheckProblem[] {
  const problems: CheckProblem[] = [];
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  for (const [name, value] of Object.entries(values)) {
    const field = fields[name];
    if (name.startsWith("__") || value === null) continue;
    if (field === undefined) {
      const known = Object.keys(fields).filter((known) => fields[known]?.outputOnly !== true);
      problems.push({
        property: at(name),
        reason: `is not a property of this type; expected one of ${known.join(", ")}. Correct the name or remove it.`,
      });
    } else if (field.outputOnly === true) {
      problems.push({ property: at(name), reason: "is filled in by the provider; expected no value. Remove it." });
    } else {
      problems.push(...valueProblems(field, value, at(name), root));
      if (field.deprecated !== undefined)
        problems.push({ property: at(name), reason: `is deprecated: ${field.deprecated}` });
      for (const other of rivals(field.conflictsWith, at(name), root)) {
        problems.push({
          property: at(name),
          reason: `conflicts with "${other}"; expected one of the two. Remove one.`,
        });
      }
    }
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.required === true && (values[name] ?? null) === null) {
      problems.push({ property: at(name), reason: `is missing; expected a ${field.type}. Give it a value.` });
    }
  }
  problems.push(...choiceProblems(fields, values, at));
  return problems;
}

/** Of each group "exactly one of", siblings only: one must be set. */
function choiceProblems(
  fields: Readonly<Record<string, PropertySchema>>,
  values: Properties,
  at: (name: string) => string,
): CheckProblem[] {
  const problems: CheckProblem[] = [];
  const seen = new Set<string>();
  for (const field of Object.values(fields)) {
    const names = field.exactlyOneOf?.map((path) => camelCase(path.split(".").at(-1) ?? ""));
    if (names === undefined || names.some((name) => !(name in fields)) || seen.has(names.join())) continue;
    seen.add(names.join());
    const set = names.filter((name) => (values[name] ?? null) !== null);
    if (set.length !== 1) {
      problems.push({
        property: at(names[0] ?? ""),
        reason: `${set.length === 0 ? "none" : set.join(" and ")} of ${names.join(", ")} is set; expected exactly one. Keep one.`,
      });
    }
  }
  return problems;
}

function valueProblems(field: PropertySchema, value: PropertyValue, path: string, root: Properties): CheckProblem[] {
  if (value === unknownValue) return [];
  const wrong = (expected: string): CheckProblem[] => [
    { property: path, reason: `has the wrong type (${typeName(value)}); expected ${expected}. Correct the value.` },
  ];
  switch (field.type) {
    case "string":
      // The real provider takes numbers and booleans for strings, as Terraform does.
      return typeof value === "object" ? wrong("a string") : [];
    case "boolean":
      return typeof value === "boolean" ? [] : wrong("a boolean");
    case "integer":
      return Number.isInteger(value) ? [] : wrong("an integer");
    case "number":
      return typeof value === "number" ? [] : wrong("a number");
    case "map":
      return isObject(value) ? [] : wrong("an object of strings");
    case "object":
      return isObject(value) ? fieldProblems(field.fields ?? {}, value, path, root) : wrong("an object");
    case "list":
    case "set":
      if (!Array.isArray(value)) return wrong("a list");
      return [
        ...countProblems(field, value, path),
        ...value.flatMap((item, index) => itemProblems(field, item, `${path}[${index}]`, root)),
      ];
    default:
      return field.type satisfies never;
  }
}

function itemProblems(field: PropertySchema, item: PropertyValue, path: string, root: Properties): CheckProblem[] {
  if (field.fields !== undefined) return valueProblems({ type: "object", fields: field.fields }, item, path, root);
  return valueProblems({ type: field.element ?? "string" }, item, path, root);
}

function countProblems(field: PropertySchema, value: PropertyValue[], path: string): CheckProblem[] {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = field;
  if (value.length >= minItems && value.length <= maxItems) return [];
  const most = Number.isFinite(maxItems) ? ` and at most ${maxItems}` : "";
  return [
    { property: path, reason: `has ${value.length} items; expected at least ${minItems}${most}. Correct the list.` },
  ];
}

/** Which of the paths that exclude each other (in the provider's form, `a.0.b_c`) are set besides this property. */
function rivals(paths: readonly string[] | undefined, own: string, root: Properties): string[] {
  const parent = own.split(".").slice(0, -1).join(".");
  return (paths ?? [])
    .map((path) =>
      path
        .split(".")
        .filter((part) => part !== "0")
        .map(camelCase)
        .join("."),
    )
    .map((path) =>
      path.split(".").slice(0, -1).join(".") === parent.replaceAll(/\[\d+\]/g, "") ? join2(parent, path) : path,
    )
    .filter((path) => path !== own && (valueAt(root, path) ?? null) !== null);
}

function join2(parent: string, path: string): string {
  const last = path.split(".").at(-1) ?? path;
  return parent === "" ? last : `${parent}.${last}`;
}

function valueAt(root: Properties, path: string): PropertyValue | undefined {
  let value: PropertyValue | undefined = root;
  for (const part of path.split(/[.[\]]+/).filter((part) => part !== "")) {
    if (Array.isArray(value)) value = value[Number(part)];
    else if (isObject(value)) value = value[part];
    else return undefined;
  }
  return value;
}

/** The inputs with the provider's defaults filled in, at every level that is present. */
export function withDefaults(schema: ResourceSchema, inputs: Properties): Properties {
  return fillDefaults(schema.properties, inputs);
}

function fillDefaults(fields: Readonly<Record<string, PropertySchema>>, values: Properties): Properties {
  const filled: Properties = {};
  for (const [name, value] of Object.entries(values)) {
    const field = fields[name];
    filled[name] = field === undefined ? value : fillValue(field, value);
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.default !== undefined && !(name in filled)) filled[name] = field.default;
  }
  return filled;
}

function fillValue(field: PropertySchema, value: PropertyValue): PropertyValue {
  if (field.fields === undefined) return value;
  const { fields } = field;
  if (Array.isArray(value)) return value.map((item) => (isObject(item) ? fillDefaults(fields, item) : item));
  return isObject(value) ? fillDefaults(fields, value) : value;
}

export function isObject(value: PropertyValue | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typeName(value: PropertyValue): string {
  return Array.isArray(value) ? "list" : value === null ? "null" : typeof value;
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
