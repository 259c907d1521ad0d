// What the declared lifecycle rules make of an object, day by day: its class, whether it is gone, whether it is billed.
// Semantics: cloud.google.com/storage/docs/lifecycle
import {
  type LifecycleCondition,
  type LifecycleRule,
  minimumDays,
  type StorageClass,
  storageClasses,
} from "../components/lifecycle-rule.ts";

/** An object that is written on day 0. */
export interface ObjectKind {
  /** What it is, in words. */
  readonly kind: string;
  /** Its name in the bucket. */
  readonly object: string;
  /** Day on which somebody overwrites or deletes it, so that this version is no longer current. */
  readonly replacedOnDay?: number;
  /** Whether the replacing was a deletion, so that no newer version came. */
  readonly deleted?: true;
  /** Parts of an upload that nobody finished: billed, and no object yet. */
  readonly unfinished?: true;
  /** Date of day 0, `YYYY-MM-DD`; without it no condition on a date holds. */
  readonly writtenOn?: string;
  /** Date that its writer gave it, `YYYY-MM-DD`. */
  readonly customTime?: string;
  /** Without it no condition on the size holds. */
  readonly sizeBytes?: number;
}

export interface TimelineDay {
  readonly day: number;
  readonly state: "live" | "noncurrent" | "unfinished" | "deleted";
  /** The last one where it is deleted. */
  readonly storageClass: StorageClass;
  /** Of a deleted object true until its class's shortest time is over: that much is billed in any case. */
  readonly billed: boolean;
}

/** Days that look alike, both ends included. */
export interface TimelineSpan extends Omit<TimelineDay, "day"> {
  readonly from: number;
  readonly to: number;
}

/** Last day of a timeline: ARCHIVE's shortest time is over by then. */
export const timelineDays = 400;

/** One version of an object under the rules. */
interface Version {
  readonly kind: ObjectKind;
  readonly state: TimelineDay["state"];
  readonly storageClass: StorageClass;
  readonly noncurrentSince: number;
  /** Versions of the same name that came after it. */
  readonly newerVersions: number;
}

/**
 * Days 0 to `days` of an object in a bucket with versioning, without soft delete and with STANDARD as its class. The rules act
 * at the beginning of a day, one action each; Google may take up to a day longer.
 */
export function objectTimeline(rules: readonly LifecycleRule[], kind: ObjectKind, days = timelineDays): TimelineDay[] {
  const timeline: TimelineDay[] = [];
  let version: Version = {
    kind,
    state: kind.unfinished === true ? "unfinished" : "live",
    storageClass: "STANDARD",
    noncurrentSince: Infinity,
    newerVersions: 0,
  };
  for (let day = 0; day <= days; day += 1) {
    version = afterRules(rules, version, day);
    if (day === kind.replacedOnDay && version.state === "live") {
      const newerVersions = kind.deleted === true ? 0 : 1;
      version = { ...version, state: "noncurrent", noncurrentSince: day, newerVersions };
    }
    const { state, storageClass } = version;
    // Moved by a rule, an object is not rewritten: its age counts from the day on which it was written.
    const billed = state !== "deleted" || day < minimumDays[storageClass];
    timeline.push({ day, state, storageClass, billed });
  }
  return timeline;
}

/** A timeline as the few stretches that it consists of. */
export function timelineSpans(timeline: readonly TimelineDay[]): TimelineSpan[] {
  const spans: TimelineSpan[] = [];
  for (const { day, ...rest } of timeline) {
    const last = spans.at(-1);
    const alike = last?.state === rest.state && last.storageClass === rest.storageClass && last.billed === rest.billed;
    if (alike) spans[spans.length - 1] = { ...last, to: day };
    else spans.push({ from: day, to: day, ...rest });
  }
  return spans;
}

