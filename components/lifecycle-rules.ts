import type * as gcp from "@pulumi/gcp";

type BucketLifecycleRule = gcp.types.input.storage.BucketLifecycleRule;

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

/** Days that are billed even when an object leaves the class sooner. cloud.google.com/storage/docs/storage-classes */
const transitions = [
  { key: "nearlineAfterDays", storageClass: "NEARLINE", minimumDays: 30 },
  { key: "coldlineAfterDays", storageClass: "COLDLINE", minimumDays: 90 },
  { key: "archiveAfterDays", storageClass: "ARCHIVE", minimumDays: 365 },
] as const;

/** The bucket's lifecycle rules, in a fixed order. Throws LifecycleRulesError with all problems. */
export function lifecycleRules(args: LifecycleArgs): BucketLifecycleRule[] {
  const problems = lifecycleProblems(args);
  if (problems.length > 0) throw new LifecycleRulesError(problems.join("\n"));
  const moves = activeTransitions(args).map(({ storageClass, days }) => ({
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
    const earliest = before.days + before.minimumDays;
    if (next.days >= earliest) continue;
    problems.push(
      `${next.key}: comes ${next.days - before.days} days after ${before.key} (${next.days}); expected at least ${earliest}, ` +
        `because ${before.storageClass} bills ${before.minimumDays} days in any case. Raise it, or set one of the two to 0.`,
    );
  }
  return problems;
}

function activeTransitions(args: LifecycleArgs) {
  return transitions.map((step) => ({ ...step, days: args[step.key] })).filter(({ days }) => days > 0);
}
