/** Days after which a key is due to be renewed. */
export const KEY_LIFETIME_DAYS = 90;

/** Whether the newest key is due to be renewed on `today` (`2026-01-31`); never without a key. */
export function keyIsDue(dates: readonly string[], today: string): boolean {
  const newest = dates.at(-1);
  return newest !== undefined && daysBetween(newest, today) >= KEY_LIFETIME_DAYS;
}

/** The dates of the next step: another key, or, while two overlap, the end of the older one. */
export function nextKeyDates(dates: readonly string[], today: string): string[] {
  return dates.length > 1 ? dates.slice(-1) : [...dates, today];
}

/** Whole days from one date to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / (24 * 60 * 60 * 1000));
}
