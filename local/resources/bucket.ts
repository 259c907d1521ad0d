// gcp.storage.Bucket and BucketIAMMember: declared here, done by the storage server of this machine.
import { createHash } from "node:crypto";
import { Bindings } from "../identity/bindings.ts";
import { assertEnforceable, memberProblems } from "../identity/iam-member.ts";
import type { CheckProblem, Kind, ResourceState, Scope } from "../provider/kind.ts";
import { configurationOf, presentInputs } from "../storage/bucket-configuration.ts";
import { bucketProblems } from "../storage/bucket-rules.ts";
import type { Bucket, BucketRecord } from "../storage/buckets.ts";
import { memberType } from "../storage/json-buckets.ts";
import type { StorageServer } from "../storage/server.ts";
import type { Properties, PropertyValue, ResourceStore } from "../store.ts";

export const bucketType = "gcp:storage/bucket:Bucket";

export interface BucketKindDependencies {
  readonly server: StorageServer;
  readonly store: ResourceStore;
}

/** What the storage server of this machine cannot do: refused by name when a bucket is made, planned like the rest. */
const missing: Readonly<Record<string, (value: PropertyValue) => boolean>> = {
  autoclass: (value) => field(value, "enabled") === true,
  customPlacementConfig: () => true,
  defaultEventBasedHold: (value) => value === true,
  enableObjectRetention: (value) => value === true,
  encryption: () => true,
  hierarchicalNamespace: (value) => field(value, "enabled") === true,
  ipFilter: (value) => field(value, "mode") === "Enabled",
  logging: () => true,
  requesterPays: (value) => value === true,
  retentionPolicy: () => true,
};

/** The kinds of this room, by type token. */
export function bucketKinds(dependencies: BucketKindDependencies): Record<string, Kind> {
  return { [bucketType]: bucketKind(dependencies), [memberType]: memberKind(dependencies) };
}

function bucketKind({ server }: BucketKindDependencies): Kind {
  const create = (inputs: Properties, scope: Scope): Properties => {
    refuseMissing(inputs);
    const project = text(inputs["project"]) ?? scope.project;
    const location = (text(inputs["location"]) ?? "").toUpperCase();
    const named = { name: text(inputs["name"]) ?? "", project, location };
    return outputsOf(server, server.buckets.create(named, configurationOf(inputs)), inputs);
  };
  return {
    grade: "real",
    check: (inputs) => [...bucketProblems(inputs), ...deletionPolicyProblems(inputs["deletionPolicy"])],
    idOf: (inputs) => text(inputs["name"]) ?? "",
    create: async (inputs, scope) => await Promise.resolve(create(inputs, scope)),
    read: async (id, known) => {
      const bucket = server.buckets.find(id);
      if (bucket === undefined) return undefined;
      const inputs = presentInputs(
        "name" in known.inputs ? known.inputs : { name: id, location: bucket.record.location, forceDestroy: false },
        bucket.record.configuration,
      );
      return { inputs, outputs: outputsOf(server, bucket, inputs) };
    },
    update: async (id, _olds, news) => {
      refuseMissing(news);
      return outputsOf(server, server.buckets.configure(id, configurationOf(news)), news);
    },
    delete: async (id, olds) => {
      const policy = text(olds.inputs["deletionPolicy"]);
      if (policy === "PREVENT") {
        throw new Error(
          `bucket "${id}": cannot be deleted (deletionPolicy PREVENT); expected DELETE. Change it first.`,
        );
      }
      if (policy === "ABANDON") return;
      remove(server, id, olds);
    },
  };
}

function remove(server: StorageServer, name: string, olds: ResourceState): void {
  try {
    server.buckets.delete(name, olds.inputs["forceDestroy"] === true);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`bucket "${name}": ${why} Delete its objects, or set forceDestroy and deploy that first.`, {
      cause,
    });
  }
}

/** Inputs plus what the provider computes, as the published one returns it. */
function outputsOf(server: StorageServer, { record }: Bucket, inputs: Properties): Properties {
  const { configuration, name } = record;
  const labels = { ...configuration.labels };
  return {
    ...inputs,
    name,
    project: record.project,
    location: record.location,
    projectNumber: Number(server.projectNumber),
    selfLink: `${server.endpoint}/storage/v1/b/${name}`,
    url: `gs://${name}`,
    storageClass: configuration.storageClass,
    forceDestroy: inputs["forceDestroy"] ?? false,
    deletionPolicy: inputs["deletionPolicy"] ?? "DELETE",
    effectiveLabels: labels,
    pulumiLabels: labels,
    publicAccessPrevention: configuration.iamConfiguration.publicAccessPrevention,
    uniformBucketLevelAccess: configuration.iamConfiguration.uniformBucketLevelAccess.enabled,
    rpo: configuration.rpo ?? (record.location.includes("-") ? "" : "DEFAULT"),
    softDeletePolicy: softDelete(record),
    timeCreated: new Date(record.timeCreated).toISOString(),
    updated: new Date(record.updated).toISOString(),
    ...(Array.isArray(inputs["lifecycleRules"]) ? { lifecycleRules: inputs["lifecycleRules"].map(withState) } : {}),
  };
}

