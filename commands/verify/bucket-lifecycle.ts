// The rules that a bucket has, as the storage interface shows them, and what they make of each kind of object.
import type { LifecycleCondition, LifecycleRule, StorageClass } from "../../components/lifecycle-rules.ts";
import { objectKinds } from "../../cost/object-kinds.ts";
import { objectTimeline, type TimelineSpan, timelineSpans } from "../../cost/object-timeline.ts";

export interface BucketRule {
  readonly action: { readonly type: string; readonly storageClass?: string };
  readonly condition: {
    readonly age?: number;
    readonly matchesPrefix?: readonly string[];
    readonly isLive?: boolean;
    readonly daysSinceNoncurrentTime?: number;
  };
}

export interface KindTimeline {
  readonly kind: string;
  readonly spans: readonly TimelineSpan[];
}

export interface BucketLifecycle {
  readonly timelines: readonly KindTimeline[];
  /** Rules that the evaluation does not know, each as JSON: the timelines are without them. */
  readonly unread: readonly string[];
}

/** Days 0 to 400 of each kind of object under the bucket's own rules. */
export function bucketLifecycle(
  rules: readonly BucketRule[],
  prefixes: { audio: string; thumbnails: string; temp: string },
): BucketLifecycle {
  const read = rules.map((rule) => ({ rule, known: knownRule(rule) }));
  const known = read.flatMap((one) => one.known ?? []);
  return {
    timelines: objectKinds(prefixes).map((kind) => ({
      kind: kind.kind,
      spans: timelineSpans(objectTimeline(known, kind)),
    })),
    unread: read.filter((one) => one.known === undefined).map(({ rule }) => JSON.stringify(rule)),
  };
}

const classes: readonly StorageClass[] = ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"];

/** The rule in the form that the project itself writes; undefined where it has an action or a condition that the project never uses. */
function knownRule({ action, condition }: BucketRule): LifecycleRule | undefined {
  const { age, matchesPrefix, isLive, daysSinceNoncurrentTime, ...unread } = condition;
  const knownAction = actionOf(action);
  if (knownAction === undefined || Object.keys(unread).length > 0) return undefined;
  const known: LifecycleCondition = {
    ...(age === undefined ? {} : { age }),
    ...(matchesPrefix === undefined ? {} : { matchesPrefixes: [...matchesPrefix] }),
    ...(isLive === undefined ? {} : { withState: isLive ? "LIVE" : "ARCHIVED" }),
    // What the interface shows is in force, a 0 as well.
    ...(daysSinceNoncurrentTime === undefined
      ? {}
      : { daysSinceNoncurrentTime, sendDaysSinceNoncurrentTimeIfZero: true as const }),
  };
  return { action: knownAction, condition: known };
}

function actionOf({ type, storageClass }: BucketRule["action"]): LifecycleRule["action"] | undefined {
  if (type === "Delete" || type === "AbortIncompleteMultipartUpload") return { type };
  const known = classes.find((name) => name === storageClass);
  return type === "SetStorageClass" && known !== undefined ? { type, storageClass: known } : undefined;
}
