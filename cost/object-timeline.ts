// What the declared lifecycle rules make of an object, day by day: its class, whether it is gone, whether it is billed.
// Semantics: cloud.google.com/storage/docs/lifecycle
import {
  type LifecycleCondition,
  type LifecycleRule,
  minimumDays,
  type StorageClass,
} from "../components/lifecycle-rules.ts";

/** An object that is written on day 0. */
export interface ObjectKind {
  /** What it is, in words. */
  readonly kind: string;
  /** Its name in the bucket. */
  readonly object: string;
  /** Day on which somebody overwrites or deletes it, so that this version is no longer current. */
  readonly replacedOnDay?: number;
  /** Parts of an upload that nobody finished: billed, and no object yet. */
  readonly unfinished?: true;
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

const byPrice: readonly StorageClass[] = ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"];

/** One version of an object under the rules. */
interface Version {
  readonly name: string;
  readonly state: TimelineDay["state"];
  readonly storageClass: StorageClass;
  readonly noncurrentSince: number;
}

/**
 * Days 0 to `days` of an object in a bucket with versioning, without soft delete and with STANDARD as its class. The rules act
 * at the beginning of a day, one action each; Google may take up to a day longer.
 */
export function objectTimeline(rules: readonly LifecycleRule[], kind: ObjectKind, days = timelineDays): TimelineDay[] {
  const timeline: TimelineDay[] = [];
  let version: Version = {
    name: kind.object,
    state: kind.unfinished === true ? "unfinished" : "live",
    storageClass: "STANDARD",
    noncurrentSince: Infinity,
  };
  for (let day = 0; day <= days; day += 1) {
    version = afterRules(rules, version, day);
    if (day === kind.replacedOnDay && version.state === "live") {
      version = { ...version, state: "noncurrent", noncurrentSince: day };
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
  const ranks = due.map(({ action }) => ("storageClass" in action ? byPrice.indexOf(action.storageClass) : 0));
  const cheapest = byPrice[Math.max(0, byPrice.indexOf(version.storageClass), ...ranks)];
  return { ...version, storageClass: cheapest ?? version.storageClass };
}

/** Parts of an upload are seen by the one action that is for them, and by no other. */
function sees(action: LifecycleRule["action"]["type"], { state }: Version): boolean {
  return (action === "AbortIncompleteMultipartUpload") === (state === "unfinished");
}

/** All conditions must hold; a rule without one never acts. */
function holds(condition: LifecycleCondition, version: Version, day: number): boolean {
  const { age, daysSinceNoncurrentTime, sendDaysSinceNoncurrentTimeIfZero, matchesPrefixes, withState, ...unread } =
    condition;
  // A condition that the project begins to use does not compile until it is read here.
  unread satisfies Record<string, never>;
  // The provider leaves a 0 out unless it is told to send it; what it leaves out, Google does not see.
  const sent = daysSinceNoncurrentTime !== 0 || sendDaysSinceNoncurrentTimeIfZero === true;
  const noncurrentDays = sent ? daysSinceNoncurrentTime : undefined;
  const answers = [
    ...(age === undefined ? [] : [day >= age]),
    ...(noncurrentDays === undefined ? [] : [day - version.noncurrentSince >= noncurrentDays]),
    ...(matchesPrefixes === undefined ? [] : [matchesPrefixes.some((prefix) => version.name.startsWith(prefix))]),
    ...(withState === undefined ? [] : [(withState === "LIVE") === (version.state === "live")]),
  ];
  return answers.length > 0 && answers.every(Boolean);
}