function softDelete(record: BucketRecord): Properties {
  const { retentionDurationSeconds } = record.configuration.softDeletePolicy;
  const effectiveTime = retentionDurationSeconds > 0 ? new Date(record.softDeleteEffective).toISOString() : "";
  return { retentionDurationSeconds, effectiveTime };
}

/** The provider fills in which versions a rule means. */
function withState(rule: PropertyValue): PropertyValue {
  if (typeof rule !== "object" || rule === null || Array.isArray(rule)) return rule;
  const condition = rule["condition"];
  if (typeof condition !== "object" || condition === null || Array.isArray(condition)) return rule;
  return { ...rule, condition: { withState: "ANY", ...condition } };
}

function refuseMissing(inputs: Properties): void {
  const names = Object.keys(missing).filter((name) => {
    const value = inputs[name];
    return value !== undefined && value !== null && missing[name]?.(value) === true;
  });
  if (names.length === 0) return;
  throw new Error(
    `bucket "${text(inputs["name"]) ?? ""}": the storage server of the local cloud has no ${names.join(", ")}; ` +
      "expected none of them in a stack that runs here. Leave them to stacks in Google Cloud.",
  );
}

function deletionPolicyProblems(value: PropertyValue | undefined): CheckProblem[] {
  if (typeof value !== "string" || ["DELETE", "ABANDON", "PREVENT"].includes(value)) return [];
  return [{ property: "deletionPolicy", reason: `unknown value (${value}); expected DELETE, ABANDON or PREVENT.` }];
}

const basicRoles = ["roles/owner", "roles/editor", "roles/viewer"];

/** Basic roles are for projects; on a bucket they have no meaning. */
function basicRoleProblems(inputs: Properties): CheckProblem[] {
  const role = text(inputs["role"]);
  if (role === undefined || !basicRoles.includes(role)) return [];
  const reason = `is not supported for buckets (${role}); expected a role such as roles/storage.objectUser.`;
  return [{ property: "role", reason }];
}

/** The binding itself stands in the store, where whoever decides on access reads it. */
function memberKind({ server, store }: BucketKindDependencies): Kind {
  const bindings = new Bindings(store);
  const outputsFor = (inputs: Properties): Properties => ({
    ...inputs,
    // The published provider shows the bucket in this form whatever it was given.
    bucket: `b/${bucketNameOf(inputs)}`,
    etag: createHash("sha256").update(memberId(inputs)).digest("base64").slice(0, 12),
  });
  return {
    grade: "real",
    check: (inputs) => [...memberProblems(inputs), ...basicRoleProblems(inputs)],
    idOf: memberId,
    create: async (inputs) => {
      const name = bucketNameOf(inputs);
      const bucket = server.buckets.find(name);
      if (bucket === undefined) {
        throw new Error(
          `bucket "${name}": The specified bucket does not exist (Error 404, notFound). Declare it first.`,
        );
      }
      const prevented = bucket.record.configuration.iamConfiguration.publicAccessPrevention === "enforced";
      if (prevented && ["allUsers", "allAuthenticatedUsers"].includes(text(inputs["member"]) ?? "")) {
        throw new Error(
          `bucket "${name}": The member bindings allUsers and allAuthenticatedUsers are not allowed since public access ` +
            "prevention is enforced (Error 412, conditionNotMet). Name the members that need access.",
        );
      }
      assertEnforceable(inputs, bindings);
      return outputsFor(inputs);
    },
    read: async (id, known) => {
      const stored = store.get(memberType, id);
      const inputs = stored?.inputs ?? known.inputs;
      const there = stored !== undefined && server.buckets.find(bucketNameOf(inputs)) !== undefined;
      return there ? { inputs: known.inputs, outputs: outputsFor(inputs) } : undefined;
    },
    update: async (_id, _olds, news) => outputsFor(news),
    delete: async () => undefined,
  };
}

/** `b/NAME/ROLE/MEMBER`, and the condition where there is one. */
function memberId(inputs: Properties): string {
  const condition = inputs["condition"];
  const parts = ["title", "description", "expression"].map((name) => text(field(condition, name)) ?? "");
  const suffix = condition === undefined || condition === null ? "" : `/${parts.join("/")}`;
  return `b/${bucketNameOf(inputs)}/${text(inputs["role"]) ?? ""}/${text(inputs["member"]) ?? ""}${suffix}`;
}

function bucketNameOf(inputs: Properties): string {
  return (text(inputs["bucket"]) ?? "").replace(/^b\//, "");
}

function field(value: PropertyValue | undefined, name: string): PropertyValue | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value[name] : undefined;
}

function text(value: PropertyValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
