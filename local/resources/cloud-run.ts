// gcp.cloudrunv2.Service: declared here, run by the runner as processes of this machine.
import { createHash } from "node:crypto";
import type { Kind, Scope } from "../provider/kind.ts";
import { operator } from "../identity/project.ts";
import { numberOf, objectOf, textOf } from "../run/property-readers.ts";
import type { ServiceRecord } from "../run/running-service.ts";
import { type Runner, serviceType } from "../run/runner.ts";
import { unsupportedParts } from "../run/service-limits.ts";
import { serviceSpec } from "../run/service-spec.ts";
import type { Properties, ResourceStore } from "../store.ts";
import { serviceProblems } from "./cloud-run-rules.ts";
import { abandoned, storedState } from "./stored-state.ts";

interface CloudRunDeps {
  readonly store: ResourceStore;
  readonly runner: Runner;
}

export function cloudRunKinds({ store, runner }: CloudRunDeps): Record<string, Kind> {
  const deploy = async (inputs: Properties, scope: Scope, previous?: Properties): Promise<Properties> => {
    refuseUnsupported(inputs);
    const before = previous === undefined ? undefined : serviceSpec(previous, scope);
    const { record, uri } = await runner.deploy(serviceSpec(inputs, scope), before);
    return serviceOutputs(inputs, scope, record, uri);
  };
  const service: Kind = {
    grade: "real",
    note: "one instance whatever the scaling, no limits on processor and memory",
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
      if (olds.inputs["deletionProtection"] !== false) {
        throw new Error(
          `service "${id}": cannot be destroyed (deletionProtection true); expected deletionProtection false. Set it, run an update, then destroy.`,
        );
      }
      if (!abandoned(`service "${id}"`, olds)) await runner.remove(serviceSpec(olds.inputs, scope));
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

/** What the provider returns once the service is ready, with the address of this machine. */
function serviceOutputs(inputs: Properties, scope: Scope, record: ServiceRecord, uri: string): Properties {
  const { id } = serviceSpec(inputs, scope);
  const labels = { "goog-pulumi-provisioned": "true", ...objectOf(inputs, "labels") };
  const revision = `${id}/revisions/${record.revision}`;
  const template = objectOf(inputs, "template");
  return {
    deletionPolicy: "DELETE",
    project: scope.project,
    ingress: "INGRESS_TRAFFIC_ALL",
    launchStage: "GA",
    traffics: [{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent: 100 }],
    ...inputs,
    template: {
      timeout: "300s",
      maxInstanceRequestConcurrency: 80,
      scaling: { maxInstanceCount: numberOf(objectOf(template, "scaling"), "maxInstanceCount", 100) },
      ...template,
    },
    uri,
    urls: [uri],
    uid: record.uid,
    etag: `"${createHash("sha256").update(JSON.stringify(record)).digest("base64url").slice(0, 30)}"`,
    creator: operator.slice("user:".length),
    lastModifier: operator.slice("user:".length),
    createTime: record.createTime,
    updateTime: record.updateTime,
    deleteTime: "",
    expireTime: "",
    generation: String(record.generation),
    observedGeneration: String(record.generation),
    latestReadyRevision: revision,
    latestCreatedRevision: revision,
    reconciling: false,
    conditions: ["RoutesReady", "ConfigurationsReady"].map((type) => succeeded(type, record)),
    terminalConditions: [succeeded("Ready", record)],
    trafficStatuses: [{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent: 100, revision: "", tag: "", uri: "" }],
    effectiveLabels: labels,
    pulumiLabels: labels,
    effectiveAnnotations: objectOf(inputs, "annotations"),
  };
}

function succeeded(type: string, record: ServiceRecord): Properties {
  const none = { message: "", reason: "", revisionReason: "", executionReason: "", severity: "" };
  return { type, state: "CONDITION_SUCCEEDED", lastTransitionTime: record.updateTime, ...none };
}
