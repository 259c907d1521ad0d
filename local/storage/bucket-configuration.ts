// A bucket's configuration: the form of the JSON API, the form of the resource's inputs, and the way between them.
import type { Properties, PropertyValue } from "../store.ts";
import type { LifecycleCondition, LifecycleRule } from "./lifecycle.ts";

export interface CorsRule {
  readonly origin?: readonly string[];
  readonly method?: readonly string[];
  readonly responseHeader?: readonly string[];
  readonly maxAgeSeconds?: number;
}

/** The part of the API's bucket resource that clients may change. */
export interface BucketConfiguration {
  readonly storageClass: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly cors?: readonly CorsRule[];
  readonly lifecycle?: { readonly rule: readonly LifecycleRule[] };
  readonly versioning?: { readonly enabled: boolean };
  readonly softDeletePolicy: { readonly retentionDurationSeconds: number };
  readonly iamConfiguration: {
    readonly uniformBucketLevelAccess: { readonly enabled: boolean };
    readonly publicAccessPrevention: string;
  };
  readonly website?: { readonly mainPageSuffix?: string; readonly notFoundPage?: string };
  readonly rpo?: string;
}

/** 7 days: what Google keeps deleted objects for when nobody says otherwise. */
const softDeleteDefaultSeconds = 604_800;

/** Condition names of the inputs -> of the API; the rest have the same name in both. */
const conditionNames: Readonly<Record<string, keyof LifecycleCondition>> = {
  matchesPrefixes: "matchesPrefix",
  matchesSuffixes: "matchesSuffix",
  matchesStorageClasses: "matchesStorageClass",
};

/** Conditions whose zero the provider drops unless it is told to send it. */
const zeroSwitches: Readonly<Record<string, string>> = {
  age: "sendAgeIfZero",
  daysSinceCustomTime: "sendDaysSinceCustomTimeIfZero",
  daysSinceNoncurrentTime: "sendDaysSinceNoncurrentTimeIfZero",
  numNewerVersions: "sendNumNewerVersionsIfZero",
  sizeAboveBytes: "",
  sizeBelowBytes: "",
};

/** The inputs of a Bucket as the API takes them. */
export function configurationOf(inputs: Properties): BucketConfiguration {
  const softDelete = record(inputs["softDeletePolicy"])["retentionDurationSeconds"];
  const rules = list(inputs["lifecycleRules"]).map(ruleOf);
  const website = inputs["website"];
  return {
    storageClass: text(inputs["storageClass"]) ?? "STANDARD",
    ...(Object.keys(record(inputs["labels"])).length === 0 ? {} : { labels: strings(inputs["labels"]) }),
    ...(list(inputs["cors"]).length === 0 ? {} : { cors: list(inputs["cors"]).map(corsOf) }),
    ...(rules.length === 0 ? {} : { lifecycle: { rule: rules } }),
    ...(inputs["versioning"] === undefined || inputs["versioning"] === null
      ? {}
      : { versioning: { enabled: record(inputs["versioning"])["enabled"] === true } }),
    softDeletePolicy: {
      retentionDurationSeconds: typeof softDelete === "number" ? softDelete : softDeleteDefaultSeconds,
    },
    iamConfiguration: {
      uniformBucketLevelAccess: { enabled: inputs["uniformBucketLevelAccess"] === true },
      publicAccessPrevention: text(inputs["publicAccessPrevention"]) ?? "inherited",
    },
    ...(website === undefined || website === null ? {} : { website: strings(website) }),
    ...(text(inputs["rpo"]) === undefined ? {} : { rpo: text(inputs["rpo"]) ?? "" }),
  };
}

