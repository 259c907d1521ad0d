// The contract as shell variables: one a value, named by its path, quoted so that any shell reads it back as it was.
import type { Contract } from "../client/contract.ts";

/** Lines `MUSIC_LIBRARY_DATABASE_NAME='music_library'`, sorted by the contract's own order. */
export function contractVariables(contract: Contract): string[] {
  return flatten("MUSIC_LIBRARY", contract);
}

function flatten(name: string, value: unknown): string[] {
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => flatten(`${name}_${snakeCase(key)}`, inner));
  }
  return [`${name}='${String(value).replaceAll("'", `'\\''`)}'`];
}

function snakeCase(key: string): string {
  return key.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
}
