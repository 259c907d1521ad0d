// Service accounts: an RSA key and a name that can hold roles. Key files are refused: nothing here needs one.
import { createHash } from "node:crypto";
import { type Identity, uniqueIdOf } from "../identity/identity.ts";
import type { CheckProblem, Kind, Scope } from "../provider/kind.ts";
import type { Properties, ResourceStore } from "../store.ts";
import { abandoned, deletionPolicyProblems, storedState, textOf } from "./stored-state.ts";

export interface ServiceAccountDeps {
  readonly store: ResourceStore;
  readonly identity: Identity;
}

const accountType = "gcp:serviceaccount/account:Account";
// https://cloud.google.com/iam/docs/service-accounts-create: 6 to 30 characters.
const accountIdPattern = /^[a-z][-a-z0-9]{4,28}[a-z0-9]$/;

export function serviceAccountKinds({ store, identity }: ServiceAccountDeps): Record<string, Kind> {
  const account: Kind = {
    grade: "real",
    check: accountProblems,
    previewOutputs: (inputs, scope) => (textOf(inputs, "accountId") === "" ? {} : names(inputs, scope)),
    idOf: (inputs, scope) => textOf(names(inputs, scope), "name"),
    async create(inputs, scope) {
      const outputs = accountOutputs(inputs, scope);
      identity.keys.ensure(textOf(outputs, "email"));
      return outputs;
    },
    async read(id) {
      const stored = storedState(store, accountType, id);
      return stored !== undefined && identity.accountExists(textOf(stored.outputs, "email")) ? stored : undefined;
    },
    update: async (_id, olds, news, scope) => ({ ...olds.outputs, ...accountOutputs(news, scope) }),
    async delete(id, olds) {
      if (!abandoned(`service account "${id}"`, olds)) identity.keys.remove(textOf(olds.outputs, "email"));
    },
  };
  return { [accountType]: account, "gcp:serviceaccount/key:Key": keyFile };
}

/** Refused where it would be made; a plan for Google Cloud may hold one. */
const keyFile: Kind = {
  grade: "refused",
  note: "key files are not made here; containers have a metadata server and signBlob",
  idOf: (inputs) =>
    `${textOf(inputs, "serviceAccountId")}/keys/${createHash("sha1").update(JSON.stringify(inputs)).digest("hex")}`,
  create: () => Promise.reject(new Error("service account key: is not made by the local cloud")),
  read: () => Promise.resolve(undefined),
  update: () => Promise.reject(new Error("service account key: is not made by the local cloud")),
  delete: () => Promise.resolve(),
};

function accountProblems(inputs: Properties): CheckProblem[] {
  const problems = deletionPolicyProblems(inputs);
  const accountId = inputs["accountId"];
  if (typeof accountId === "string" && !accountIdPattern.test(accountId)) {
    problems.push({
      property: "accountId",
      reason: `is no account id ("${accountId}"); expected 6 to 30 lower-case letters, digits and hyphens, beginning with a letter and not ending in a hyphen. Choose another id.`,
    });
  }
  for (const [property, limit] of [["displayName", 100] as const, ["description", 256] as const]) {
    const length = Buffer.byteLength(textOf(inputs, property));
    if (length > limit) {
      problems.push({ property, reason: `is too long (${length} bytes); expected at most ${limit}. Shorten it.` });
    }
  }
  return problems;
}

function names(inputs: Properties, scope: Scope): Properties {
  const project = textOf(inputs, "project") === "" ? scope.project : textOf(inputs, "project");
  const email = `${textOf(inputs, "accountId")}@${project}.iam.gserviceaccount.com`;
  return { email, member: `serviceAccount:${email}`, name: `projects/${project}/serviceAccounts/${email}`, project };
}

function accountOutputs(inputs: Properties, scope: Scope): Properties {
  const named = names(inputs, scope);
  return {
    deletionPolicy: "DELETE",
    disabled: false,
    ...inputs,
    ...named,
    uniqueId: uniqueIdOf(textOf(named, "email")),
  };
}
