// The rules that a bucket has, as the storage interface shows them, and what they make of each kind of object.
import {
  type LifecycleCondition,
  type LifecycleRule,
  type StorageClass,
  storageClasses,
} from "../../components/lifecycle-rule.ts";
import { objectKinds } from "../../cost/object-kinds.ts";
import { objectTimeline, type TimelineSpan, timelineSpans } from "../../cost/object-timeline.ts";
import type { LifecycleRule as BucketRule } from "../../local/storage/lifecycle.ts";

export type { BucketRule };

export interface KindTimeline {
  readonly kind: string;
  readonly spans: readonly TimelineSpan[];
}

export interface BucketLifecycle {
  readonly timelines: readonly KindTimeline[];
  /** Rules that the evaluation does not know, each as JSON: the timelines are without them. */
  readonly unread: readonly string[];
}

/** Size of the example of a master. */
const trackBytes = 5e6;

interface BucketContents {
  readonly rules: readonly BucketRule[];
  readonly prefixes: { readonly audio: string; readonly thumbnails: string; readonly temp: string };
}

/** Days 0 to 400 of each kind of object that is written today, under the bucket's own rules. */
export function bucketLifecycle({ rules, prefixes }: BucketContents, today: Date): BucketLifecycle {
  const read = rules.map((rule) => ({ rule, known: knownRule(rule) }));
  const known = read.flatMap((one) => one.known ?? []);
  const writtenOn = today.toISOString().slice(0, 10);
  const kinds = objectKinds({ prefixes, extraLifecycleRules: beyond(prefixes, known), writtenOn, trackBytes });
  return {
    timelines: kinds.map((kind) => ({ kind: kind.kind, spans: timelineSpans(objectTimeline(known, kind)) })),
    unread: read.filter((one) => one.known === undefined).map(({ rule }) => JSON.stringify(rule)),
  };
}

/** What the rules speak of by name besides the library's own folders. */
function beyond(prefixes: BucketContents["prefixes"], rules: readonly LifecycleRule[]) {
  const own = Object.values(prefixes);
  return rules.flatMap(({ condition: { matchesPrefixes, matchesSuffixes } }) => {
    const others = matchesPrefixes?.filter((prefix) => !own.includes(prefix)) ?? [];
    if (others.length === 0 && matchesSuffixes === undefined) return [];
    return [
      {
        action: "Delete" as const,
        ...(others.length === 0 ? {} : { matchesPrefixes: others }),
        ...(matchesSuffixes === undefined ? {} : { matchesSuffixes }),
      },
    ];
  });
}

/** The rule in the provider's form; undefined where it has an action, a class or a condition that nothing here knows. */
function knownRule({ action, condition }: BucketRule): LifecycleRule | undefined {
  const { isLive, matchesPrefix, matchesSuffix, matchesStorageClass, ...rest } = condition;
  const { daysSinceNoncurrentTime, ...more } = rest;
  const { age, createdBefore, customTimeBefore, daysSinceCustomTime, noncurrentTimeBefore, ...last } = more;
  const { numNewerVersions, sizeAboveBytes, sizeBelowBytes, ...unread } = last;
  const knownAction = actionOf(action);
  const classes = matchesStorageClass?.map((name) => storageClasses.find((known) => known === name));
  if (knownAction === undefined || Object.keys(unread).length > 0 || classes?.includes(undefined)) return undefined;
  const known: LifecycleCondition = {
    ...{ age, createdBefore, customTimeBefore, daysSinceCustomTime, noncurrentTimeBefore },
    ...{ numNewerVersions, sizeAboveBytes, sizeBelowBytes, daysSinceNoncurrentTime },
    // What the interface shows is in force, a 0 as well.
    ...(daysSinceNoncurrentTime === undefined ? {} : { sendDaysSinceNoncurrentTimeIfZero: true as const }),
    ...(matchesPrefix === undefined ? {} : { matchesPrefixes: [...matchesPrefix] }),
    ...(matchesSuffix === undefined ? {} : { matchesSuffixes: [...matchesSuffix] }),
    ...(classes === undefined ? {} : { matchesStorageClasses: classes.filter((name) => name !== undefined) }),
    ...(isLive === undefined ? {} : { withState: isLive ? "LIVE" : "ARCHIVED" }),
  };
  return { action: knownAction, condition: known };
}

function actionOf({ type, storageClass }: BucketRule["action"]): LifecycleRule["action"] | undefined {
  if (type === "Delete" || type === "AbortIncompleteMultipartUpload") return { type };
  const known: StorageClass | undefined = storageClasses.find((name) => name === storageClass);
  return type === "SetStorageClass" && known !== undefined ? { type, storageClass: known } : undefined;
}
