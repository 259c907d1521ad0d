// gcp.cloudrunv2.Service: declared here, run by the runner as processes of this machine.
import type { CheckProblem, Kind, Scope } from "../provider/kind.ts";
import { objectOf, objectsOf, optionalObject, textOf, textsOf } from "../run/property-readers.ts";
import { type Runner, serviceType } from "../run/runner.ts";
import { unsupportedParts } from "../run/service-limits.ts";
import { serviceSpec } from "../run/service-spec.ts";
import type { Properties, ResourceStore } from "../store.ts";
import { storedState } from "./stored-state.ts";

interface CloudRunDeps {
  readonly store: ResourceStore;
  readonly runner: Runner;
}

const ingresses = ["INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"];
// https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/create
const serviceName = /^[a-z](?:[-a-z0-9]{0,47}[a-z0-9])?$/;

export function cloudRunKinds({ store, runner }: CloudRunDeps): Record<string, Kind> {
  const deploy = async (inputs: Properties, scope: Scope, previous?: Properties): Promise<Properties> => {
    refuseUnsupported(inputs);
    const before = previous === undefined ? undefined : serviceSpec(previous, scope);
    const { record, uri } = await runner.deploy(serviceSpec(inputs, scope), before);
    const { id } = serviceSpec(inputs, scope);
    return {
      deletionPolicy: "DELETE",
      project: scope.project,
      ...inputs,
      uri,
      urls: [uri],
      uid: record.uid,
      createTime: record.createTime,
      updateTime: record.updateTime,
      generation: String(record.generation),
      observedGeneration: String(record.generation),
      latestReadyRevision: `${id}/revisions/${record.revision}`,
      latestCreatedRevision: `${id}/revisions/${record.revision}`,
      reconciling: false,
    };
  };
  const service: Kind = {
    grade: "real",
    check: serviceProblems,
    idOf: (inputs, scope) => serviceSpec(inputs, scope).id,
    create: (inputs, scope) => deploy(inputs, scope),
    async read(id, known) {
      const stored = storedState(store, serviceType, id);
      const name = textOf(known.inputs, "name", id.split("/").at(-1) ?? "");
      return stored !== undefined && runner.record(name) !== undefined ? stored : undefined;
    },
    update: (_id, olds, news, scope) => deploy(news, scope, olds.inputs),
    async delete(id, olds, scope) {
      if (olds.inputs["deletionProtection"] === true) {
        throw new Error(
          `service "${id}": cannot be destroyed (deletionProtection true); expected false. Set it, run an update, then destroy.`,
        );
      }
      await runner.remove(serviceSpec(olds.inputs, scope));
    },
  };
  return { [serviceType]: service };
}

function refuseUnsupported(inputs: Properties): void {
  const parts = unsupportedParts(inputs);
  if (parts.length > 0) {
    throw new Error(
      `service "${textOf(inputs, "name")}": has what the local cloud has not (${parts.join("; ")}); expected none of it. Deploy it to Google Cloud.`,
    );
  }
}

/** Google's value rules; every problem. */
function serviceProblems(inputs: Properties): CheckProblem[] {
  const problems: CheckProblem[] = [];
  const name = textOf(inputs, "name");
  if (name !== "" && !serviceName.test(name)) {
    problems.push({
      property: "name",
      reason: `is no service name ("${name}"); expected 1 to 49 lower-case letters, digits and hyphens. Choose another.`,
    });
  }
  const ingress = textOf(inputs, "ingress");
  if (ingress !== "" && !ingresses.includes(ingress)) {
    problems.push({ property: "ingress", reason: `is not known ("${ingress}"); expected ${ingresses.join(", ")}.` });
  }
  return [...problems, ...containerProblems(objectOf(inputs, "template"))];
}

function containerProblems(template: Properties): CheckProblem[] {
  const problems: CheckProblem[] = [];
  const containers = objectsOf(template, "containers");
  const names = containers.map((container) => textOf(container, "name"));
  const volumes = objectsOf(template, "volumes").map((volume) => textOf(volume, "name"));
  const withPorts = containers.filter((container) => optionalObject(container, "ports") !== undefined);
  if (containers.length > 1 && withPorts.length !== 1) {
    problems.push({
      property: "template.containers",
      reason: `${withPorts.length} containers have ports; expected exactly one, which takes the requests.`,
    });
  }
  containers.forEach((container, index) => {
    const at = `template.containers[${index}]`;
    for (const mount of objectsOf(container, "volumeMounts")) {
      const volume = textOf(mount, "name");
      if (volume !== "" && !volumes.includes(volume)) {
        problems.push({
          property: `${at}.volumeMounts`,
          reason: `names a volume that is not declared ("${volume}"); expected one of ${volumes.join(", ")}.`,
        });
      }
    }
    for (const other of textsOf(container, "dependsOns")) {
      if (!names.includes(other)) {
        problems.push({
          property: `${at}.dependsOns`,
          reason: `names a container that is not declared ("${other}"); expected one of ${names.join(", ")}.`,
        });
      }
    }
  });
  return problems;
}
