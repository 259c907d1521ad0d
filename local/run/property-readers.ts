// Reading property values by the type that the schema gave them; what is missing reads as empty.
import { isObject } from "../provider/schema.ts";
import type { Properties, PropertyValue } from "../store.ts";

export function textOf(values: Properties, name: string, otherwise = ""): string {
  const value = values[name];
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : otherwise;
}

export function numberOf(values: Properties, name: string, otherwise: number): number {
  const value = values[name];
  return typeof value === "number" ? value : otherwise;
}

export function objectOf(values: Properties, name: string): Properties {
  return optionalObject(values, name) ?? {};
}

export function optionalObject(values: Properties, name: string): Properties | undefined {
  const value = values[name];
  return isObject(value) ? value : undefined;
}

export function objectsOf(values: Properties, name: string): Properties[] {
  return listOf(values, name).filter((item) => isObject(item));
}

export function textsOf(values: Properties, name: string): string[] {
  return listOf(values, name).filter((item) => typeof item === "string");
}

function listOf(values: Properties, name: string): PropertyValue[] {
  const value = values[name];
  return Array.isArray(value) ? value : [];
}
