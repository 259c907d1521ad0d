// Cloud Run's value rules for services, beyond types: https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
import type { CheckProblem } from "../provider/kind.ts";
import { numberOf, objectOf, objectsOf, optionalObject } from "../run/property-readers.ts";
import type { Properties } from "../store.ts";
import { containerProblems } from "./cloud-run-container-rules.ts";
import { deletionPolicyProblems } from "./stored-state.ts";
import { type AddProblem, between, oneOf, versionProblem, within } from "./value-rules.ts";

const serviceName = /^[a-z](?:[-a-z0-9]{0,47}[a-z0-9])?$/;
const sets: Readonly<Record<string, readonly string[]>> = {
  ingress: ["INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"],
  launchStage: ["UNIMPLEMENTED", "PRELAUNCH", "EARLY_ACCESS", "ALPHA", "BETA", "GA", "DEPRECATED"],
};
const environments = ["EXECUTION_ENVIRONMENT_GEN1", "EXECUTION_ENVIRONMENT_GEN2"];

/** Everything that Google's API would refuse; unknown values are missing. */
export function serviceProblems(inputs: Properties): CheckProblem[] {
  const problems = deletionPolicyProblems(inputs);
  const add: AddProblem = (property, reason) => void problems.push({ property, reason });
  const name = inputs["name"];
  if (typeof name === "string" && !serviceName.test(name)) {
    add(
      "name",
      `is no service name ("${name}"); expected 1 to 49 lower-case letters, digits and hyphens, beginning with a letter and not ending in a hyphen. Choose another name.`,
    );
  }
  for (const [property, allowed] of Object.entries(sets)) oneOf(inputs, property, property, allowed, add);
  const template = objectOf(inputs, "template");
  oneOf(template, "executionEnvironment", "template.executionEnvironment", environments, add);
  templateProblems(template, add);
  volumeProblems(template, add);
  containerProblems(template, add);
  return problems;
}

function templateProblems(template: Properties, add: AddProblem): void {
  between(template, "maxInstanceRequestConcurrency", [1, 1000], "template", add);
  const timeout = template["timeout"];
  if (typeof timeout === "string" && !(/^\d+(\.\d+)?s$/.test(timeout) && within(Number.parseFloat(timeout), 1, 3600))) {
    add("template.timeout", `is no time-out ("${timeout}"); expected 1s to 3600s. Correct the value.`);
  }
  const scaling = objectOf(template, "scaling");
  between(scaling, "minInstanceCount", [0, 1000], "template.scaling", add);
  between(scaling, "maxInstanceCount", [1, 1000], "template.scaling", add);
  const least = numberOf(scaling, "minInstanceCount", 0);
  const most = numberOf(scaling, "maxInstanceCount", 1000);
  if (least > most) {
    add(
      "template.scaling.minInstanceCount",
      `is above maxInstanceCount (${least} and ${most}); expected at most ${most}. Lower it or raise the other.`,
    );
  }
}

function volumeProblems(template: Properties, add: AddProblem): void {
  const names = new Set<string>();
  objectsOf(template, "volumes").forEach((volume, index) => {
    const at = `template.volumes[${index}]`;
    const { name = "" } = volume;
    if (typeof name !== "string") return;
    if (name !== "" && names.has(name))
      add(`${at}.name`, `is used twice ("${name}"); expected another one. Rename the volume.`);
    names.add(name);
    if (name !== "" && !/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
      add(
        `${at}.name`,
        `is no volume name ("${name}"); expected 1 to 63 lower-case letters, digits and hyphens. Rename it.`,
      );
    }
    const kinds = ["secret", "emptyDir", "cloudSqlInstance", "gcs", "nfs"].filter((kind) => kind in volume);
    if (kinds.length > 1) {
      add(at, `has ${kinds.length} sources (${kinds.join(", ")}); expected exactly one. Keep one source.`);
    }
    const secret = optionalObject(volume, "secret");
    if (secret !== undefined) secretProblems(secret, `${at}.secret`, add);
  });
}

function secretProblems(secret: Properties, at: string, add: AddProblem): void {
  between(secret, "defaultMode", [0, 0o777], at, add);
  objectsOf(secret, "items").forEach((item, index) => {
    const { path } = item;
    if (typeof path === "string" && (path === "" || path.startsWith("/") || path.split("/").includes(".."))) {
      add(
        `${at}.items[${index}].path`,
        `leaves its volume ("${path}"); expected a relative path without "..". Correct the path.`,
      );
    }
    between(item, "mode", [0, 0o777], `${at}.items[${index}]`, add);
    versionProblem(item, `${at}.items[${index}].version`, add);
  });
}
