import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { growthRow, growthSteps, withGrowthPath } from "../../commands/cost/growth-path.ts";
import { parseUsage } from "../../commands/cost/options.ts";
import { costReport, printCostReport } from "../../commands/cost/report.ts";
import { stackConfiguration } from "../../commands/stack-configuration.ts";
import { priceSources, pricesAsOf } from "../../cost/prices.ts";
import { defaultUsage } from "../../cost/usage.ts";

const report = (stack: string) => costReport(stackConfiguration(stack), defaultUsage, "2026-11-29");

function printed(stack: string): string {
  const lines: string[] = [];
  printCostReport(report(stack), (line) => lines.push(line));
  return lines.join("\n");
}

describe("the cost of a stack", () => {
  it.each(["dev", "prod"])("has instance, disk and backups of 50 to 60 dollars in %s", (stack) => {
    const { database } = report(stack).groups;
    expect(database).toBeGreaterThanOrEqual(50);
    expect(database).toBeLessThanOrEqual(60);
  });

  it("is what prod's budget is made for: the computed cost, with room for a fifth to a third more", () => {
    const { monthlyBudgetUsd } = stackConfiguration("prod");
    const { total } = report("prod");
    expect(monthlyBudgetUsd).toBeGreaterThanOrEqual(1.2 * total);
    expect(monthlyBudgetUsd).toBeLessThanOrEqual(1.34 * total);
  });

  it("is printed line by line with its sums and the timelines of objects", () => {
    const text = printed("prod");

    for (const { item, arithmetic } of report("prod").lines) {
      expect(text).toContain(item);
      expect(text).toContain(arithmetic);
    }
    expect(text).toMatch(/instance, disk and backups +│ +53\.27 │/);
    expect(text).toMatch(/audio master +│ 0 to 29 +│ live +│ STANDARD │ yes/);
    expect(text).toMatch(/upload that nobody promoted +│ 0 +│ live/);
    expect(text).toMatch(/cost: 160\.84 a month$/);
  });

  it("has the content network as a part of its own where there is one, and no empty part where there is none", () => {
    const lines: string[] = [];
    const config = { ...stackConfiguration("prod"), contentDomain: "audio.loist.io" };
    printCostReport(costReport(config, defaultUsage, "2026-11-29"), (line) => lines.push(line));

    expect(lines.join("\n")).toMatch(/forwarding rule +│ +18\.25 │ 730 h x 0\.025/);
    expect(lines.join("\n")).toMatch(/content network +│ +22\.20 │/);
    expect(printed("prod")).not.toContain("content network");
  });

  it("names for machines the prices' date and pages, the usage, and every day of 400 of six kinds of object", () => {
    const { version, currency, prices, usage, timelines } = report("prod");

    expect({ version, currency }).toEqual({ version: 1, currency: "USD" });
    expect(prices).toEqual({ asOf: pricesAsOf, region: "us-central1", sources: priceSources });
    expect(usage).toEqual(defaultUsage);
    expect(timelines).toHaveLength(6);
    for (const { spans } of timelines) {
      expect(spans[0]?.from).toBe(0);
      expect(spans.at(-1)?.to).toBe(400);
    }
  });
});

describe("usage on the command line", () => {
  it("has a stated default for everything", () => {
    expect(parseUsage({})).toEqual(defaultUsage);
  });

  it("plays each track once a month unless it says otherwise", () => {
    expect(parseUsage({ tracks: "50000" })).toMatchObject({ tracks: 50_000, playsPerMonth: 50_000 });
    expect(parseUsage({ tracks: "50000", plays: "7" })).toMatchObject({ tracks: 50_000, playsPerMonth: 7 });
    expect(parseUsage({ minutes: "4.5", "mb-per-track": "9" })).toMatchObject({
      ...{ minutesPerPlay: 4.5, megabytesPerTrack: 9 },
    });
  });

  it("takes a part of a hundred for what a content network has in its caches", () => {
    expect(parseUsage({ "hit-percent": "95" })).toMatchObject({ cacheHitPercent: 95 });
    expect(() => parseUsage({ "hit-percent": "101" })).toThrow(
      'option "--hit-percent": is no number (101); expected 0 to 100. Correct it.',
    );
  });

  it("is refused with all that is wrong", () => {
    expect(() => parseUsage({ tracks: "many", plays: "-1", kbps: "1e3" })).toThrow(
      [
        'option "--tracks": is no number (many); expected 0 to 1000000000000. Correct it.',
        'option "--plays": is no number (-1); expected 0 to 1000000000000. Correct it.',
        'option "--kbps": is no number (1e3); expected 0 to 1000000000000. Correct it.',
      ].join("\n"),
    );
  });
});

