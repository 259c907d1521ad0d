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

/** Asks below the instance: a path, what that is in errors, and the answer's form. */
type Get = <Answer>(path: string, what: string, schema: z.ZodType<Answer>) => Promise<Answer>;

/** How old the last backup and the latest second that can be restored are; each only where the instance has it turned on. */
export async function recoveryMeasurements(options: RecoveryOptions, now: Date): Promise<Measurement[]> {
  const { auth, instance } = options;
  const base = options.endpoint === "" ? "https://sqladmin.googleapis.com" : options.endpoint;
  const url = `${base}/v1/projects/${options.project}/instances/${instance}`;
  const get: Get = async (path, what, schema) =>
    googleCall(auth, `sqladmin ${what} of "${instance}"`, schema, { url: `${url}${path}`, method: "GET" });

  const { createTime, settings } = await get("", "instances.get", instanceAnswer);
  const { enabled, pointInTimeRecoveryEnabled } = settings.backupConfiguration;
  const labels = { instance };
  const measurements: Measurement[] = [];
  if (enabled) {
    // An instance that never had one has waited for it since it is there.
    const ended = (await lastBackupEnd(get)) ?? createTime;
    measurements.push({ metric: customMetrics.backupAge, labels, value: secondsSince(ended, now) / 3600 });
  }
  if (pointInTimeRecoveryEnabled) {
    const age = secondsSince((await latestRecoveryTime(get)) ?? createTime, now);
    measurements.push({ metric: customMetrics.recoveryPointAge, labels, value: age });
  }
  return measurements;
}

/** When the newest successful backup ended; runs come newest first. Undefined where there is none. */
async function lastBackupEnd(get: Get): Promise<string | undefined> {
  let pageToken: string | undefined;
  do {
    const query = new URLSearchParams({ maxResults: "50", ...(pageToken === undefined ? {} : { pageToken }) });
    const path = `/backupRuns?${query.toString()}`;
    const { items, nextPageToken } = await get(path, "backupRuns.list", runsAnswer);
    const successful = items.find(({ status, endTime }) => status === "SUCCESSFUL" && endTime !== undefined);
    if (successful !== undefined) return successful.endTime;
    pageToken = nextPageToken;
  } while (pageToken !== undefined && pageToken !== "");
  return undefined;
}

/** Undefined while there is no point yet, which Google says with 400 or 404: logs go on from the first backup. */
async function latestRecoveryTime(get: Get): Promise<string | undefined> {
  try {
    const what = "instances.getLatestRecoveryTime";
    return (await get("/getLatestRecoveryTime", what, recoveryAnswer)).latestRecoveryTime;
  } catch (error) {
    if (error instanceof GoogleCallError && (error.status === 400 || error.status === 404)) return undefined;
    throw error;
  }
}

function secondsSince(moment: string, now: Date): number {
  return Math.max(0, (now.getTime() - Date.parse(moment)) / 1000);
}
