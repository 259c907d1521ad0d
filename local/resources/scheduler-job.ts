// gcp.cloudscheduler.Job: an HTTP target that is called at its times. Types, replacements and computed values follow the published
// SDK's own declarations, which call `name` optional because the engine fills it in, and Google's API for what they do not say.
import { Cron } from "croner";
import type { CheckProblem, Kind, Scope } from "../provider/kind.ts";
import { objectOf, optionalObject, textOf } from "../run/property-readers.ts";
import { type Schedules, schedulerJobType } from "../run/schedules.ts";
import type { Properties, ResourceStore } from "../store.ts";
import { abandoned, deletionPolicyProblems, storedState } from "./stored-state.ts";
import { type AddProblem, between, oneOf, within } from "./value-rules.ts";

interface ScheduleDeps {
  readonly store: ResourceStore;
  readonly schedules: Schedules;
}

const methods = ["POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"];

export function schedulerJobKinds({ store, schedules }: ScheduleDeps): Record<string, Kind> {
  const idOf = (inputs: Properties, { project, region }: Scope): string =>
    `projects/${textOf(inputs, "project", project)}/locations/${textOf(inputs, "region", region)}/jobs/${textOf(inputs, "name")}`;
  const apply = (inputs: Properties, scope: Scope): Properties => {
    if (optionalObject(inputs, "httpTarget") === undefined) {
      throw new Error(
        `schedule "${textOf(inputs, "name")}": has no target that the local cloud can call; expected httpTarget. Deploy it to Google Cloud.`,
      );
    }
    schedules.set(idOf(inputs, scope), inputs);
    return {
      ...{ deletionPolicy: "DELETE", project: scope.project, region: scope.region, paused: false },
      ...inputs,
      state: inputs["paused"] === true ? "PAUSED" : "ENABLED",
      retryConfig: {
        ...{
          retryCount: 0,
          maxRetryDuration: "0s",
          minBackoffDuration: "5s",
          maxBackoffDuration: "3600s",
          maxDoublings: 5,
        },
        ...objectOf(inputs, "retryConfig"),
      },
    };
  };
  const kind: Kind = {
    grade: "real",
    check: schedulerJobProblems,
    idOf,
    create: async (inputs, scope) => apply(inputs, scope),
    read: async (id) => storedState(store, schedulerJobType, id),
    update: async (_id, _olds, news, scope) => apply(news, scope),
    async delete(id, olds) {
      if (!abandoned(`schedule "${id}"`, olds)) schedules.remove(id);
    },
  };
  return { [schedulerJobType]: kind };
}

/** cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs and cloud.google.com/scheduler/quotas */
export function schedulerJobProblems(inputs: Properties): CheckProblem[] {
  const problems = deletionPolicyProblems(inputs);
  const add: AddProblem = (property, reason) => void problems.push({ property, reason });
  const { name, schedule, description } = inputs;
  if (typeof name === "string" && !/^[A-Za-z0-9_-]{1,500}$/.test(name)) {
    add("name", `is no job name ("${name}"); expected 1 to 500 letters, digits, "_" and "-". Choose another.`);
  }
  if (typeof description === "string" && description.length > 499) {
    add("description", `is too long (${description.length} characters); expected at most 499. Shorten it.`);
  }
  if (schedule !== undefined) scheduleProblems(textOf(inputs, "schedule"), textOf(inputs, "timeZone", "Etc/UTC"), add);
  targetProblems(inputs, add);
  const retry = objectOf(inputs, "retryConfig");
  between(retry, "retryCount", [0, 5], "retryConfig", add);
  deadlineProblem(inputs, add);
  return problems;
}

function scheduleProblems(schedule: string, timeZone: string, add: AddProblem): void {
  try {
    Intl.DateTimeFormat("en", { timeZone });
  } catch {
    add("timeZone", `is no time zone ("${timeZone}"); expected one of the tz database, as Etc/UTC. Correct the value.`);
    return;
  }
  try {
    // Nicknames as @hourly are cron's, not Google's.
    const next = schedule.startsWith("@") ? null : new Cron(schedule, { timezone: timeZone, mode: "5-part" }).nextRun();
    if (next !== null) return;
  } catch {
    // Said below.
  }
  add(
    "schedule",
    `is no schedule ("${schedule}"); expected five fields of unix-cron, as "7 * * * *". Correct the value.`,
  );
}

function targetProblems(inputs: Properties, add: AddProblem): void {
  const targets = ["httpTarget", "pubsubTarget", "appEngineHttpTarget"];
  const given = targets.filter((target) => optionalObject(inputs, target) !== undefined);
  if (given.length === 0 && !targets.some((target) => target in inputs)) {
    add("httpTarget", `is missing; expected one of ${targets.join(", ")}. Add one.`);
  }
  const http = optionalObject(inputs, "httpTarget");
  if (http === undefined) return;
  oneOf(http, "httpMethod", "httpTarget.httpMethod", methods, add);
  const { uri, body } = http;
  if (typeof uri === "string" && !(URL.canParse(uri) && /^https?:\/\//.test(uri))) {
    add("httpTarget.uri", `is no address ("${uri}"); expected http:// or https:// and a host. Correct the value.`);
  }
  const [oauth, oidc] = [optionalObject(http, "oauthToken"), optionalObject(http, "oidcToken")];
  if (oauth !== undefined && oidc !== undefined) {
    add("httpTarget", "has two tokens (oauthToken and oidcToken); expected one. Keep oauthToken for Google's APIs.");
  }
  if (body !== undefined && !["POST", "PUT", "PATCH"].includes(textOf(http, "httpMethod", "POST"))) {
    add("httpTarget.body", `does not go with ${textOf(http, "httpMethod")}; expected POST, PUT or PATCH. Remove it.`);
  }
}

function deadlineProblem(inputs: Properties, add: AddProblem): void {
  const { attemptDeadline } = inputs;
  if (typeof attemptDeadline !== "string") return;
  const seconds = /^\d+(\.\d{1,9})?s$/.test(attemptDeadline) ? Number.parseFloat(attemptDeadline) : Number.NaN;
  if (within(seconds, 15, 1800)) return;
  add("attemptDeadline", `is no deadline ("${attemptDeadline}"); expected 15s to 1800s. Correct the value.`);
}