describe("the growth path", () => {
  const rows = growthSteps.map(growthRow);

  it("has a configuration for each size that preview accepts, with a pool and room on its disk", () => {
    expect(rows.map(({ step }) => step.tracks)).toEqual([
      ...[10_000, 50_000, 100_000, 1_000_000],
      ...[10_000_000, 10_000_000, 10_000_000],
    ]);
    for (const { poolSize, config, notes } of rows) {
      expect(poolSize).toBeGreaterThanOrEqual(4);
      const { edition } = config;
      expect({ edition, notes: notes.length }).toEqual({ edition, notes: edition === "ENTERPRISE" ? 0 : 2 });
    }
  });

  it("begins where the first deployment reckoned 75 and 150 dollars", () => {
    const [tenThousand, fiftyThousand] = rows;

    expect(Math.abs(tenThousand!.total - 75)).toBeLessThan(1);
    expect(Math.abs(fiftyThousand!.total - 150)).toBeLessThan(10);
  });

  it("costs more with every size", () => {
    const sizes = rows.slice(0, 5);
    for (const [index, row] of sizes.slice(1).entries()) expect(row.total).toBeGreaterThan(sizes[index]!.total);
  });

  it("saves a quarter with a content network at ten million tracks, which ENTERPRISE_PLUS with a read pool spends again", () => {
    const [bare, delivered, plus] = rows.slice(4);

    expect(delivered!.total).toBeLessThan(bare!.total * 0.75);
    expect(delivered!.groups.database).toBe(bare!.groups.database);
    expect(plus!.config).toMatchObject({ edition: "ENTERPRISE_PLUS", readPoolNodes: 2, dataCacheEnabled: true });
    expect(plus!.groups.network).toBe(delivered!.groups.network);
    expect(plus!.groups.database).toBeGreaterThan(2 * delivered!.groups.database);
  });
});

describe("README.md", () => {
  const readme = readFileSync(join(import.meta.dirname, "..", "..", "README.md"), "utf8");

  it("has the growth path that the code reckons", async () => {
    expect(await withGrowthPath(readme)).toBe(readme);
    expect(readme).toContain(`as of ${pricesAsOf}`);
  });

  it("tells what an instance and a warm service cost", () => {
    const whole = (dollars: number): string => `${dollars.toFixed(0)} dollars`;
    const { lines, groups } = report("prod");
    const warm = lines.filter(({ item }) => item.startsWith("Cloud Run")).reduce((sum, line) => sum + line.dollars, 0);

    expect(readme).toContain(`default configuration are ${whole(groups.database)} a month`);
    expect(readme).toContain(`(\`serviceMinInstances\`) is ${whole(warm)}`);
  });

  it("tells that colder classes do not pay for audio that is streamed every month", () => {
    const config = stackConfiguration("prod");
    const never = { ...config, nearlineAfterDays: 0, coldlineAfterDays: 0, archiveAfterDays: 0 };

    expect(costReport(never, defaultUsage, "2026-11-29").groups.bucket).toBeLessThan(report("prod").groups.bucket);
    const unplayed = { ...defaultUsage, playsPerMonth: 0 };
    expect(costReport(never, unplayed, "2026-11-29").groups.bucket).toBeGreaterThan(
      costReport(config, unplayed, "2026-11-29").groups.bucket,
    );
  });
});
