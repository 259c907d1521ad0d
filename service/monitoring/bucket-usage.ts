import { Storage, type StorageOptions } from "@google-cloud/storage";
import { z } from "zod";
import { customMetrics, type Measurement } from "./custom-metrics.ts";
import type { LatestValue, TimeSeries } from "./time-series.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A listing a day is due before the day is over, so that the alerts, which look at a day, always see one. */
const DAILY_MS = DAY_MS - 1.5 * HOUR_MS;

/** How far back the value of a month ago may lie: listings are at most a day apart. */
const LOOK_BACK_MS = 26 * HOUR_MS;
const MONTH_MS = 30 * DAY_MS;

/** What is in no folder of the contract. */
const OTHER = "other";

const versions = ["live", "noncurrent"] as const;
type Version = (typeof versions)[number];

interface Count {
  bytes: number;
  objects: number;
}

/** Prefix -> version -> what is there. */
export type BucketUsage = ReadonlyMap<string, Readonly<Record<Version, Count>>>;

export interface ListedBucket {
  readonly usage: BucketUsage;
  /** Calls of the list, each of at most a thousand versions: class A operations, which are billed. */
  readonly listCalls: number;
}

export interface ListingOptions {
  readonly bucket: string;
  /** Folders that are told apart, each with its slash. */
  readonly prefixes: readonly string[];
  /** Address of Cloud Storage; "" is Google's. */
  readonly endpoint: string;
  readonly authClient?: StorageOptions["authClient"];
}

/** With `fields` the library hands over what Google answered, not files of its own. */
const listedFiles = z.array(
  z.object({ name: z.string(), size: z.string().default("0"), timeDeleted: z.string().optional() }),
);

/** Counts every version in the bucket, page by page: no more than a thousand of them are ever held. */
export async function listBucket({ bucket, prefixes, endpoint, authClient }: ListingOptions): Promise<ListedBucket> {
  const storage = new Storage({
    ...(endpoint === "" ? {} : { apiEndpoint: endpoint, useAuthWithCustomEndpoint: true }),
    ...(authClient === undefined ? {} : { authClient }),
  });
  const usage = new Map([...prefixes, OTHER].map((prefix) => [prefix, noUsage()]));
  let listCalls = 0;
  let pageToken: string | undefined;
  do {
    const [files, next] = await storage.bucket(bucket).getFiles({
      ...{ versions: true, autoPaginate: false, maxResults: 1000 },
      fields: "items(name,size,timeDeleted),nextPageToken",
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    listCalls += 1;
    for (const { name, size, timeDeleted } of listedFiles.parse(files)) {
      const prefix = prefixes.find((candidate) => name.startsWith(candidate)) ?? OTHER;
      const count = usage.get(prefix)?.[timeDeleted === undefined ? "live" : "noncurrent"];
      if (count === undefined) continue;
      count.objects += 1;
      count.bytes += Number(size);
    }
    pageToken = nextPageToken(next);
  } while (pageToken !== undefined);
  return { usage, listCalls };
}

/** The values of a listing: bytes and objects of each prefix and version, and the growth of each prefix that was there a month ago. */
export function usageMeasurements(usage: BucketUsage, monthAgo: readonly LatestValue[]): Measurement[] {
  return [...usage].flatMap(([prefix, counts]) => {
    const byVersion = versions.flatMap((version) => {
      const labels = { prefix, version };
      return [
        { metric: customMetrics.bucketBytes, labels, value: counts[version].bytes },
        { metric: customMetrics.bucketObjects, labels, value: counts[version].objects },
      ];
    });
    const now = counts.live.bytes + counts.noncurrent.bytes;
    const then = sum(monthAgo.filter(({ labels }) => labels["prefix"] === prefix));
    // From nothing there is no rate.
    if (then === 0) return byVersion;
    return [...byVersion, { metric: customMetrics.bucketMonthGrowth, labels: { prefix }, value: now / then - 1 }];
  });
}

/** The bytes of a month ago, as they were written then. */
export async function monthAgo(series: TimeSeries, now: Date): Promise<LatestValue[]> {
  const to = now.getTime() - MONTH_MS;
  return series.latest(customMetrics.bucketBytes, new Date(to - LOOK_BACK_MS), new Date(to));
}

/**
 * Whether the bucket is to be listed now: every hour while it had at most `hourlyUpTo` versions, then once a day, because a list
 * call is billed for each thousand.
 */
export async function listingIsDue(series: TimeSeries, now: Date, hourlyUpTo: number): Promise<boolean> {
  const from = new Date(now.getTime() - LOOK_BACK_MS);
  const last = await series.latest(customMetrics.bucketObjects, from, now);
  const newest = Math.max(0, ...last.map(({ at }) => at.getTime()));
  return sum(last) <= hourlyUpTo || now.getTime() - newest >= DAILY_MS;
}

function noUsage(): Record<Version, Count> {
  return { live: { bytes: 0, objects: 0 }, noncurrent: { bytes: 0, objects: 0 } };
}

function sum(values: readonly LatestValue[]): number {
  return values.reduce((total, { value }) => total + value, 0);
}

/** The library hands the next page's query over, or null after the last. */
function nextPageToken(query: unknown): string | undefined {
  if (typeof query !== "object" || query === null || !("pageToken" in query)) return undefined;
  return typeof query.pageToken === "string" ? query.pageToken : undefined;
}
