import { describe, expect, it } from "@jest/globals";
import type { ExtraLifecycleRule } from "../../components/extra-lifecycle-rules.ts";
import {
  type LifecycleArgs,
  lifecycleProblems,
  lifecycleRules,
  LifecycleRulesError,
} from "../../components/lifecycle-rules.ts";

const args: LifecycleArgs = {
  tempPrefix: "temp/",
  audioPrefix: "audio/",
  tempRetentionDays: 1,
  noncurrentRetentionDays: 30,
  nearlineAfterDays: 30,
  coldlineAfterDays: 90,
  archiveAfterDays: 365,
  extraLifecycleRules: [],
};

function classes(days: Partial<LifecycleArgs>): unknown[] {
  return lifecycleRules({ ...args, ...days }).flatMap(({ action, condition }) =>
    "storageClass" in action ? [[action.storageClass, "age" in condition ? condition.age : undefined]] : [],
  );
}

describe("lifecycleRules", () => {
  it("end what temp/ costs, keep deleted masters for a while, and move old audio", () => {
    expect(lifecycleRules(args)).toEqual([
      { action: { type: "Delete" }, condition: { age: 1, withState: "LIVE", matchesPrefixes: ["temp/"] } },
      {
        action: { type: "Delete" },
        condition: {
          daysSinceNoncurrentTime: 0,
          sendDaysSinceNoncurrentTimeIfZero: true,
          withState: "ARCHIVED",
          matchesPrefixes: ["temp/"],
        },
      },
      { action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: 30, withState: "ARCHIVED" } },
      { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 1 } },
      {
        action: { type: "SetStorageClass", storageClass: "NEARLINE" },
        condition: { age: 30, withState: "LIVE", matchesPrefixes: ["audio/"] },
      },
      {
        action: { type: "SetStorageClass", storageClass: "COLDLINE" },
        condition: { age: 90, withState: "LIVE", matchesPrefixes: ["audio/"] },
      },
      {
        action: { type: "SetStorageClass", storageClass: "ARCHIVE" },
        condition: { age: 365, withState: "LIVE", matchesPrefixes: ["audio/"] },
      },
    ]);
  });

  it("leave out a class with 0 days", () => {
    expect(classes({ coldlineAfterDays: 0 })).toEqual([
      ["NEARLINE", 30],
      ["ARCHIVE", 365],
    ]);
    expect(classes({ nearlineAfterDays: 0, coldlineAfterDays: 0, archiveAfterDays: 0 })).toEqual([]);
  });

  it("follow the configured days", () => {
    const [live, , noncurrent, uploads] = lifecycleRules({ ...args, tempRetentionDays: 3, noncurrentRetentionDays: 7 });
    expect(live?.condition).toMatchObject({ age: 3 });
    expect(noncurrent?.condition).toMatchObject({ daysSinceNoncurrentTime: 7 });
    expect(uploads?.condition).toEqual({ age: 3 });
  });

  it.each<[what: string, change: Partial<LifecycleArgs>]>([
    [
      "exactly the minimum between two classes",
      { nearlineAfterDays: 10, coldlineAfterDays: 40, archiveAfterDays: 130 },
    ],
    ["ARCHIVE thirty days after NEARLINE when COLDLINE is off", { coldlineAfterDays: 0, archiveAfterDays: 60 }],
    ["everything in ARCHIVE after a day", { nearlineAfterDays: 0, coldlineAfterDays: 0, archiveAfterDays: 1 }],
  ])("allow %s", (_what, change) => {
    expect(lifecycleProblems({ ...args, ...change })).toEqual([]);
  });

  it.each<[rule: ExtraLifecycleRule, problem: string]>([
    [
      { action: "Delete", withState: "ARCHIVED" },
      "acts on every object at once (Delete); expected at least one condition. Say by age, date, name, size, versions or class what it is for.",
    ],
    [
      { action: "Delete", matchesPrefixes: ["drafts", "/old/"], age: 9 },
      'matches more than a folder (drafts); expected prefixes that end in "/", because "temp" alone would match "template.mp3" too. Add the slash, and remove one at the front.',
    ],
    [
      { action: "Delete", createdBefore: "2020-01-01" },
      "deletes what the library's rows point to (audio/); expected a folder further down, a suffix, a custom time, or withState ARCHIVED. Narrow it: a recording that a rule deletes is played no more.",
    ],
    [
      { action: "Delete", matchesPrefixes: ["audio/"], sizeBelowBytes: 9, withState: "ANY" },
      "deletes what the library's rows point to (audio/); expected a folder further down, a suffix, a custom time, or withState ARCHIVED. Narrow it: a recording that a rule deletes is played no more.",
    ],
    [
      { action: "NEARLINE", numNewerVersions: 3 },
      "asks a live object for what only old versions have (numNewerVersions); expected withState ARCHIVED. Set it, or remove the condition.",
    ],
    [
      { action: "NEARLINE", sizeAboveBytes: 10, sizeBelowBytes: 11 },
      "matches no size (above 10 and below 11 bytes); expected sizeBelowBytes of at least 12. Raise it, or remove one of the two.",
    ],
    [
      { action: "NEARLINE", matchesStorageClasses: ["STANDARD", "ARCHIVE"] },
      "moves ARCHIVE to NEARLINE, which Google does not do; expected only STANDARD in matchesStorageClasses. Remove the others.",
    ],
  ])("refuse the further rule %j", (rule, problem) => {
    expect(lifecycleProblems({ ...args, extraLifecycleRules: [rule] })[0]).toBe(`extraLifecycleRules[0]: ${problem}`);
  });

  it.each<ExtraLifecycleRule>([
    { action: "Delete", matchesPrefixes: ["audio/drafts/"], createdBefore: "2020-01-01" },
    { action: "Delete", matchesSuffixes: [".tmp"], daysSinceCustomTime: 3 },
    { action: "Delete", withState: "ARCHIVED", numNewerVersions: 3 },
    { action: "ARCHIVE", sizeAboveBytes: 1, sizeBelowBytes: 3, matchesStorageClasses: ["STANDARD", "NEARLINE"] },
    { action: "NEARLINE", matchesPrefixes: ["thumbnails/"], age: 10 },
  ])("take the further rule %j", (rule) => {
    expect(lifecycleProblems({ ...args, extraLifecycleRules: [rule] })).toEqual([]);
  });

  it.each<[change: Partial<LifecycleArgs>, problem: string]>([
    [
      { tempPrefix: "temp" },
      'tempPrefix "temp": is no folder (temp); expected a name that ends in "/", because "temp" alone would match "template.mp3" too. Add the slash.',
    ],
    [
      { audioPrefix: "/audio/" },
      'audioPrefix "/audio/": is no folder (/audio/); expected a name that ends in "/", because "temp" alone would match "template.mp3" too. Add the slash.',
    ],
    [
      { coldlineAfterDays: 59 },
      "coldlineAfterDays: comes 29 days after nearlineAfterDays (59); expected at least 60, because NEARLINE bills 30 days in any case. Raise it, or set one of the two to 0.",
    ],
    [
      { archiveAfterDays: 179 },
      "archiveAfterDays: comes 89 days after coldlineAfterDays (179); expected at least 180, because COLDLINE bills 90 days in any case. Raise it, or set one of the two to 0.",
    ],
    [
      { coldlineAfterDays: 0, archiveAfterDays: 59 },
      "archiveAfterDays: comes 29 days after nearlineAfterDays (59); expected at least 60, because NEARLINE bills 30 days in any case. Raise it, or set one of the two to 0.",
    ],
    [
      { extraLifecycleRules: [{ action: "ARCHIVE", matchesPrefixes: ["audio/live/"], age: 40 }] },
      "extraLifecycleRules[0]: comes 10 days after nearlineAfterDays (40); expected at least 60, because NEARLINE bills 30 days in any case. Raise it, or set one of the two to 0.",
    ],
    [
      { extraLifecycleRules: [{ action: "Delete", matchesPrefixes: ["audio/drafts/"], age: 100 }] },
      "extraLifecycleRules[0]: comes 10 days after coldlineAfterDays (100); expected at least 180, because COLDLINE bills 90 days in any case. Raise it, or set one of the two to 0.",
    ],
    [
      {
        extraLifecycleRules: [{ action: "NEARLINE", matchesPrefixes: ["audio/live/"], age: 10 }],
        nearlineAfterDays: 0,
        coldlineAfterDays: 30,
        archiveAfterDays: 0,
      },
      "coldlineAfterDays: comes 20 days after extraLifecycleRules[0] (30); expected at least 40, because NEARLINE bills 30 days in any case. Raise it, or set one of the two to 0.",
    ],
  ])("refuse %j", (change, problem) => {
    expect(lifecycleProblems({ ...args, ...change })).toEqual([problem]);
    expect(() => lifecycleRules({ ...args, ...change })).toThrow(LifecycleRulesError);
  });
});
