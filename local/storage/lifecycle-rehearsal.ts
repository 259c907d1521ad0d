// What will become of one object under a bucket's present rules, day by day, without touching anything.
import type { BucketConfiguration } from "./bucket-configuration.ts";
import { type LifecycleAction, lifecycleActions, type LifecycleVersion } from "./lifecycle.ts";

/** One day in the life of an object that was uploaded on day 0 and never touched again. */
export interface RehearsedDay {
  readonly day: number;
  readonly state: "live" | "noncurrent" | "soft-deleted" | "gone";
  readonly storageClass: string;
  readonly billedBytes: number;
}

const dayMs = 86_400_000;

/** Days 0 to `days`; rules act once a day, a moment after the day has passed. */
export function rehearseLifecycle(
  configuration: BucketConfiguration,
  object: { readonly name: string; readonly size: number },
  days: number,
): RehearsedDay[] {
  const rules = configuration.lifecycle?.rule ?? [];
  const softDeleteMs = configuration.softDeletePolicy.retentionDurationSeconds * 1000;
  const uploaded: LifecycleVersion = {
    ...{ ...object, generation: 1, storageClass: configuration.storageClass, timeCreated: 0, newerVersions: 0 },
  };
  let version: LifecycleVersion | undefined = uploaded;
  let softDeletedAt: number | undefined;
  const timeline: RehearsedDay[] = [];
  for (let day = 0; day <= days; day += 1) {
    const now = day * dayMs + 1;
    const due: LifecycleAction[] = version === undefined ? [] : lifecycleActions(rules, [version], now);
    const action = due[0];
    if (version !== undefined && action?.type === "SetStorageClass")
      version = { ...version, storageClass: action.storageClass };
    if (version !== undefined && action?.type === "Delete") {
      const becomesNoncurrent: boolean =
        version.timeDeleted === undefined && configuration.versioning?.enabled === true;
      if (!becomesNoncurrent) softDeletedAt = now;
      version = becomesNoncurrent ? { ...version, timeDeleted: now } : undefined;
    }
    const softDeleted = softDeletedAt !== undefined && now < softDeletedAt + softDeleteMs;
    const state =
      version === undefined
        ? softDeleted
          ? "soft-deleted"
          : "gone"
        : version.timeDeleted === undefined
          ? "live"
          : "noncurrent";
    timeline.push({
      day,
      state,
      storageClass: version?.storageClass ?? configuration.storageClass,
      billedBytes: state === "gone" ? 0 : object.size,
    });
  }
  return timeline;
}
