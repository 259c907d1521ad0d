import { declaredRule, type ExtraLifecycleRule, extraRuleProblems } from "./extra-lifecycle-rules.ts";
import { type LifecycleRule, minimumDays, type StorageClass, storageClasses } from "./lifecycle-rule.ts";

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
  /** Rules of the library's own beside these. */
  extraLifecycleRules: readonly ExtraLifecycleRule[];
}

/** Rules that Google would refuse, that would match too much, or that would cost more than they save. */
export class LifecycleRulesError extends Error {
  override readonly name = "LifecycleRulesError";
}

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
    ...args.extraLifecycleRules.map(declaredRule),
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
  return [...problems, ...extraRuleProblems(args.extraLifecycleRules, [args.audioPrefix]), ...shortStays(args)];
}

/** What puts an object into a class, or ends it, at an age. */
interface Step {
  key: string;
  days: number;
  /** Undefined for the end. */
  storageClass: StorageClass | undefined;
  prefixes: readonly string[];
}

/** Steps that come before the class of the step before has been paid for. */
function shortStays(args: LifecycleArgs): string[] {
  const own = activeTransitions(args).map((step): Step => ({ ...step, prefixes: [args.audioPrefix] }));
  const extra = args.extraLifecycleRules.flatMap(({ action, age, withState, matchesPrefixes }, index): Step[] => {
    if (age === undefined || withState === "ARCHIVED") return [];
    const storageClass = action === "Delete" ? undefined : action;
    return [{ key: `extraLifecycleRules[${index}]`, days: age, storageClass, prefixes: matchesPrefixes ?? [""] }];
  });
  const ownPairs = own.slice(1).flatMap((next, index) => pair(own[index], next));
  const extraPairs = extra.flatMap((step) => {
    const others = [...own, ...extra].filter((other) => other !== step && overlap(other, step));
    const before = others.filter(({ days }) => days <= step.days).sort((a, b) => a.days - b.days);
    const after = own.filter((other) => others.includes(other) && other.days > step.days);
    return [...pair(before.at(-1), step), ...pair(step, after[0])];
  });
  return [...ownPairs, ...extraPairs].flatMap(shortStay);
}

function pair(before: Step | undefined, next: Step | undefined): [Step, Step][] {
  return before === undefined || next === undefined ? [] : [[before, next]];
}

function shortStay([before, next]: [Step, Step]): string[] {
  if (before.storageClass === undefined) return [];
  // Google moves nothing to a dearer class.
  if (next.storageClass !== undefined && rank(next.storageClass) <= rank(before.storageClass)) return [];
  const minimum = minimumDays[before.storageClass];
  if (next.days >= before.days + minimum) return [];
  return [
    `${next.key}: comes ${next.days - before.days} days after ${before.key} (${next.days}); expected at least ${before.days + minimum}, ` +
      `because ${before.storageClass} bills ${minimum} days in any case. Raise it, or set one of the two to 0.`,
  ];
}

function rank(storageClass: StorageClass): number {
  return storageClasses.indexOf(storageClass);
}

function overlap(one: Step, other: Step): boolean {
  return one.prefixes.some((a) => other.prefixes.some((b) => a.startsWith(b) || b.startsWith(a)));
}

function activeTransitions(args: LifecycleArgs) {
  return transitions.map((step) => ({ ...step, days: args[step.key] })).filter(({ days }) => days > 0);
}
