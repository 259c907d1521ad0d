import * as pulumi from "@pulumi/pulumi";
import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";
import { combinationProblems } from "./config/rules.ts";
import type { ConfigKey } from "./config/key.ts";
import { configKeys, type Settings } from "./config/schema.ts";

declare module "@pulumi/pulumi/runtime/config.js" {
  /** Whether a value was set with `--secret`. Part of the SDK, left out of its declarations. */
  export function isConfigSecret(key: string): boolean;
}

/** Everything that a stack decides, checked. Keys, defaults and meanings: config/schema.ts. */
export interface StackConfig extends Settings {
  /** Name of the Pulumi stack. */
  stack: string;
  /** Google project id (`gcp:project`). */
  project: string;
  /** Google region (`gcp:region`). */
  region: string;
}

/** All that is wrong with a stack's configuration. The engine prints it without a stack trace. */
export class ConfigError extends pulumi.RunError {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(stack: string, problems: readonly string[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super([`${count} in the configuration of stack "${stack}":`, ...problems.map((line) => `  - ${line}`)].join("\n"));
    this.problems = problems;
  }
}

/** Where the settings are for. */
export interface ConfigContext {
  stack: string;
  /** `gcp:project`; "" when it is not set. */
  project: string;
  /** `gcp:region`; "" when it is not set. */
  region: string;
  /** Keys whose values are secret: an error never shows them. */
  secretKeys?: ReadonlySet<string>;
}

/** The configuration of the running stack. Throws ConfigError with every problem. */
export function loadConfig(): StackConfig {
  const namespace = `${pulumi.getProject()}:`;
  const raw: Record<string, unknown> = {};
  const secretKeys = new Set<string>();
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    if (!key.startsWith(namespace)) continue;
    const name = key.slice(namespace.length);
    raw[name] = value;
    if (pulumi.runtime.isConfigSecret(key)) secretKeys.add(name);
  }
  const google = new pulumi.Config("gcp");
  const [project, region] = [google.get("project") ?? "", google.get("region") ?? ""];
  return parseConfig(raw, { stack: pulumi.getStack(), project, region, secretKeys });
}

/**
 * Checks raw values, as text (the engine's form) or already typed. Missing keys take their default. Throws ConfigError with
 * every problem of single keys, and of the combinations whose keys are right each alone.
 */
export function parseConfig(raw: Readonly<Record<string, unknown>>, context: ConfigContext): StackConfig {
  const { stack, project, region, secretKeys } = context;
  const place = placeProblems(context);
  const problems = [...Object.values(place), ...unknownKeys(raw)];
  const wrong = new Set(Object.keys(place));
  const parsed: Record<string, unknown> = {};
  for (const [name, key] of Object.entries<ConfigKey<unknown>>(configKeys)) {
    const value = name in raw ? raw[name] : key.default;
    const result = key.schema.safeParse(typedValue(value, key));
    parsed[name] = result.success ? result.data : key.default;
    if (result.success) continue;
    wrong.add(name);
    problems.push(keyProblem({ name, key, value, issues: result.error.issues }, context));
  }
  // Every key of the schema was parsed by its own rule just above.
  const config = { ...(parsed as Settings), stack, project, region };
  problems.push(...combinationProblems(config, wrong));
  if (problems.length === 0) return config;
  const secrets = [...(secretKeys ?? [])].flatMap((name) => leaves(raw[name]));
  throw new ConfigError(stack, withoutSecrets(problems, secrets));
}

/** The engine hands everything over as text: numbers and switches as words, lists and maps as JSON. */
function typedValue(value: unknown, key: ConfigKey<unknown>): unknown {
  if (typeof value !== "string" || typeof key.default === "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** By the name of what is wrong. */
function placeProblems({ stack, project, region }: ConfigContext): Record<string, string> {
  const next = `Set it in Pulumi.${stack}.yaml`;
  // cloud.google.com/resource-manager/docs/creating-managing-projects
  const goodProject = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(project);
  const projects = "6 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last";
  const goodRegion = /^[a-z]+-[a-z]+\d{1,2}$/.test(region);
  return {
    ...(goodProject
      ? {}
      : { project: `gcp:project: is no project id (${shown(project)}); expected ${projects}. ${next}.` }),
    ...(goodRegion
      ? {}
      : { region: `gcp:region: is no region (${shown(region)}); expected one as us-central1. ${next}.` }),
  };
}

function unknownKeys(raw: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(configKeys);
  return Object.keys(raw)
    .filter((name) => !names.includes(name))
    .map((name) => {
      const nearest = closest(name, names);
      const near = distance(name.toLowerCase(), nearest.toLowerCase()) <= Math.max(3, Math.floor(name.length / 3));
      const next = near ? `Did you mean ${nearest}?` : "Remove it.";
      return `${name}: is no key of this project (${name}); expected one of the ${names.length} keys in Pulumi.yaml. ${next}`;
    });
}

interface Refused {
  name: string;
  key: ConfigKey<unknown>;
  value: unknown;
  issues: readonly z.core.$ZodIssue[];
}

function keyProblem({ name, key, value, issues }: Refused, { stack, secretKeys }: ConfigContext): string {
  const seen = secretKeys?.has(name) === true ? "[secret]" : shown(value);
  const wrong = [...new Set(issues.map(whatIsWrong))].join(" and ");
  const fallback = key.default === "" ? "" : `, or remove it there for the default ${shown(key.default)}`;
  return `${name}: ${wrong} (${seen}); expected ${key.accepted}. Correct it in Pulumi.${stack}.yaml${fallback}.`;
}

function whatIsWrong(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "int" ? "is no whole number" : `is no ${kinds[issue.expected] ?? issue.expected}`;
    case "too_small":
      return "is too small";
    case "too_big":
      return "is too large";
    case "invalid_value":
      return "is none of the values";
    case "invalid_format":
      return "has the wrong form";
    case "custom":
      return issue.message;
    default:
      return "is not accepted";
  }
}

const kinds: Readonly<Record<string, string>> = { record: "map", array: "list", boolean: "switch", string: "text" };

/** A value in one line of at most 80 characters. */
function shown(value: unknown): string {
  const line = JSON.stringify(value);
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** The texts within a value: a secret map is secret in each of its entries, however deep. */
function leaves(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(leaves);
  if (typeof value !== "string") return [String(value)];
  try {
    const inner: unknown = JSON.parse(value);
    return typeof inner === "object" ? [value, ...leaves(inner)] : [value];
  } catch {
    return [value];
  }
}

/** Derived names carry a secret setting as well, so it is blanked wherever it stands. */
function withoutSecrets(problems: readonly string[], secrets: readonly string[]): string[] {
  const longestFirst = secrets.filter((secret) => secret !== "").sort((a, b) => b.length - a.length);
  return problems.map((line) => longestFirst.reduce((text, secret) => text.replaceAll(secret, "[secret]"), line));
}
