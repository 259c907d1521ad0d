/** A class with its price at rest: from the dearest to the cheapest. */
export type StorageClass = "STANDARD" | "NEARLINE" | "COLDLINE" | "ARCHIVE";

/** A rule in the provider's form, with the actions and conditions that this project uses. */
export interface LifecycleRule {
  action:
    { type: "Delete" | "AbortIncompleteMultipartUpload" } | { type: "SetStorageClass"; storageClass: StorageClass };
  /** All of them must hold. */
  condition: LifecycleCondition;
}

export interface LifecycleCondition {
  /** Days since the object was written; of an unfinished upload, since it began. */
  age?: number;
  /** Days since it was deleted or overwritten; 0 counts only with the switch below. */
  daysSinceNoncurrentTime?: number;
  sendDaysSinceNoncurrentTimeIfZero?: true;
  matchesPrefixes?: string[];
  withState?: "LIVE" | "ARCHIVED";
}

export interface LifecycleArgs {
  /** Folder of uploads that nobody promoted yet, with its slash. */
  tempPrefix: string;
  /** Folder of audio, with its slash. */
  audioPrefix: string;
  /** Days until objects in tempPrefix are due for deletion. */
  tempRetentionDays: number;
  /** Days for which a deleted or overwritten object can be brought back. */
  noncurrentRetentionDays: number;
  /** Age in days at which audio moves; 0 for never. */
  nearlineAfterDays: number;
  coldlineAfterDays: number;
  archiveAfterDays: number;
}

/** Rules that Google would refuse, that would match too much, or that would cost more than they save. */
export class LifecycleRulesError extends Error {
  override readonly name = "LifecycleRulesError";
}

/** Days that are billed even when an object is deleted sooner. cloud.google.com/storage/docs/storage-classes */
export const minimumDays: Readonly<Record<StorageClass, number>> = {
  STANDARD: 0,
  NEARLINE: 30,
  COLDLINE: 90,
  ARCHIVE: 365,
};

const transitions = [
  { key: "nearlineAfterDays", storageClass: "NEARLINE" },
  { key: "coldlineAfterDays", storageClass: "COLDLINE" },
  { key: "archiveAfterDays", storageClass: "ARCHIVE" },
] as const;

/** The bucket's lifecycle rules, in a fixed order. Throws LifecycleRulesError with all problems. */
export function lifecycleRules(args: LifecycleArgs): LifecycleRule[] {
  const problems = lifecycleProblems(args);
  if (problems.length > 0) throw new LifecycleRulesError(problems.join("\n"));
  const moves = activeTransitions(args).map(({ storageClass, days }): LifecycleRule => ({
    action: { type: "SetStorageClass", storageClass },
    condition: { age: days, withState: "LIVE", matchesPrefixes: [args.audioPrefix] },
  }));
  return [
    {
      action: { type: "Delete" },
      condition: { age: args.tempRetentionDays, withState: "LIVE", matchesPrefixes: [args.tempPrefix] },
    },
    // With versioning, deleting only makes an object noncurrent: it would be billed until the rule below.
    // 0 must be sent on purpose, the provider leaves it out otherwise.
    {
      action: { type: "Delete" },
      condition: {
        daysSinceNoncurrentTime: 0,
        sendDaysSinceNoncurrentTimeIfZero: true,
        withState: "ARCHIVED",
        matchesPrefixes: [args.tempPrefix],
      },
    },
    {
      action: { type: "Delete" },
      condition: { daysSinceNoncurrentTime: args.noncurrentRetentionDays, withState: "ARCHIVED" },
    },
    // Parts of an unfinished upload are no objects: no Delete rule sees them, and they are billed.
    { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: args.tempRetentionDays } },
    ...moves,
  ];
}

/** What is wrong, one sentence each; empty when nothing is. */
export function lifecycleProblems(args: LifecycleArgs): string[] {
  const problems: string[] = [];
  for (const key of ["tempPrefix", "audioPrefix"] as const) {
    const prefix = args[key];
    if (/^[^/].*\/$/.test(prefix)) continue;
    problems.push(
      `${key} "${prefix}": is no folder (${prefix}); expected a name that ends in "/", because "temp" alone would match "template.mp3" too. ` +
        "Add the slash.",
    );
  }
  const active = activeTransitions(args);
  for (const [index, next] of active.slice(1).entries()) {
    const before = active[index];
    if (before === undefined) continue;
    const earliest = before.days + minimumDays[before.storageClass];
    if (next.days >= earliest) continue;
    problems.push(
      `${next.key}: comes ${next.days - before.days} days after ${before.key} (${next.days}); expected at least ${earliest}, ` +
        `because ${before.storageClass} bills ${minimumDays[before.storageClass]} days in any case. Raise it, or set one of the two to 0.`,
    );
  }
  return problems;
}

function activeTransitions(args: LifecycleArgs) {
  return transitions.map((step) => ({ ...step, days: args[step.key] })).filter(({ days }) => days > 0);
}
