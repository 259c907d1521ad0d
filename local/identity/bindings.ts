// The declared IAM members as one policy: who holds which role on what.
import { isObject } from "../provider/schema.ts";
import type { Properties, ResourceStore, StoredResource } from "../store.ts";
import { parseCondition, subjectOf } from "./condition.ts";
import { accountName, canonicalName, operator, projectNumber } from "./project.ts";
import { holds, impersonation, predefinedRole } from "./roles.ts";

const bucketType = "gcp:storage/bucket:Bucket";
const accountType = "gcp:serviceaccount/account:Account";
const customRoleType = "gcp:projects/iAMCustomRole:IAMCustomRole";

/** The IAM member types that have an effect, and the resource that a member of each is bound on. */
const boundOn: Readonly<Record<string, (values: Properties) => string>> = {
  "gcp:projects/iAMMember:IAMMember": (values) => `projects/${text(values, "project")}`,
  "gcp:storage/bucketIAMMember:BucketIAMMember": (values) =>
    `projects/_/buckets/${text(values, "bucket").replace(/^b\//, "")}`,
  // A managed folder's name ends in its slash: what is bound on it holds for every object below, and for nothing beside.
  "gcp:storage/managedFolderIamMember:ManagedFolderIamMember": (values) =>
    `projects/_/buckets/${text(values, "bucket").replace(/^b\//, "")}/objects/${text(values, "managedFolder")}`,
  "gcp:serviceaccount/iAMMember:IAMMember": (values) => text(values, "serviceAccountId"),
  "gcp:secretmanager/secretIamMember:SecretIamMember": (values) =>
    `projects/${text(values, "project")}/secrets/${last(text(values, "secretId"))}`,
  "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": (values) =>
    `projects/${text(values, "project")}/locations/${text(values, "location")}/services/${last(text(values, "name"))}`,
  "gcp:cloudrunv2/jobIamMember:JobIamMember": (values) =>
    `projects/${text(values, "project")}/locations/${text(values, "location")}/jobs/${last(text(values, "name"))}`,
};

interface Binding {
  readonly resource: string;
  readonly role: string;
  readonly member: string;
  /** CEL; "" is none. */
  readonly condition: string;
}

export class Bindings {
  private readonly store: ResourceStore;
  private readonly grantDelayMs: number;
  private readonly firstNeeded = new Map<string, number>();

  /** In Google's cloud a grant takes minutes to be known everywhere; here a member's grants are in force `grantDelayMs` after the first one is needed. */
  constructor(store: ResourceStore, grantDelayMs = Number(process.env["MUSIC_LIBRARY_GRANT_DELAY_MS"] ?? 0)) {
    this.store = store;
    this.grantDelayMs = grantDelayMs;
  }

  /** Whether the declared members give `permission` on `resource` to `principal`; undefined is anonymous. */
  allowed(principal: string | undefined, permission: string, resource: string): boolean {
    const name = canonicalName(resource);
    if (principal !== undefined && this.isDisabled(principal)) return false;
    if (principal === operator && !impersonation.includes(permission)) return true;
    const bucket = this.bucketOf(name);
    const parents = [name, ...(bucket === undefined ? [] : [`projects/${text(bucket.outputs, "project")}`])];
    const closedToAll = bucket?.inputs["publicAccessPrevention"] === "enforced";
    const granted = this.declared().some(
      (binding) =>
        parents.some((parent) => covers(binding.resource, parent)) &&
        isMember(principal, binding.member, closedToAll) &&
        holds(this.permissionsOf(binding.role) ?? [], permission) &&
        (binding.condition === "" || parseCondition(binding.condition)(subjectOf(name, projectNumber))),
    );
    return granted && this.isInForce(principal);
  }

  /** The permissions of a predefined or declared custom role; undefined where there is no such role here. */
  permissionsOf(role: string): readonly string[] | undefined {
    const permissions = this.store.get(customRoleType, role)?.inputs["permissions"];
    return Array.isArray(permissions)
      ? permissions.filter((permission) => typeof permission === "string")
      : predefinedRole(role);
  }

  private declared(): Binding[] {
    return Object.entries(boundOn).flatMap(([type, resourceOf]) =>
      this.store.list(type).map(({ inputs, outputs }) => {
        const values = { ...outputs, ...inputs };
        return {
          resource: canonicalName(resourceOf(values)),
          role: text(values, "role"),
          member: text(values, "member"),
          condition: conditionOf(values),
        };
      }),
    );
  }

  private isInForce(principal: string | undefined): boolean {
    if (this.grantDelayMs === 0 || principal === undefined) return true;
    const now = Date.now();
    const since = this.firstNeeded.get(principal) ?? now;
    this.firstNeeded.set(principal, since);
    return now - since >= this.grantDelayMs;
  }

  private isDisabled(principal: string): boolean {
    const email = /^serviceAccount:(.+)$/.exec(principal)?.[1];
    return email !== undefined && this.store.get(accountType, accountName(email))?.inputs["disabled"] === true;
  }

  private bucketOf(resource: string): StoredResource | undefined {
    const bucket = /^projects\/_\/buckets\/([^/]+)/.exec(resource)?.[1];
    return bucket === undefined ? undefined : this.store.get(bucketType, bucket);
  }
}

/** Whether `name` is the bound resource or lies in it. */
function covers(bound: string, name: string): boolean {
  return name === bound || name.startsWith(bound.endsWith("/") ? bound : `${bound}/`);
}

function isMember(principal: string | undefined, member: string, closedToAll: boolean): boolean {
  if (member === "allUsers") return !closedToAll;
  if (member === "allAuthenticatedUsers") return principal !== undefined && !closedToAll;
  // Google compares e-mails without regard to case.
  return principal?.toLowerCase() === member.toLowerCase();
}

/** The expression of an IAM member's condition; "" without one. */
export function conditionOf(values: Properties): string {
  const condition = values["condition"];
  return isObject(condition) ? text(condition, "expression") : "";
}

function text(values: Properties, name: string): string {
  const value = values[name];
  return typeof value === "string" ? value : "";
}

function last(name: string): string {
  return name.split("/").at(-1) ?? name;
}
