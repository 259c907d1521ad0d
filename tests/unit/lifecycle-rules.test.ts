import { describe, expect, it } from "@jest/globals";
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
  ])("refuse %j", (change, problem) => {
    expect(lifecycleProblems({ ...args, ...change })).toEqual([problem]);
    expect(() => lifecycleRules({ ...args, ...change })).toThrow(LifecycleRulesError);
  });
});
