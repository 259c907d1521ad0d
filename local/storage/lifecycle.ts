// What a bucket's lifecycle rules ask for, as a pure function of rules, versions and the time.
// Semantics: https://cloud.google.com/storage/docs/lifecycle
export interface LifecycleCondition {
  /** Days since creation; of an upload, since it began. */
  readonly age?: number;
  /** A date, `YYYY-MM-DD`; its midnight in UTC counts. */
  readonly createdBefore?: string;
  readonly customTimeBefore?: string;
  readonly daysSinceCustomTime?: number;
  readonly daysSinceNoncurrentTime?: number;
  readonly isLive?: boolean;
  readonly matchesPrefix?: readonly string[];
  readonly matchesSuffix?: readonly string[];
  readonly matchesStorageClass?: readonly string[];
  readonly noncurrentTimeBefore?: string;
  readonly numNewerVersions?: number;
  readonly sizeAboveBytes?: number;
  readonly sizeBelowBytes?: number;
}

export interface LifecycleRule {
  readonly action: { readonly type: string; readonly storageClass?: string };
  readonly condition: LifecycleCondition;
}

/** One version as the rules see it; times are milliseconds since 1970. */
export interface LifecycleVersion {
  readonly name: string;
  readonly generation: number;
  readonly size: number;
  readonly storageClass: string;
  readonly timeCreated: number;
  /** Set on noncurrent versions. */
  readonly timeDeleted?: number;
  readonly customTime?: string;
  /** Versions of the same name that came after it, the live one included. */
  readonly newerVersions: number;
}

export type LifecycleAction<Version extends LifecycleVersion = LifecycleVersion> =
  | { readonly type: "Delete"; readonly version: Version }
  | { readonly type: "SetStorageClass"; readonly version: Version; readonly storageClass: string };

export interface LifecycleUpload {
  readonly name: string;
  readonly timeCreated: number;
}

/** From the dearest at rest to the cheapest; objects only ever move down. */
const classesByPrice = ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"];
const dayMs = 86_400_000;

/** At most one action a version: Delete beats SetStorageClass, and among classes the cheapest at rest wins. */
export function lifecycleActions<Version extends LifecycleVersion>(
  rules: readonly LifecycleRule[],
  versions: readonly Version[],
  now: number,
): LifecycleAction<Version>[] {
  return versions.flatMap((version): LifecycleAction<Version>[] => {
    const due = rules.filter((rule) => holds(rule.condition, version, now)).map((rule) => rule.action);
    if (due.some((action) => action.type === "Delete")) return [{ type: "Delete", version }];
    const cheapest = Math.max(
      ...due.map((action) => (action.type === "SetStorageClass" ? priceRank(action.storageClass) : -1)),
      -1,
    );
    const storageClass = classesByPrice[cheapest];
    if (storageClass === undefined || cheapest <= priceRank(version.storageClass)) return [];
    return [{ type: "SetStorageClass", version, storageClass }];
  });
}

/** The incomplete multipart uploads that the rules abort. A Delete rule never sees them: they are no objects. */
export function uploadsToAbort<Upload extends LifecycleUpload>(
  rules: readonly LifecycleRule[],
  uploads: readonly Upload[],
  now: number,
): Upload[] {
  const conditions = rules
    .filter((rule) => rule.action.type === "AbortIncompleteMultipartUpload")
    .map((rule) => rule.condition);
  return uploads.filter((upload) =>
    conditions.some(({ age, matchesPrefix, matchesSuffix }) => {
      const old = age === undefined || now >= upload.timeCreated + age * dayMs;
      return old && nameMatches(upload.name, matchesPrefix, matchesSuffix);
    }),
  );
}

type Conditions = Required<LifecycleCondition>;
type Test<Value> = (value: Value, version: LifecycleVersion, now: number) => boolean;

const tests: { readonly [Name in keyof Conditions]: Test<Conditions[Name]> } = {
  age: (days, version, now) => now >= version.timeCreated + days * dayMs,
  createdBefore: (date, version) => version.timeCreated < midnight(date),
  customTimeBefore: (date, version) =>
    version.customTime !== undefined && Date.parse(version.customTime) < midnight(date),
  daysSinceCustomTime: (days, version, now) =>
    version.customTime !== undefined && now >= Date.parse(version.customTime) + days * dayMs,
  daysSinceNoncurrentTime: (days, version, now) =>
    version.timeDeleted !== undefined && now >= version.timeDeleted + days * dayMs,
  isLive: (live, version) => live === (version.timeDeleted === undefined),
  matchesPrefix: (prefixes, version) => nameMatches(version.name, prefixes, undefined),
  matchesSuffix: (suffixes, version) => nameMatches(version.name, undefined, suffixes),
  matchesStorageClass: (classes, version) => classes.includes(version.storageClass),
  noncurrentTimeBefore: (date, version) => version.timeDeleted !== undefined && version.timeDeleted < midnight(date),
  numNewerVersions: (count, version) => version.newerVersions >= count,
  sizeAboveBytes: (bytes, version) => version.size > bytes,
  sizeBelowBytes: (bytes, version) => version.size < bytes,
};

/** The conditions that are known; any other is refused where it is declared. */
export const lifecycleConditions: readonly string[] = Object.keys(tests);

/** All conditions of a rule must hold; a rule without one never acts, so that an oversight deletes nothing. */
function holds(condition: LifecycleCondition, version: LifecycleVersion, now: number): boolean {
  const given: Partial<Conditions> = condition;
  const names = (Object.keys(tests) as (keyof Conditions)[]).filter((name) => given[name] !== undefined);
  return names.length > 0 && names.every((name) => conditionHolds(name, given, version, now));
}

function conditionHolds<Name extends keyof Conditions>(
  name: Name,
  given: Pick<Partial<Conditions>, Name>,
  version: LifecycleVersion,
  now: number,
): boolean {
  const value: Conditions[Name] | undefined = given[name];
  return value === undefined || tests[name](value, version, now);
}

function nameMatches(
  name: string,
  prefixes: readonly string[] | undefined,
  suffixes: readonly string[] | undefined,
): boolean {
  const prefixed = prefixes === undefined || prefixes.some((prefix) => name.startsWith(prefix));
  return prefixed && (suffixes === undefined || suffixes.some((suffix) => name.endsWith(suffix)));
}

function midnight(date: string): number {
  return Date.parse(`${date.slice(0, 10)}T00:00:00Z`);
}

/** Legacy classes rank as STANDARD, the class that took their place. */
function priceRank(storageClass: string | undefined): number {
  return Math.max(classesByPrice.indexOf(storageClass ?? ""), 0);
}
