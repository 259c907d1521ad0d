// Google's own rules for a bucket's values: https://cloud.google.com/storage/docs/json_api/v1/buckets
import type { CheckProblem } from "../provider/kind.ts";
import type { Properties, PropertyValue } from "../store.ts";
import { configurationOf, type CorsRule } from "./bucket-configuration.ts";
import { lifecycleProblems } from "./lifecycle-problems.ts";

/** Multi-regions, predefined dual-regions and regions, as of the provider's version. */
const multiRegions = ["ASIA", "EU", "US"];
const dualRegions = ["ASIA1", "EUR4", "EUR5", "EUR7", "EUR8", "NAM4"];
const regions = [
  ...["AFRICA-SOUTH1", "ASIA-EAST1", "ASIA-EAST2", "ASIA-NORTHEAST1", "ASIA-NORTHEAST2", "ASIA-NORTHEAST3"],
  ...["ASIA-SOUTH1", "ASIA-SOUTH2", "ASIA-SOUTHEAST1", "ASIA-SOUTHEAST2", "ASIA-SOUTHEAST3"],
  ...["AUSTRALIA-SOUTHEAST1", "AUSTRALIA-SOUTHEAST2", "EUROPE-CENTRAL2", "EUROPE-NORTH1", "EUROPE-NORTH2"],
  ...["EUROPE-SOUTHWEST1", "EUROPE-WEST1", "EUROPE-WEST2", "EUROPE-WEST3", "EUROPE-WEST4", "EUROPE-WEST6"],
  ...["EUROPE-WEST8", "EUROPE-WEST9", "EUROPE-WEST10", "EUROPE-WEST12", "ME-CENTRAL1", "ME-CENTRAL2", "ME-WEST1"],
  ...["NORTHAMERICA-NORTHEAST1", "NORTHAMERICA-NORTHEAST2", "NORTHAMERICA-SOUTH1", "SOUTHAMERICA-EAST1"],
  ...["SOUTHAMERICA-WEST1", "US-CENTRAL1", "US-EAST1", "US-EAST4", "US-EAST5", "US-SOUTH1", "US-WEST1", "US-WEST2"],
  ...["US-WEST3", "US-WEST4", "US-WEST8"],
];
const bucketClasses = ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE", "MULTI_REGIONAL", "REGIONAL"];
const corsMethods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "*"];
const daySeconds = 86_400;

/** API names of lifecycle conditions -> the inputs' names, where they differ. */
const inputNames: Readonly<Record<string, string>> = {
  matchesPrefix: "matchesPrefixes",
  matchesSuffix: "matchesSuffixes",
  matchesStorageClass: "matchesStorageClasses",
};

/** Every problem of the inputs; what is not given (or not known yet) is not judged. */
export function bucketProblems(inputs: Properties): CheckProblem[] {
  const configuration = configurationOf(inputs);
  return [
    ...nameProblems(inputs["name"]),
    ...locationProblems(inputs["location"]),
    ...oneOf("storageClass", inputs["storageClass"], bucketClasses),
    ...oneOf("publicAccessPrevention", inputs["publicAccessPrevention"], ["enforced", "inherited"]),
    ...oneOf("rpo", inputs["rpo"], ["DEFAULT", "ASYNC_TURBO"]),
    ...softDeleteProblems(inputs["softDeletePolicy"]),
    ...labelProblems(inputs["labels"]),
    ...(configuration.cors ?? []).flatMap(corsProblems),
    ...stateProblems(inputs["lifecycleRules"]),
    ...lifecycleProblems(configuration.lifecycle?.rule ?? []).map(({ rule, field, reason }) => {
      const path = field.replace(/\w+$/, (name) => inputNames[name] ?? name);
      return { property: `lifecycleRules[${rule}]${path === "" ? "" : `.${path}`}`, reason };
    }),
  ];
}

