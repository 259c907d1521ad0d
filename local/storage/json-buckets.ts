// The JSON API's bucket methods. Buckets come and go by declaration only; their configuration can be edited, as in the cloud,
// so that a drift can be made and found.
import { createHash } from "node:crypto";
import type { ResourceStore } from "../store.ts";
import { presentInputs, type BucketConfiguration } from "./bucket-configuration.ts";
import { bucketProblems } from "./bucket-rules.ts";
import type { BucketRecord } from "./buckets.ts";
import type { Exchange } from "./exchange.ts";
import type { Caller } from "./gate.ts";
import { object, type JsonServices } from "./json-objects.ts";
import { lifecycleProblems } from "./lifecycle-problems.ts";
import type { LifecycleRule } from "./lifecycle.ts";
import { checkPreconditions, jsonPreconditions } from "./preconditions.ts";
import { invalid, notImplemented } from "./storage-error.ts";

export const memberType = "gcp:storage/bucketIAMMember:BucketIAMMember";

const editable = [
  ...[
    "storageClass",
    "labels",
    "cors",
    "lifecycle",
    "versioning",
    "softDeletePolicy",
    "iamConfiguration",
    "website",
    "rpo",
  ],
];
/** Parts of the resource that the server fills; a client that sends back what it read does no harm with them. */
const outputOnly = [
  ...["kind", "id", "selfLink", "name", "projectNumber", "location", "locationType", "metageneration", "timeCreated"],
  ...["updated", "etag", "generation", "acl", "defaultObjectAcl", "owner"],
];

export class JsonBuckets {
  private readonly services: JsonServices;
  private readonly store: ResourceStore;
  private readonly projectNumber: string;

  constructor(services: JsonServices, store: ResourceStore, projectNumber: string) {
    this.services = services;
    this.store = store;
    this.projectNumber = projectNumber;
  }

  list(exchange: Exchange, caller: Caller): void {
    const project = exchange.parameter("project");
    if (project === undefined) throw invalid("Required parameter: project");
    this.services.gate.requireOnProject(caller, "storage.buckets.list", project);
    const prefix = exchange.parameter("prefix") ?? "";
    const buckets = this.services.buckets
      .list()
      .filter(({ record }) => record.project === project && record.name.startsWith(prefix));
    exchange.sendJson(200, { kind: "storage#buckets", items: buckets.map(({ record }) => this.resource(record)) });
  }

  get(exchange: Exchange, caller: Caller, name: string): void {
    const bucket = this.services.buckets.get(name);
    this.services.gate.require(caller, "storage.buckets.get", bucket);
    const { metageneration } = bucket.record;
    checkPreconditions(jsonPreconditions(exchange.query), { generation: 0, metageneration }, "read");
    exchange.sendJson(200, this.resource(bucket.record));
  }

  async patch(exchange: Exchange, caller: Caller, name: string): Promise<void> {
    const bucket = this.services.buckets.get(name);
    this.services.gate.require(caller, "storage.buckets.update", bucket);
    const patch = await exchange.json();
    const unknown = Object.keys(patch).find((key) => !editable.includes(key) && !outputOnly.includes(key));
    if (unknown !== undefined) throw notImplemented(`the bucket's "${unknown}"`);
    const { metageneration } = bucket.record;
    checkPreconditions(jsonPreconditions(exchange.query), { generation: 0, metageneration }, "write");
    const merged = merge(
      bucket.record.configuration,
      Object.fromEntries(Object.entries(patch).filter(([key]) => editable.includes(key))),
    );
    exchange.sendJson(200, this.resource(this.services.buckets.configure(name, checked(merged)).record));
  }

  /** The bindings that were declared, as one policy. */
  policy(exchange: Exchange, caller: Caller, name: string): void {
    const bucket = this.services.buckets.get(name);
    this.services.gate.require(caller, "storage.buckets.getIamPolicy", bucket);
    exchange.sendJson(200, {
      kind: "storage#policy",
      resourceId: `projects/_/buckets/${name}`,
      version: 3,
      ...bucketPolicy(this.store, name),
    });
  }

  testPermissions(exchange: Exchange, caller: Caller, name: string): void {
    const bucket = this.services.buckets.get(name);
    const asked = exchange.query.getAll("permissions");
    const permissions = asked.filter((permission) => this.services.gate.may(caller, permission, bucket));
    exchange.sendJson(200, { kind: "storage#testIamPermissionsResponse", permissions });
  }

