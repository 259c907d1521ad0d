// Cloud Scheduler of the local cloud: declared jobs with an HTTP target are called at their times, and on request.
import { setTimeout as sleep } from "node:timers/promises";
import { Cron } from "croner"; // five fields, time zones and leap days without code of our own
import type { Identity } from "../identity/identity.ts";
import type { Properties, ResourceStore } from "../store.ts";
import { numberOf, objectOf, optionalObject, textOf } from "./property-readers.ts";

export const schedulerJobType = "gcp:cloudscheduler/job:Job";

export interface SchedulesArgs {
  readonly store: ResourceStore;
  readonly identity: Identity;
  /** Pause before the first retry, milliseconds; doubled each time. Google's own 5 s unless given. */
  readonly firstPauseMs?: number;
}

/** How the last call of a schedule went. */
export interface Attempt {
  readonly lastAttemptTime: string;
  /** HTTP status of the answer; undefined where there was none. */
  readonly status: number | undefined;
}

export class Schedules {
  private readonly args: SchedulesArgs;
  private readonly timers = new Map<string, Cron>();
  private readonly attempts = new Map<string, Attempt>();

  constructor(args: SchedulesArgs) {
    this.args = args;
  }

  start(): void {
    for (const { id, inputs } of this.args.store.list(schedulerJobType)) this.set(id, inputs);
  }

  stop(): void {
    for (const timer of this.timers.values()) timer.stop();
    this.timers.clear();
  }

  /** Takes a declaration into force. */
  set(id: string, inputs: Properties): void {
    this.remove(id);
    if (inputs["paused"] === true) return;
    const options = { timezone: textOf(inputs, "timeZone", "Etc/UTC"), mode: "5-part", unref: true } as const;
    this.timers.set(id, new Cron(textOf(inputs, "schedule"), options, () => void this.call(id, inputs)));
  }

  remove(id: string): void {
    this.timers.get(id)?.stop();
    this.timers.delete(id);
  }

  attempt(id: string): Attempt | undefined {
    return this.attempts.get(id);
  }

  /** Calls the target in its account's name, again while it does not answer 2xx and retries are left. */
  async call(id: string, inputs: Properties): Promise<Attempt> {
    const retries = numberOf(objectOf(inputs, "retryConfig"), "retryCount", 0);
    for (let tried = 0; ; tried += 1) {
      const status = await this.callOnce(objectOf(inputs, "httpTarget"));
      const attempt = { lastAttemptTime: new Date().toISOString(), status };
      this.attempts.set(id, attempt);
      if ((status !== undefined && status < 300) || tried >= retries) return attempt;
      await sleep((this.args.firstPauseMs ?? 5_000) * 2 ** tried, undefined, { ref: false });
    }
  }

  private async callOnce(target: Properties): Promise<number | undefined> {
    const { identity } = this.args;
    const [oauth, oidc] = [optionalObject(target, "oauthToken"), optionalObject(target, "oidcToken")];
    const url = textOf(target, "uri");
    const token =
      oauth !== undefined
        ? identity.accessToken(`serviceAccount:${textOf(oauth, "serviceAccountEmail")}`).token
        : oidc !== undefined
          ? identity.accountIdToken(textOf(oidc, "serviceAccountEmail"), textOf(oidc, "audience", url))
          : undefined;
    const body = textOf(target, "body");
    try {
      const response = await fetch(url, {
        method: textOf(target, "httpMethod", "POST"),
        headers: {
          ...(objectOf(target, "headers") as Record<string, string>),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === "" ? {} : { body: Buffer.from(body, "base64") }),
        signal: AbortSignal.timeout(30_000),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return undefined;
    }
  }
}
