/**
 * Versions in the bucket up to which it is listed every hour, beyond it once a day. A list call is billed for each thousand
 * versions: 100,000 of them every hour are 73,000 calls a month or 0.37 dollars; twenty million every hour would be 73 dollars,
 * once a day they are 3. Nothing of Google's is cheaper by enough: its own metric of bytes is free and knows no folders, and an
 * inventory report costs 1.5 dollars for those twenty million, and a second bucket.
 */
export const HOURLY_LISTING_UP_TO = 100_000;

/** Versions in one page of a list: the most that Google gives. */
export const LISTED_PER_CALL = 1_000;

/** Hours between two listings of a bucket; a large one is due before the day is over, because alerts look at a day. */
export function hoursBetweenListings(versions: number): number {
  return versions <= HOURLY_LISTING_UP_TO ? 1 : 23;
}
