import { describe, expect, it } from "@jest/globals";
import { keyIsDue, nextKeyDates } from "../../components/key-dates.ts";

describe("key files", () => {
  it.each([
    [[], "2026-11-24", false],
    [["2026-08-27"], "2026-11-24", false],
    [["2026-08-26"], "2026-11-24", true],
    [["2026-05-01", "2026-11-01"], "2026-11-24", false],
  ])("of %j are due on %s: %s", (dates, today, due) => {
    expect(keyIsDue(dates, today)).toBe(due);
  });

  it("overlap: another one is made, and only the next step ends the one before", () => {
    const overlapping = nextKeyDates(["2026-08-26"], "2026-11-24");
    expect(overlapping).toEqual(["2026-08-26", "2026-11-24"]);
    expect(nextKeyDates(overlapping, "2026-11-25")).toEqual(["2026-11-24"]);
  });
});
