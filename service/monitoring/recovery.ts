import { z } from "zod";
import { customMetrics, type Measurement } from "./custom-metrics.ts";
import { type Caller, GoogleCallError, googleCall } from "./google-call.ts";

export interface RecoveryOptions {
  readonly auth: Caller;
  /** Address of the Cloud SQL Admin API; "" is Google's. */
  readonly endpoint: string;
  readonly project: string;
  /** Cloud SQL instance. */
  readonly instance: string;
}

const moment = z.iso.datetime({ offset: true });
const instanceAnswer = z.object({
  createTime: moment,
  settings: z.object({
    backupConfiguration: z
      .object({ enabled: z.boolean().default(false), pointInTimeRecoveryEnabled: z.boolean().default(false) })
      .default({ enabled: false, pointInTimeRecoveryEnabled: false }),
  }),
});
const runsAnswer = z.object({
  items: z.array(z.object({ status: z.string(), endTime: moment.optional() })).default([]),
  nextPageToken: z.string().optional(),
});
const recoveryAnswer = z.object({ latestRecoveryTime: moment });

/** How old the last backup and the latest second that can be restored are; each only where the instance has it turned on. */
export async function recoveryMeasurements(options: RecoveryOptions, now: Date): Promise<Measurement[]> {
  const { auth, instance } = options;
  const base = options.endpoint === "" ? "https://sqladmin.googleapis.com" : options.endpoint;
  const url = `${base}/v1/projects/${options.project}/instances/${instance}`;
  const get = async (path: string, what: string) =>
    googleCall<unknown>(auth, `sqladmin ${what} of "${instance}"`, { url: `${url}${path}`, method: "GET" });

  const { createTime, settings } = instanceAnswer.parse(await get("", "instances.get"));
  const { enabled, pointInTimeRecoveryEnabled } = settings.backupConfiguration;
  const labels = { instance };
  const measurements: Measurement[] = [];
  if (enabled) {
    // An instance that never had one has waited for it since it is there.
    const ended = (await lastBackupEnd((path) => get(path, "backupRuns.list"))) ?? createTime;
    measurements.push({ metric: customMetrics.backupAge, labels, value: secondsSince(ended, now) / 3600 });
  }
  if (pointInTimeRecoveryEnabled) {
    const latest = await latestRecoveryTime(() => get("/getLatestRecoveryTime", "instances.getLatestRecoveryTime"));
    const age = secondsSince(latest ?? createTime, now);
    measurements.push({ metric: customMetrics.recoveryPointAge, labels, value: age });
  }
  return measurements;
}

/** When the newest successful backup ended; runs come newest first. Undefined where there is none. */
async function lastBackupEnd(get: (path: string) => Promise<unknown>): Promise<string | undefined> {
  let pageToken: string | undefined;
  do {
    const query = new URLSearchParams({ maxResults: "50", ...(pageToken === undefined ? {} : { pageToken }) });
    const { items, nextPageToken } = runsAnswer.parse(await get(`/backupRuns?${query.toString()}`));
    const successful = items.find(({ status, endTime }) => status === "SUCCESSFUL" && endTime !== undefined);
    if (successful !== undefined) return successful.endTime;
    pageToken = nextPageToken;
  } while (pageToken !== undefined && pageToken !== "");
  return undefined;
}

/** Undefined while there is no point yet, which Google says with 400 or 404: logs go on from the first backup. */
async function latestRecoveryTime(get: () => Promise<unknown>): Promise<string | undefined> {
  try {
    return recoveryAnswer.parse(await get()).latestRecoveryTime;
  } catch (error) {
    if (error instanceof GoogleCallError && (error.status === 400 || error.status === 404)) return undefined;
    throw error;
  }
}

function secondsSince(moment: string, now: Date): number {
  return Math.max(0, (now.getTime() - Date.parse(moment)) / 1000);
}