  private resource(record: BucketRecord): Record<string, unknown> {
    return bucketResource(record, this.services.endpoint(), this.projectNumber);
  }
}

/** The bucket resource of the JSON API. */
export function bucketResource(record: BucketRecord, endpoint: string, projectNumber: string): Record<string, unknown> {
  const { configuration, name, location, metageneration } = record;
  const { softDeletePolicy } = configuration;
  const kind = location.includes("-") ? "region" : /\d$/.test(location) ? "dual-region" : "multi-region";
  return {
    kind: "storage#bucket",
    id: name,
    selfLink: `${endpoint}/storage/v1/b/${name}`,
    name,
    projectNumber,
    location,
    locationType: kind,
    metageneration: String(metageneration),
    timeCreated: new Date(record.timeCreated).toISOString(),
    updated: new Date(record.updated).toISOString(),
    etag: Buffer.from(`${name}/${metageneration}`).toString("base64").slice(0, 12),
    ...configuration,
    softDeletePolicy: {
      retentionDurationSeconds: String(softDeletePolicy.retentionDurationSeconds),
      ...(softDeletePolicy.retentionDurationSeconds > 0
        ? { effectiveTime: new Date(record.softDeleteEffective).toISOString() }
        : {}),
    },
  };
}

/** Role -> members, from the members that stand in the store. */
export function bucketPolicy(store: ResourceStore, bucket: string): { bindings: object[]; etag: string } {
  const bindings = new Map<string, { role: string; members: string[]; condition?: unknown }>();
  for (const { inputs } of store.list(memberType)) {
    const { bucket: on, role, member, condition } = inputs;
    if (typeof on !== "string" || typeof role !== "string" || typeof member !== "string") continue;
    if (on.replace(/^b\//, "") !== bucket) continue;
    const key = JSON.stringify([role, condition ?? null]);
    const binding = bindings.get(key) ?? { role, members: [], ...(condition ? { condition } : {}) };
    binding.members.push(member);
    bindings.set(key, binding);
  }
  const list = [...bindings.values()];
  return { bindings: list, etag: createHash("sha256").update(JSON.stringify(list)).digest("base64").slice(0, 12) };
}

/** RFC 7396, with lists taken whole. */
function merge(present: object, patch: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...present };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else if (typeof value === "object" && !Array.isArray(value))
      merged[key] = merge(object(merged[key]), object(value));
    else merged[key] = value;
  }
  return merged;
}

/** Clients write `null` for a condition that they do not set. */
function ruleIn(rule: unknown): LifecycleRule {
  const { type, storageClass } = object(object(rule)["action"]);
  const given = Object.entries(object(object(rule)["condition"])).filter(([, value]) => value !== null);
  return {
    action: { type: String(type), ...(typeof storageClass === "string" ? { storageClass } : {}) },
    condition: Object.fromEntries(given),
  };
}

/** 400 with every problem when the result of a patch is no configuration that Google would take. */
function checked(merged: Record<string, unknown>): BucketConfiguration {
  const { cors, lifecycle, softDeletePolicy, iamConfiguration, storageClass, ...rest } = merged;
  const iam = object(iamConfiguration);
  const prevention = iam["publicAccessPrevention"];
  const rules = object(lifecycle)["rule"];
  const duration = object(softDeletePolicy)["retentionDurationSeconds"];
  const configuration = {
    ...rest,
    storageClass: typeof storageClass === "string" ? storageClass : "STANDARD",
    ...(Array.isArray(cors) && cors.length > 0 ? { cors } : {}),
    ...(Array.isArray(rules) && rules.length > 0 ? { lifecycle: { rule: rules.map(ruleIn) } } : {}),
    softDeletePolicy: { retentionDurationSeconds: Number(duration ?? 604_800) },
    iamConfiguration: {
      uniformBucketLevelAccess: { enabled: object(iam["uniformBucketLevelAccess"])["enabled"] === true },
      publicAccessPrevention: typeof prevention === "string" ? prevention : "inherited",
    },
  } as BucketConfiguration;
  const lifecycleReasons = lifecycleProblems(Array.isArray(rules) ? rules : []);
  const reasons =
    lifecycleReasons.length > 0
      ? lifecycleReasons.map(({ rule, field, reason }) => `lifecycle.rule[${rule}].${field}: ${reason}`)
      : bucketProblems(presentInputs({}, configuration)).map(({ property, reason }) => `${property}: ${reason}`);
  if (reasons.length > 0) throw invalid(reasons.join(" "));
  return configuration;
}
