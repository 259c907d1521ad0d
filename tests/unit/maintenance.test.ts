import { describe, expect, it } from "@jest/globals";
import { denyPeriod, denyPeriodProblem, maintenanceWindow } from "../../components/maintenance.ts";

describe("a maintenance window", () => {
  it.each([
    ["monday 00:00", { day: 1, hour: 0 }],
    ["sunday 04:00", { day: 7, hour: 4 }],
    ["wednesday 23:00", { day: 3, hour: 23 }],
  ])("%s is %j in Cloud SQL", (text, expected) => {
    expect(maintenanceWindow(text)).toEqual(expected);
  });
});

describe("a period without maintenance", () => {
  it.each([
    ["12-15/01-05", { startDate: "12-15", endDate: "1-05", time: "00:00:00" }],
    ["2026-09-01/2026-10-10", { startDate: "2026-9-01", endDate: "2026-10-10", time: "00:00:00" }],
  ])("%s is %j in the provider's form, whose months have no zero", (text, expected) => {
    expect(denyPeriod(text)).toEqual(expected);
  });

  it.each(["12-15/01-05", "02-28/02-29", "01-01/03-31", "2027-01-01/2027-04-01", "2026-12-15/2027-01-05"])(
    "may be %s",
    (text) => {
      expect(denyPeriodProblem(text)).toBeUndefined();
    },
  );

  it.each([
    ["02-30/03-05", "has a day that no calendar has"],
    ["2027-02-29/2027-03-05", "has a day that no calendar has"],
    ["13-01/01-05", "has a day that no calendar has"],
    ["10-01/01-05", "lasts 96 days"],
    ["03-01/03-01", "lasts 0 days"],
    ["2027-01-05/2026-12-15", "lasts -21 days"],
    ["2027-01-01/2027-04-02", "lasts 91 days"],
  ])("cannot be %s: it %s", (text, wrong) => {
    expect(denyPeriodProblem(text)?.wrong).toBe(wrong);
  });
});