/** https://cloud.google.com/storage/docs/buckets#naming */
function nameProblems(name: PropertyValue | undefined): CheckProblem[] {
  if (typeof name !== "string") return [];
  const problem = (what: string, expected: string): CheckProblem => ({
    property: "name",
    reason: `bucket name ${what} (${name}); expected ${expected}. Choose another name.`,
  });
  const problems: CheckProblem[] = [];
  const longest = name.includes(".") ? 222 : 63;
  if (name.length < 3 || name.length > longest) {
    problems.push(problem(`has ${name.length} characters`, "3 to 63, with dots at most 222"));
  }
  if (name.split(".").some((part) => part.length > 63 || part === "")) {
    problems.push(problem("has a part between dots that is empty or too long", "1 to 63 characters each"));
  }
  if (!/^[a-z0-9._-]*$/.test(name)) {
    problems.push(
      problem("has characters that are not allowed", "lower-case letters, digits, dashes, underscores and dots"),
    );
  }
  if (!/^[a-z0-9]/i.test(name) || !/[a-z0-9]$/i.test(name)) {
    problems.push(problem("begins or ends wrongly", "a letter or a digit at both ends"));
  }
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) problems.push(problem("looks like an IP address", "another form"));
  if (name.startsWith("goog") || /g[o0][o0]g[l1]e/.test(name)) {
    problems.push(problem('begins with "goog" or holds "google" or a close misspelling', "neither"));
  }
  return problems;
}

function locationProblems(location: PropertyValue | undefined): CheckProblem[] {
  if (typeof location !== "string") return [];
  const known = [...multiRegions, ...dualRegions, ...regions];
  if (known.includes(location.toUpperCase())) return [];
  const expected = `a region such as us-central1, or one of ${[...multiRegions, ...dualRegions].join(", ")}`;
  return [{ property: "location", reason: `unknown location (${location}); expected ${expected}.` }];
}

function softDeleteProblems(policy: PropertyValue | undefined): CheckProblem[] {
  const seconds =
    typeof policy === "object" && policy !== null && !Array.isArray(policy)
      ? policy["retentionDurationSeconds"]
      : undefined;
  if (typeof seconds !== "number" || seconds === 0 || (seconds >= 7 * daySeconds && seconds <= 90 * daySeconds))
    return [];
  const reason = `is out of range (${seconds}); expected 0 or ${7 * daySeconds} to ${90 * daySeconds} (7 to 90 days).`;
  return [{ property: "softDeletePolicy.retentionDurationSeconds", reason }];
}

function labelProblems(labels: PropertyValue | undefined): CheckProblem[] {
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) return [];
  const entries = Object.entries(labels);
  const many =
    entries.length > 64 ? [{ property: "labels", reason: `too many (${entries.length}); expected at most 64.` }] : [];
  return [
    ...many,
    ...entries.flatMap(([key, value]): CheckProblem[] => {
      const keyFits = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key);
      const valueFits = typeof value !== "string" || /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value);
      if (keyFits && valueFits) return [];
      const expected =
        "lower-case letters, digits, dashes and underscores, at most 63, the key beginning with a letter";
      return [
        { property: `labels.${key}`, reason: `is no label (${key}=${JSON.stringify(value)}); expected ${expected}.` },
      ];
    }),
  ];
}

function corsProblems(rule: CorsRule, index: number): CheckProblem[] {
  const at = `cors[${index}]`;
  const methods = (rule.method ?? [])
    .filter((method) => !corsMethods.includes(method))
    .map((method) => ({
      property: `${at}.methods`,
      reason: `unknown method (${method}); expected ${corsMethods.join(", ")}.`,
    }));
  const origins = (rule.origin ?? [])
    .filter((origin) => origin !== "*" && !/^[a-z][a-z0-9+.-]*:\/\/[^/\s?#]+$/i.test(origin))
    .map((origin) => ({
      property: `${at}.origins`,
      reason: `is no origin (${origin}); expected * or scheme://host[:port] without a path.`,
    }));
  const age = rule.maxAgeSeconds ?? 0;
  const ages =
    age >= 0 ? [] : [{ property: `${at}.maxAgeSeconds`, reason: `is negative (${age}); expected 0 or more.` }];
  return [...methods, ...origins, ...ages];
}

function stateProblems(rules: PropertyValue | undefined): CheckProblem[] {
  return (Array.isArray(rules) ? rules : []).flatMap((rule, index) => {
    const condition = typeof rule === "object" && rule !== null && !Array.isArray(rule) ? rule["condition"] : undefined;
    const state =
      typeof condition === "object" && condition !== null && !Array.isArray(condition)
        ? condition["withState"]
        : undefined;
    return oneOf(`lifecycleRules[${index}].condition.withState`, state === "" ? undefined : state, [
      "LIVE",
      "ARCHIVED",
      "ANY",
    ]);
  });
}

function oneOf(property: string, value: PropertyValue | undefined, allowed: readonly string[]): CheckProblem[] {
  if (typeof value !== "string" || allowed.includes(value)) return [];
  return [{ property, reason: `unknown value (${value}); expected one of ${allowed.join(", ")}.` }];
}
