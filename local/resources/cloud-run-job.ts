// gcp.cloudrunv2.Job: declared here, executed as a process of this machine when somebody starts it.
import type { CheckProblem, Kind, Scope } from "../provider/kind.ts";
import { type Jobs, jobSpec, jobType } from "../run/jobs.ts";
import { numberOf, objectOf, objectsOf, textOf } from "../run/property-readers.ts";
import { unsupportedParts } from "../run/service-limits.ts";
import type { Properties, ResourceStore } from "../store.ts";
import { containerProblems } from "./cloud-run-container-rules.ts";
import { uuidOf } from "./recorded-ids.ts";
import { abandoned, deletionPolicyProblems, storedState } from "./stored-state.ts";
import { type AddProblem, between, within } from "./value-rules.ts";

interface JobDeps {
  readonly store: ResourceStore;
  readonly jobs: Jobs;
}

const DAY = 86_400;

export function cloudRunJobKinds({ store, jobs }: JobDeps): Record<string, Kind> {
  const deploy = (inputs: Properties, scope: Scope, previous?: Properties): Properties => {
    refuseUnsupported(inputs);
    jobs.checkAccount(jobSpec(inputs, scope));
    return jobOutputs(inputs, scope, previous);
  };
  const kind: Kind = {
    grade: "real",
    note: "one task at a time, no limits on processor and memory",
    check: jobProblems,
    idOf: (inputs, scope) => jobSpec(inputs, scope).id,
    create: async (inputs, scope) => deploy(inputs, scope),
    read: async (id) => storedState(store, jobType, id),
    update: async (_id, olds, news, scope) => deploy(news, scope, olds.outputs),
    async delete(id, olds) {
      if (olds.inputs["deletionProtection"] !== false) {
        throw new Error(
          `job "${id}": cannot be destroyed (deletionProtection true); expected deletionProtection false. Set it, run an update, then destroy.`,
        );
      }
      abandoned(`job "${id}"`, olds);
    },
  };
  return { [jobType]: kind };
}

/** Everything that Google's API would refuse; unknown values are missing. */
export function jobProblems(inputs: Properties): CheckProblem[] {
  const problems = deletionPolicyProblems(inputs);
  const add: AddProblem = (property, reason) => void problems.push({ property, reason });
  const { name } = inputs;
  if (typeof name === "string" && !/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
    add(
      "name",
      `is no job name ("${name}"); expected 1 to 63 lower-case letters, digits and hyphens, beginning with a letter and not ending in a hyphen. Choose another name.`,
    );
  }
  const execution = objectOf(inputs, "template");
  between(execution, "taskCount", [1, 10_000], "template", add);
  between(execution, "parallelism", [0, 10_000], "template", add);
  const task = objectOf(execution, "template");
  between(task, "maxRetries", [0, 10], "template.template", add);
  const { timeout } = task;
  if (
    typeof timeout === "string" &&
    !(/^\d+(\.\d+)?s$/.test(timeout) && within(Number.parseFloat(timeout), 1, 7 * DAY))
  ) {
    add("template.template.timeout", `is no time-out ("${timeout}"); expected 1s to ${7 * DAY}s. Correct the value.`);
  }
  // The same rules as for a service, one level deeper.
  containerProblems(task, (property, reason) => add(`template.${property}`, reason));
  return problems;
}

function refuseUnsupported(inputs: Properties): void {
  const execution = objectOf(inputs, "template");
  const task = objectOf(execution, "template");
  const parts = [
    ...unsupportedParts({ template: task }),
    ...(numberOf(execution, "taskCount", 1) === 1 ? [] : ["more than one task"]),
    ...(objectsOf(task, "containers").length === 1 ? [] : ["more than one container"]),
    ...["startExecutionToken", "runExecutionToken"].filter((name) => name in inputs),
  ];
  if (parts.length === 0) return;
  throw new Error(
    `job "${textOf(inputs, "name")}": has what the local cloud has not (${parts.join("; ")}); expected none of it. Deploy it to Google Cloud.`,
  );
}

function jobOutputs(inputs: Properties, scope: Scope, previous: Properties = {}): Properties {
  const now = new Date().toISOString();
  const labels = { "goog-pulumi-provisioned": "true", ...objectOf(inputs, "labels") };
  const generation = String(Number(textOf(previous, "generation", "0")) + 1);
  return {
    ...{ deletionPolicy: "DELETE", project: scope.project, launchStage: "GA", client: "", clientVersion: "" },
    ...inputs,
    ...{
      uid: textOf(previous, "uid", uuidOf(inputs)),
      etag: `"${generation}"`,
      generation,
      observedGeneration: generation,
    },
    ...{ createTime: textOf(previous, "createTime", now), updateTime: now, deleteTime: "", expireTime: "" },
    ...{ creator: "", lastModifier: "", executionCount: 0, latestCreatedExecutions: [], reconciling: false },
    ...{ conditions: [], terminalConditions: [] },
    ...{ effectiveLabels: labels, pulumiLabels: labels, effectiveAnnotations: objectOf(inputs, "annotations") },
  };
}