function afterRules(rules: readonly LifecycleRule[], version: Version, day: number): Version {
  if (version.state === "deleted") return version;
  const due = rules.filter(({ action, condition }) => sees(action.type, version) && holds(condition, version, day));
  const types = new Set(due.map(({ action }) => action.type));
  if (types.has("AbortIncompleteMultipartUpload")) return { ...version, state: "deleted" };
  if (types.has("Delete")) {
    // With versioning, deleting the live version only makes it noncurrent.
    return version.state === "live"
      ? { ...version, state: "noncurrent", noncurrentSince: day }
      : { ...version, state: "deleted" };
  }
  const ranks = due.map(({ action }) => ("storageClass" in action ? storageClasses.indexOf(action.storageClass) : 0));
  const cheapest = storageClasses[Math.max(0, storageClasses.indexOf(version.storageClass), ...ranks)];
  return { ...version, storageClass: cheapest ?? version.storageClass };
}

/** Parts of an upload are seen by the one action that is for them, and by no other. */
function sees(action: LifecycleRule["action"]["type"], { state }: Version): boolean {
  return (action === "AbortIncompleteMultipartUpload") === (state === "unfinished");
}

/** All conditions must hold; a rule without one never acts. */
function holds(condition: LifecycleCondition, version: Version, day: number): boolean {
  const { sendDaysSinceNoncurrentTimeIfZero, ...given } = condition;
  // The provider leaves a 0 out unless it is told to send it; what it leaves out, Google does not see.
  const unsent = given.daysSinceNoncurrentTime === 0 && sendDaysSinceNoncurrentTimeIfZero !== true;
  const sent = { ...given, ...(unsent ? { daysSinceNoncurrentTime: undefined } : {}) };
  const answers = answersTo(sent, version, day).filter((answer) => answer !== undefined);
  return answers.length > 0 && answers.every(Boolean);
}

type Sent = Omit<LifecycleCondition, "sendDaysSinceNoncurrentTimeIfZero">;

/** One answer a condition; undefined for one that the rule does not ask. */
function answersTo(asked: Sent, version: Version, day: number) {
  const { state, storageClass, noncurrentSince, newerVersions } = version;
  const { object, sizeBytes, writtenOn, customTime } = version.kind;
  const written = date(writtenOn);
  const today = written + day;
  // A condition that is added to the type does not compile until it is answered here.
  const answers: Record<keyof Sent, boolean | undefined> = {
    age: when(asked.age, (days) => day >= days),
    createdBefore: when(asked.createdBefore, (limit) => written < date(limit)),
    customTimeBefore: when(asked.customTimeBefore, (limit) => date(customTime) < date(limit)),
    daysSinceCustomTime: when(asked.daysSinceCustomTime, (days) => today - date(customTime) >= days),
    daysSinceNoncurrentTime: when(asked.daysSinceNoncurrentTime, (days) => day - noncurrentSince >= days),
    noncurrentTimeBefore: when(asked.noncurrentTimeBefore, (limit) => written + noncurrentSince < date(limit)),
    numNewerVersions: when(asked.numNewerVersions, (count) => newerVersions >= count),
    matchesPrefixes: when(asked.matchesPrefixes, (prefixes) => prefixes.some((prefix) => object.startsWith(prefix))),
    matchesSuffixes: when(asked.matchesSuffixes, (suffixes) => suffixes.some((suffix) => object.endsWith(suffix))),
    matchesStorageClasses: when(asked.matchesStorageClasses, (classes) => classes.includes(storageClass)),
    sizeAboveBytes: when(asked.sizeAboveBytes, (limit) => sizeBytes !== undefined && sizeBytes > limit),
    sizeBelowBytes: when(asked.sizeBelowBytes, (limit) => sizeBytes !== undefined && sizeBytes < limit),
    // "ANY" asks for nothing, and does not count as a condition.
    withState:
      asked.withState === "ANY"
        ? undefined
        : when(asked.withState, (wanted) => (wanted === "LIVE") === (state === "live")),
  };
  return Object.values(answers);
}

function when<T>(asked: T | undefined, holds: (value: T) => boolean): boolean | undefined {
  return asked === undefined ? undefined : holds(asked);
}

/** In days; NaN, which is neither before nor after anything, where there is none. */
function date(text: string | undefined): number {
  return text === undefined ? NaN : Date.parse(text) / 86_400_000;
}
