// What becomes of each kind of object under the rules of the default configuration, exactly, for 400 days; then in general,
// against the evaluation of the same rules that the local cloud runs by.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { LifecycleRule, StorageClass } from "../../components/lifecycle-rule.ts";
import { declaredRule, type ExtraLifecycleRule } from "../../components/extra-lifecycle-rules.ts";
import { type LifecycleArgs, lifecycleRules } from "../../components/lifecycle-rules.ts";
import { objectKinds } from "../../cost/object-kinds.ts";
import { type ObjectKind, objectTimeline, type TimelineDay, timelineSpans } from "../../cost/object-timeline.ts";
import { configurationOf } from "../../local/storage/bucket-configuration.ts";
import { lifecycleActions, type LifecycleVersion, uploadsToAbort } from "../../local/storage/lifecycle.ts";
import { rehearseLifecycle } from "../../local/storage/lifecycle-rehearsal.ts";
import { prefixes } from "../../naming.ts";

const args: LifecycleArgs = {
  tempPrefix: prefixes.temp,
  audioPrefix: prefixes.audio,
  tempRetentionDays: 1,
  noncurrentRetentionDays: 30,
  nearlineAfterDays: 30,
  coldlineAfterDays: 90,
  archiveAfterDays: 365,
  extraLifecycleRules: [],
};
const writtenOn = "2026-01-01";
const contents = { ...args, prefixes, writtenOn, trackBytes: 5e6 };

/** `0-29 live STANDARD billed` a span. */
function spans(kind: ObjectKind, change: Partial<LifecycleArgs> = {}): string[] {
  return timelineSpans(objectTimeline(lifecycleRules({ ...args, ...change }), kind)).map(
    ({ from, to, state, storageClass, billed }) =>
      `${String(from)}-${String(to)} ${state} ${storageClass} ${billed ? "billed" : "free"}`,
  );
}

const master: ObjectKind = { kind: "master", object: "audio/a.flac" };

describe("under the default rules, on days 0 to 400", () => {
  const [audio, replaced, thumbnail, abandoned, promoted, unfinished] = objectKinds(contents);

  const expected: [kind: ObjectKind | undefined, spans: string[]][] = [
    [
      audio,
      [
        "0-29 live STANDARD billed",
        "30-89 live NEARLINE billed",
        "90-364 live COLDLINE billed",
        "365-400 live ARCHIVE billed",
      ],
    ],
    [replaced, ["0-9 live STANDARD billed", "10-39 noncurrent STANDARD billed", "40-400 deleted STANDARD free"]],
    [thumbnail, ["0-400 live STANDARD billed"]],
    [abandoned, ["0-0 live STANDARD billed", "1-1 noncurrent STANDARD billed", "2-400 deleted STANDARD free"]],
    [promoted, ["0-0 noncurrent STANDARD billed", "1-400 deleted STANDARD free"]],
    [unfinished, ["0-0 unfinished STANDARD billed", "1-400 deleted STANDARD free"]],
  ];

  it.each(expected.map(([kind, days]): [string, ObjectKind, string[]] => [kind!.kind, kind!, days]))(
    "%s",
    (_name, kind, days) => {
      expect(spans(kind)).toEqual(days);
    },
  );
});

