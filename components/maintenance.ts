/** When Google may update the server: two readings of configuration, and what is wrong with them. */

const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

/** A window as people write it, as "sunday 04:00" in UTC. */
export const windowForm = new RegExp(`^(${days.join("|")}) ([01]\\d|2[0-3]):00$`);

/** Cloud SQL's form of "sunday 04:00": Monday is day 1. For a text that `windowForm` accepts. */
export function maintenanceWindow(text: string): { day: number; hour: number } {
  const [day = "", time = ""] = text.split(" ");
  return { day: days.findIndex((name) => name === day) + 1, hour: Number(time.slice(0, 2)) };
}

/** A period as people write it: "12-15/01-05" for every year, "2026-12-15/2027-01-05" for one. */
export const denyPeriodForm = /^((\d{4}-\d{2}-\d{2})\/(\d{4}-\d{2}-\d{2})|(\d{2}-\d{2})\/(\d{2}-\d{2}))$/;

/** Days that a period may last. cloud.google.com/sql/docs/postgres/maintenance */
const LONGEST_DAYS = 90;

/** Cloud SQL's form of a period that `denyPeriodForm` accepts, from midnight to midnight UTC. */
export function denyPeriod(text: string): { startDate: string; endDate: string; time: string } {
  const [startDate = "", endDate = ""] = text.split("/").map(withoutLeadingZero);
  return { startDate, endDate, time: "00:00:00" };
}

/** What is wrong with a period that `denyPeriodForm` accepts, in words; undefined for nothing. */
export function denyPeriodProblem(text: string): { wrong: string; expected: string } | undefined {
  const [start = "", end = ""] = text.split("/");
  const yearly = start.length === 5;
  // A leap year, so that the 29th of February is a day.
  const from = dayOf(yearly ? `2028-${start}` : start);
  const to = dayOf(yearly ? `${end < start ? "2029" : "2028"}-${end}` : end);
  if (from === undefined || to === undefined) return { wrong: "has a day that no calendar has", expected: "real days" };
  const lasting = to - from;
  if (lasting >= 1 && lasting <= LONGEST_DAYS) return undefined;
  return { wrong: `lasts ${lasting} days`, expected: `1 to ${LONGEST_DAYS} days from the first to the last` };
}

/** Days since 1970; undefined where the calendar has no such day. */
function dayOf(date: string): number | undefined {
  const parsed = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(date)) return undefined;
  return parsed.getTime() / 86_400_000;
}

/** The provider reads months back without their zero: written with one they would differ for ever. */
function withoutLeadingZero(date: string): string {
  return date.replace(/(^|-)0(\d-\d{2})$/, "$1$2");
}
