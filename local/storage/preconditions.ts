// Conditions under which a client wants an operation done: `ifGenerationMatch` and its family, in both APIs' spellings.
import type { ObjectRecord } from "./object-record.ts";
import { invalid, notModified, preconditionFailed } from "./storage-error.ts";

export interface Preconditions {
  /** 0 means that there is no live version. */
  readonly generationMatch?: number;
  readonly generationNotMatch?: number;
  readonly metagenerationMatch?: number;
  readonly metagenerationNotMatch?: number;
}

const names = {
  generationMatch: { json: "GenerationMatch", xml: "generation-match" },
  generationNotMatch: { json: "GenerationNotMatch", xml: "generation-not-match" },
  metagenerationMatch: { json: "MetagenerationMatch", xml: "metageneration-match" },
  metagenerationNotMatch: { json: "MetagenerationNotMatch", xml: "metageneration-not-match" },
} as const;

/** `ifGenerationMatch=…` of a JSON request; `prefix` is `if` or, for the source of a copy, `ifSource`. */
export function jsonPreconditions(query: URLSearchParams, prefix: "if" | "ifSource" = "if"): Preconditions {
  return collect((key) => query.get(`${prefix}${names[key].json}`) ?? undefined);
}

/** `x-goog-if-generation-match: …` of an XML request; `prefix` for the source of a copy is `x-goog-copy-source-if-`. */
export function xmlPreconditions(
  header: (name: string) => string | undefined,
  prefix: "x-goog-if-" | "x-goog-copy-source-if-" = "x-goog-if-",
): Preconditions {
  return collect((key) => header(`${prefix}${names[key].xml}`));
}

function collect(valueOf: (key: keyof typeof names) => string | undefined): Preconditions {
  const found: { -readonly [Key in keyof Preconditions]: Preconditions[Key] } = {};
  for (const key of Object.keys(names) as (keyof typeof names)[]) {
    const value = valueOf(key);
    if (value === undefined) continue;
    found[key] = wholeNumber(value, `if${names[key].json}`);
  }
  return found;
}

/** A generation or count as clients send them, in text or as a number; 400 for anything else. */
export function wholeNumber(value: unknown, field: string): number {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) {
    throw invalid(`Invalid value for field "${field}": ${JSON.stringify(value)}; expected a whole number.`);
  }
  return number;
}

/** Throws 412 when a condition does not hold of the present version; 304 for a read whose "not match" does not. */
export function checkPreconditions(
  conditions: Preconditions,
  present: Pick<ObjectRecord, "generation" | "metageneration"> | undefined,
  use: "read" | "write",
): void {
  const generation = present?.generation ?? 0;
  const metageneration = present?.metageneration;
  const { generationMatch, generationNotMatch, metagenerationMatch, metagenerationNotMatch } = conditions;
  if (generationMatch !== undefined && generationMatch !== generation)
    throw preconditionFailed("x-goog-if-generation-match");
  if (metagenerationMatch !== undefined && metagenerationMatch !== metageneration) {
    throw preconditionFailed("x-goog-if-metageneration-match");
  }
  const unchanged =
    (generationNotMatch !== undefined && generationNotMatch === generation) ||
    (metagenerationNotMatch !== undefined && metagenerationNotMatch === metageneration);
  if (unchanged && use === "read") throw notModified();
  if (unchanged) throw preconditionFailed("x-goog-if-generation-not-match");
}