describe("in other configurations", () => {
  it("an old version keeps its class, and is gone after the days for which it can be brought back", () => {
    expect(spans({ ...master, replacedOnDay: 100 }, { noncurrentRetentionDays: 7 }).slice(3)).toEqual([
      "100-106 noncurrent COLDLINE billed",
      "107-400 deleted COLDLINE free",
    ]);
  });

  it("what is deleted before its class's shortest time is billed to the end of it, from the day it was written", () => {
    const early = { nearlineAfterDays: 0, coldlineAfterDays: 0, archiveAfterDays: 1, noncurrentRetentionDays: 1 };

    expect(spans({ ...master, replacedOnDay: 5 }, early)).toEqual([
      "0-0 live STANDARD billed",
      "1-4 live ARCHIVE billed",
      "5-5 noncurrent ARCHIVE billed",
      "6-364 deleted ARCHIVE billed",
      "365-400 deleted ARCHIVE free",
    ]);
  });

  it("uploads are kept as long as configured", () => {
    const kept = { tempRetentionDays: 7 };

    expect(spans({ kind: "upload", object: "temp/a" }, kept)[0]).toBe("0-6 live STANDARD billed");
    expect(spans({ kind: "parts", object: "temp/a", unfinished: true }, kept)[0]).toBe(
      "0-6 unfinished STANDARD billed",
    );
  });

  it("a name that only resembles a folder's is not touched", () => {
    expect(spans({ kind: "template", object: "template.mp3" })).toEqual(["0-400 live STANDARD billed"]);
  });

  it("a rule whose only condition is a zero that is not sent never acts", () => {
    const bare = { action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: 0 } } as const;
    const sent = { ...bare, condition: { ...bare.condition, sendDaysSinceNoncurrentTimeIfZero: true } } as const;
    const promoted = { kind: "upload", object: "temp/a", replacedOnDay: 0 };

    expect(timelineSpans(objectTimeline([bare], promoted))).toHaveLength(1);
    expect(timelineSpans(objectTimeline([sent], promoted))[1]).toMatchObject({ from: 1, state: "deleted" });
  });
});

const dayMs = 86_400_000;

/** Further rules are taken here whether they make sense or not. */
function declaredRules(rules: LifecycleArgs): LifecycleRule[] {
  return [...lifecycleRules({ ...rules, extraLifecycleRules: [] }), ...rules.extraLifecycleRules.map(declaredRule)];
}

/** The same days by the local cloud's evaluation of the same declaration. */
function locally(rules: LifecycleArgs, kind: ObjectKind, days: number): Omit<TimelineDay, "billed">[] {
  const declared = { versioning: { enabled: true }, lifecycleRules: JSON.parse(JSON.stringify(declaredRules(rules))) };
  const { lifecycle } = configurationOf({ ...declared, softDeletePolicy: { retentionDurationSeconds: 0 } });
  const local = lifecycle?.rule ?? [];
  const timeCreated = Date.parse(writtenOn);
  let version: LifecycleVersion = {
    ...{ name: kind.object, generation: 1, size: kind.sizeBytes ?? 1, storageClass: "STANDARD", timeCreated },
    newerVersions: 0,
    ...(kind.customTime === undefined ? {} : { customTime: kind.customTime }),
  };
  let deleted = false;
  return Array.from({ length: days + 1 }, (_, day) => {
    const now = timeCreated + day * dayMs;
    if (kind.unfinished === true) {
      deleted ||= uploadsToAbort(local, [{ name: kind.object, timeCreated }], now).length > 0;
      return { day, state: deleted ? "deleted" : "unfinished", storageClass: "STANDARD" };
    }
    const [action] = deleted ? [] : lifecycleActions(local, [version], now);
    if (action?.type === "SetStorageClass") version = { ...version, storageClass: action.storageClass };
    const replaced = kind.replacedOnDay === day && kind.deleted !== true;
    if (action?.type === "Delete" && version.timeDeleted !== undefined) deleted = true;
    else if (action?.type === "Delete") version = { ...version, timeDeleted: now };
    else if (kind.replacedOnDay === day && version.timeDeleted === undefined)
      version = { ...version, timeDeleted: now, newerVersions: replaced ? 1 : 0 };
    const state = deleted ? "deleted" : version.timeDeleted === undefined ? "live" : "noncurrent";
    return { day, state, storageClass: version.storageClass as StorageClass };
  });
}

