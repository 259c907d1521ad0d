// IAM members on projects, service accounts, secrets, managed folders, Cloud Run services and jobs: one grant each, in force as soon as it is stored.
import { createHash } from "node:crypto";
import type { Bindings } from "../identity/bindings.ts";
import { assertEnforceable, memberProblems } from "../identity/iam-member.ts";
import { canonicalName } from "../identity/project.ts";
import type { CheckProblem, Kind, Scope } from "../provider/kind.ts";
import { isObject } from "../provider/schema.ts";
import type { Properties, ResourceStore } from "../store.ts";
import { storedState, textOf } from "./stored-state.ts";

export interface IamMemberDeps {
  readonly store: ResourceStore;
  readonly bindings: Bindings;
}

interface IamMemberSpec {
  readonly type: string;
  /** The name of what is granted on, as it stands in the provider's ids. */
  readonly resourceOf: (values: Properties) => string;
  /** Properties that the provider fills in from its own configuration. */
  readonly scoped: readonly ("project" | "location")[];
  readonly check?: (inputs: Properties) => CheckProblem[];
  /** The resource that must exist, as type and id; undefined when it cannot be missing. */
  readonly target?: (values: Properties) => { type: string; id: string };
}

const specs: readonly IamMemberSpec[] = [
  {
    type: "gcp:projects/iAMMember:IAMMember",
    resourceOf: (values) => textOf(values, "project"),
    scoped: [],
    check: projectMemberProblems,
  },
  {
    type: "gcp:serviceaccount/iAMMember:IAMMember",
    resourceOf: (values) => textOf(values, "serviceAccountId"),
    scoped: [],
    check: accountIdProblems,
    target: (values) => ({ type: "gcp:serviceaccount/account:Account", id: textOf(values, "serviceAccountId") }),
  },
  {
    type: "gcp:secretmanager/secretIamMember:SecretIamMember",
    resourceOf: (values) => `projects/${textOf(values, "project")}/secrets/${last(textOf(values, "secretId"))}`,
    scoped: ["project"],
    target: (values) => ({
      type: "gcp:secretmanager/secret:Secret",
      id: `projects/${textOf(values, "project")}/secrets/${last(textOf(values, "secretId"))}`,
    }),
  },
  {
    type: "gcp:storage/managedFolderIamMember:ManagedFolderIamMember",
    resourceOf: (values) =>
      `b/${textOf(values, "bucket").replace(/^b\//, "")}/managedFolders/${textOf(values, "managedFolder")}`,
    scoped: [],
    target: (values) => ({
      type: "gcp:storage/managedFolder:ManagedFolder",
      id: `${textOf(values, "bucket").replace(/^b\//, "")}/${textOf(values, "managedFolder")}`,
    }),
  },
  {
    type: "gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
    resourceOf: runName("services"),
    scoped: ["project", "location"],
    target: (values) => ({ type: "gcp:cloudrunv2/service:Service", id: runName("services")(values) }),
  },
  {
    type: "gcp:cloudrunv2/jobIamMember:JobIamMember",
    resourceOf: runName("jobs"),
    scoped: ["project", "location"],
    target: (values) => ({ type: "gcp:cloudrunv2/job:Job", id: runName("jobs")(values) }),
  },
];

export function iamMemberKinds(deps: IamMemberDeps): Record<string, Kind> {
  return Object.fromEntries(specs.map((spec) => [spec.type, iamMemberKind(spec, deps)]));
}

function iamMemberKind(spec: IamMemberSpec, { store, bindings }: IamMemberDeps): Kind {
  const valuesOf = (inputs: Properties, scope: Scope): Properties => scopedValues(spec, inputs, scope);
  return {
    grade: "real",
    check: (inputs) => [...memberProblems(inputs), ...(spec.check?.(inputs) ?? [])],
    idOf: (inputs, scope) => memberId(spec.resourceOf(valuesOf(inputs, scope)), inputs),
    async create(inputs, scope) {
      const values = valuesOf(inputs, scope);
      assertEnforceable(values, bindings);
      const target = spec.target?.(values);
      if (target !== undefined && store.get(target.type, canonicalName(target.id, scope.project)) === undefined) {
        throw new Error(
          `IAM member "${textOf(values, "member")}": what it is granted on does not exist (${target.id}); expected a declared resource. Declare it, or refer to it by its output.`,
        );
      }
      return { ...values, etag: etagOf(values) };
    },
    read: async (id) => storedState(store, spec.type, id),
    update: async (_id, olds, news) => ({ ...olds.outputs, ...news }),
    delete: async () => undefined,
  };
}

/** The id that the real provider gives: resource/role/member, and the condition where there is one. */
export function memberId(resource: string, values: Properties): string {
  const member = textOf(values, "member").replace(/^[a-zA-Z]+:(?!\/\/).*$/, (whole) => {
    const colon = whole.indexOf(":");
    return `${whole.slice(0, colon)}:${whole.slice(colon + 1).toLowerCase()}`;
  });
  const condition = values["condition"];
  const suffix = isObject(condition)
    ? `/${textOf(condition, "title")}/${textOf(condition, "description")}/${textOf(condition, "expression")}`
    : "";
  return `${resource}/${textOf(values, "role")}/${member}${suffix}`;
}

/** As Google's: opaque, and another one for another grant. */
export function etagOf(values: Properties): string {
  return createHash("sha256").update(JSON.stringify(values)).digest("base64").slice(0, 12);
}

function scopedValues(spec: IamMemberSpec, inputs: Properties, scope: Scope): Properties {
  const filled: Properties = { ...inputs };
  const named = /^projects\/([^/]+)\/(?:locations\/([^/]+)\/)?/.exec(
    textOf(inputs, "secretId") + textOf(inputs, "name"),
  );
  for (const property of spec.scoped) {
    if (textOf(filled, property) !== "") continue;
    filled[property] = property === "project" ? (named?.[1] ?? scope.project) : (named?.[2] ?? scope.region);
  }
  return filled;
}

/** The name of what runs in Cloud Run, of either kind. */
function runName(kind: "services" | "jobs"): (values: Properties) => string {
  return (values) =>
    `projects/${textOf(values, "project")}/locations/${textOf(values, "location")}/${kind}/${last(textOf(values, "name"))}`;
}

function last(name: string): string {
  return name.split("/").at(-1) ?? name;
}

function projectMemberProblems(inputs: Properties): CheckProblem[] {
  const member = textOf(inputs, "member");
  if (member !== "allUsers" && member !== "allAuthenticatedUsers") return [];
  return [
    {
      property: "member",
      reason: `cannot be granted a role on a project ("${member}"); expected a named principal. Grant on the single resource.`,
    },
  ];
}

function accountIdProblems(inputs: Properties): CheckProblem[] {
  const id = inputs["serviceAccountId"];
  if (typeof id !== "string" || /^projects\/[^/]+\/serviceAccounts\/[^/@]+@[^/]+$/.test(id)) return [];
  return [
    {
      property: "serviceAccountId",
      reason: `is no service account's name ("${id}"); expected projects/PROJECT/serviceAccounts/EMAIL. Use the account's output "name".`,
    },
  ];
}