/** Inputs that the server's configuration decides, each as it would be declared; `undefined` where it is not set. */
const declared: Readonly<Record<string, (configuration: BucketConfiguration) => PropertyValue | undefined>> = {
  storageClass: ({ storageClass }) => storageClass,
  labels: ({ labels }) => (labels === undefined ? undefined : { ...labels }),
  cors: ({ cors }) =>
    cors?.map(({ origin = [], method = [], responseHeader = [], maxAgeSeconds }) => ({
      origins: [...origin],
      methods: [...method],
      responseHeaders: [...responseHeader],
      ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    })),
  lifecycleRules: ({ lifecycle }) => lifecycle?.rule.map(declaredRule),
  versioning: ({ versioning }) => (versioning === undefined ? undefined : { enabled: versioning.enabled }),
  softDeletePolicy: ({ softDeletePolicy }) => ({
    retentionDurationSeconds: softDeletePolicy.retentionDurationSeconds,
  }),
  uniformBucketLevelAccess: ({ iamConfiguration }) => iamConfiguration.uniformBucketLevelAccess.enabled,
  publicAccessPrevention: ({ iamConfiguration }) => iamConfiguration.publicAccessPrevention,
  website: ({ website }) => (website === undefined ? undefined : { ...website }),
  rpo: ({ rpo }) => rpo,
};

/** `known` with what differs on the server put in its place: what nobody touched stays letter by letter as declared. */
export function presentInputs(known: Properties, present: BucketConfiguration): Properties {
  const expected = configurationOf(known);
  const inputs: Properties = { ...known };
  for (const [name, of] of Object.entries(declared)) {
    if (JSON.stringify(of(expected)) === JSON.stringify(of(present))) continue;
    const value = of(present);
    if (value === undefined) Reflect.deleteProperty(inputs, name);
    else inputs[name] = value;
  }
  return inputs;
}

function corsOf(value: PropertyValue): CorsRule {
  const { origins, methods, responseHeaders, maxAgeSeconds } = record(value);
  return {
    origin: list(origins).map(String),
    method: list(methods).map(String),
    responseHeader: list(responseHeaders).map(String),
    ...(typeof maxAgeSeconds === "number" ? { maxAgeSeconds } : {}),
  };
}

function ruleOf(value: PropertyValue): LifecycleRule {
  const { action, condition } = record(value);
  const { type, storageClass } = strings(action ?? {});
  const given: Record<string, PropertyValue> = {};
  for (const [name, raw] of Object.entries(record(condition))) {
    const empty = raw === null || raw === "" || (Array.isArray(raw) && raw.length === 0);
    if (empty || name.startsWith("send")) continue;
    if (raw === 0 && name in zeroSwitches && record(condition)[zeroSwitches[name] ?? ""] !== true) continue;
    if (name === "withState") {
      if (raw !== "ANY") given["isLive"] = raw === "LIVE";
    } else given[conditionNames[name] ?? name] = raw;
  }
  return {
    action: { type: type ?? "", ...(storageClass === undefined || storageClass === "" ? {} : { storageClass }) },
    condition: given,
  };
}

function declaredRule({ action, condition }: LifecycleRule): Properties {
  const names = Object.fromEntries(Object.entries(conditionNames).map(([input, api]) => [api, input]));
  const given: Properties = {};
  for (const [name, value] of Object.entries(condition)) {
    if (value === undefined || name === "isLive") continue;
    given[names[name] ?? name] = Array.isArray(value) ? value.map(String) : (value as PropertyValue);
    const zeroSwitch = zeroSwitches[name];
    if (value === 0 && zeroSwitch !== undefined && zeroSwitch !== "") given[zeroSwitch] = true;
  }
  if (condition.isLive !== undefined) given["withState"] = condition.isLive ? "LIVE" : "ARCHIVED";
  return { action: { ...action }, condition: given };
}

function record(value: PropertyValue | undefined): Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function list(value: PropertyValue | undefined): PropertyValue[] {
  return Array.isArray(value) ? value : [];
}

function text(value: PropertyValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function strings(value: PropertyValue | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record(value)).flatMap(([key, entry]) => (typeof entry === "string" ? [[key, entry]] : [])),
  );
}