const days = fc.integer({ min: 0, max: 60 });
const dates = fc
  .date({ min: new Date(writtenOn), max: new Date("2027-03-01"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
/** Any of the conditions, sensible or not: both sides have to see them alike. */
const extraRules = fc.array(
  fc.record<ExtraLifecycleRule, "action">(
    {
      action: fc.constantFrom("Delete", "NEARLINE", "COLDLINE", "ARCHIVE"),
      withState: fc.constantFrom("LIVE", "ARCHIVED", "ANY"),
      age: fc.integer({ min: 1, max: 400 }),
      createdBefore: dates,
      customTimeBefore: dates,
      daysSinceCustomTime: fc.integer({ min: 1, max: 400 }),
      daysSinceNoncurrentTime: fc.integer({ min: 1, max: 100 }),
      noncurrentTimeBefore: dates,
      numNewerVersions: fc.integer({ min: 1, max: 2 }),
      matchesPrefixes: fc.constantFrom(["audio/"], ["audio/b/", "thumbnails/"]),
      matchesSuffixes: fc.constantFrom([".mp3"], ["a", "z"]),
      matchesStorageClasses: fc.constantFrom<StorageClass[][]>(["STANDARD"], ["NEARLINE", "COLDLINE"]),
      sizeAboveBytes: fc.integer({ min: 1, max: 20 }),
      sizeBelowBytes: fc.integer({ min: 1, max: 20 }),
    },
    { requiredKeys: ["action"] },
  ),
  { maxLength: 3 },
);
const configurations = fc
  .record({
    tempRetentionDays: fc.integer({ min: 1, max: 30 }),
    noncurrentRetentionDays: fc.integer({ min: 1, max: 90 }),
    nearlineAfterDays: days,
    coldline: days,
    archive: days,
    extraLifecycleRules: extraRules,
  })
  .map(({ coldline, archive, nearlineAfterDays, ...rest }): LifecycleArgs => ({
    ...args,
    ...rest,
    nearlineAfterDays,
    coldlineAfterDays: coldline === 0 ? 0 : nearlineAfterDays + 30 + coldline,
    archiveAfterDays: archive === 0 ? 0 : nearlineAfterDays + 180 + coldline + archive,
  }));
const kinds = fc
  .record(
    {
      kind: fc.constant("any"),
      object: fc.constantFrom("audio/a", "thumbnails/a", "temp/a", "template", "audio"),
      replacedOnDay: fc.integer({ min: 0, max: 400 }),
      unfinished: fc.constant<true>(true),
      deleted: fc.constant<true>(true),
      customTime: dates,
    },
    { requiredKeys: ["kind", "object"] },
  )
  .map((kind): ObjectKind => ({ ...kind, writtenOn, sizeBytes: 10 }));

describe("compared with the local cloud", () => {
  it("the same rules have the same effect on every kind of object, every day", () => {
    fc.assert(
      fc.property(configurations, kinds, (rules, kind) => {
        const here = objectTimeline(declaredRules(rules), kind).map(({ day, state, storageClass }) => ({
          ...{ day, state, storageClass },
        }));

        expect(here).toEqual(locally(rules, kind, 400));
      }),
      { numRuns: 300 },
    );
  });

  it.each(objectKinds(contents).filter(({ replacedOnDay, unfinished }) => replacedOnDay === undefined && !unfinished))(
    "its rehearsal of the running bucket says the same of: $kind",
    (kind) => {
      const declared = JSON.parse(JSON.stringify(lifecycleRules(args)));
      const configuration = configurationOf({
        ...{
          versioning: { enabled: true },
          softDeletePolicy: { retentionDurationSeconds: 0 },
          lifecycleRules: declared,
        },
      });

      const rehearsed = rehearseLifecycle(configuration, { name: kind.object, size: 1 }, 400);

      expect(rehearsed.map(({ state, billedBytes }) => [state, billedBytes > 0])).toEqual(
        objectTimeline(lifecycleRules(args), kind).map(({ state, billed }) => [
          state === "deleted" ? "gone" : state,
          billed,
        ]),
      );
    },
  );
});
