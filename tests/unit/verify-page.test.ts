// The page that `verify` writes: everything that was measured stands in it, and it needs nothing but itself.
import { describe, expect, it } from "@jest/globals";
import { bucketLifecycle } from "../../commands/verify/bucket-lifecycle.ts";
import { reportPage } from "../../commands/verify/page/page.ts";
import { reportJson, row } from "../../commands/verify/report.ts";
import { lifecycleRules } from "../../components/lifecycle-rules.ts";
import { objectKinds } from "../../cost/object-kinds.ts";
import { objectTimeline, timelineSpans } from "../../cost/object-timeline.ts";
import { prefixes } from "../../naming.ts";
import { bucketRules, exampleReport } from "../support/example-report.ts";

const at = new Date("2026-01-31T12:00:00Z");
const page = (report = exampleReport()): string => reportPage(report, at);
const pictures = (html: string): string[] => html.match(/<svg[^]*?<\/svg>/g) ?? [];
const count = (text: string, part: string): number => text.split(part).length - 1;

describe("the page of verify", () => {
  it("needs no network and no script, and has all four pictures", () => {
    expect(page()).not.toMatch(/https?:|<script|<link|@import|src=|url\((?!#)/);
    expect(pictures(page())).toHaveLength(4);
    expect(page()).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("shows every call that was timed, and every look at the pooler", () => {
    const [lanes = "", histogram = "", occupancy = ""] = pictures(page());
    expect(count(lanes, "<circle")).toBe(40);
    const bars = [...histogram.matchAll(/<title>(\d+) calls of/g)].map(([, calls]) => Number(calls));
    expect(bars.reduce((sum, calls) => sum + calls, 0)).toBe(1000);
    expect(occupancy).toContain("Up to 10 server connections open, and up to 33 clients waiting for one, over 406 ms.");
  });

  it("shows every row, with what a row says taken as text", () => {
    const report = exampleReport((rows) => [
      ...rows,
      { promise: "bucket denial", passed: false, figure: 'holds <storage.buckets.update> & "more"' },
    ]);
    expect(page(report)).toContain("holds &lt;storage.buckets.update&gt; &amp; &quot;more&quot;");
    expect(page(report)).toContain("1 of 7 promises broken");
    expect(count(page(report), "<tr>")).toBe(8);
    expect(page()).toContain("all 6 promises kept");
  });

  it("says what was not measured instead of drawing nothing", () => {
    const html = page(
      exampleReport((rows) => rows.map(({ promise, passed, figure }) => ({ promise, passed, figure }))),
    );
    expect(pictures(html)).toEqual([]);
    for (const words of ["No call was timed", "The load did not run", "rules could not be read"]) {
      expect(html).toContain(words);
    }
    const closed = exampleReport((rows) =>
      rows.map((one) =>
        one.promise === "pool under load" ? { ...one, measured: { ...one.measured, occupancy: [] } } : one,
      ),
    );
    expect(page(closed)).toContain("did not let itself be asked");
    expect(pictures(page(closed))).toHaveLength(3);
  });

  it("tells machines the rows and the page, without the figures behind them", () => {
    const json = JSON.parse(reportJson(exampleReport(), "/p.html")) as { page: string; rows: object[] };
    expect(json.page).toBe("/p.html");
    expect(json.rows.at(-1)).toEqual({
      ...{ promise: "pool under load", passed: true },
      figure: "40 clients on 7 server connections, 1000 queries, 0 errors",
    });
  });
});

describe("a row", () => {
  it("keeps what was measured before it failed", async () => {
    const failed = await row("search", (measured) => {
      measured.latenciesMs = [250];
      throw new Error("too slow");
    });
    expect(failed).toEqual({ promise: "search", passed: false, figure: "too slow", measured: { latenciesMs: [250] } });
  });
});

describe("the life of an object in a bucket", () => {
  it("is by the bucket's rules what it is by the configuration that made them", () => {
    const rules = lifecycleRules({
      ...{ tempPrefix: prefixes.temp, audioPrefix: prefixes.audio, tempRetentionDays: 1, noncurrentRetentionDays: 30 },
      ...{ nearlineAfterDays: 30, coldlineAfterDays: 90, archiveAfterDays: 365, extraLifecycleRules: [] },
    });
    const { timelines, unread } = bucketLifecycle({ rules: bucketRules(), prefixes }, at);
    expect(timelines).toEqual(
      objectKinds({ prefixes, extraLifecycleRules: [], writtenOn: "2026-01-31", trackBytes: 5e6 }).map((kind) => ({
        kind: kind.kind,
        spans: timelineSpans(objectTimeline(rules, kind)),
      })),
    );
    expect(unread).toEqual([]);
  });

  it("knows every condition of the interface, and shows folders that only a rule speaks of", () => {
    const rules = [
      {
        action: { type: "Delete" },
        condition: { createdBefore: "2026-03-01", matchesPrefix: ["drafts/"], isLive: true },
      },
      {
        action: { type: "Delete" },
        condition: { numNewerVersions: 1, sizeAboveBytes: 1, matchesStorageClass: ["STANDARD"] },
      },
    ];
    const { timelines, unread } = bucketLifecycle({ rules, prefixes }, at);
    expect(unread).toEqual([]);
    expect(timelines.at(-1)).toMatchObject({ kind: "object drafts/object" });
    expect(timelines.at(-1)?.spans[0]).toMatchObject({ state: "noncurrent" });
  });

  it("names the rules that it cannot read", () => {
    const foreign = [
      { action: { type: "Delete" }, condition: { daysSinceFullMoon: 3 } },
      { action: { type: "SetStorageClass", storageClass: "MULTI_REGIONAL" }, condition: { age: 1 } },
      { action: { type: "Delete" }, condition: { age: 1, matchesStorageClass: ["DURABLE_REDUCED_AVAILABILITY"] } },
    ];
    const { timelines, unread } = bucketLifecycle({ rules: foreign, prefixes }, at);
    expect(unread).toEqual(foreign.map((rule) => JSON.stringify(rule)));
    expect(timelines[0]?.spans).toHaveLength(1);
  });
});
