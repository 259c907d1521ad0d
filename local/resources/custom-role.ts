// Custom roles of a project: exactly the permissions that they list.
import type { CheckProblem, Kind, Scope } from "../provider/kind.ts";
import type { Properties, ResourceStore } from "../store.ts";
import { abandoned, deletionPolicyProblems, storedState, textOf } from "./stored-state.ts";

const customRoleType = "gcp:projects/iAMCustomRole:IAMCustomRole";
const stages = ["ALPHA", "BETA", "GA", "DEPRECATED", "DISABLED", "EAP"];

export function customRoleKinds({ store }: { readonly store: ResourceStore }): Record<string, Kind> {
  const outputsOf = (inputs: Properties, scope: Scope): Properties => {
    const project = textOf(inputs, "project") === "" ? scope.project : textOf(inputs, "project");
    const name = `projects/${project}/roles/${textOf(inputs, "roleId")}`;
    return { deletionPolicy: "DELETE", stage: "GA", ...inputs, project, name, deleted: false };
  };
  const kind: Kind = {
    grade: "real",
    check: roleProblems,
    idOf: (inputs, scope) => textOf(outputsOf(inputs, scope), "name"),
    create: async (inputs, scope) => outputsOf(inputs, scope),
    read: async (id) => storedState(store, customRoleType, id),
    update: async (_id, olds, news, scope) => ({ ...olds.outputs, ...outputsOf(news, scope) }),
    async delete(id, olds) {
      abandoned(`custom role "${id}"`, olds);
    },
  };
  return { [customRoleType]: kind };
}

function roleProblems(inputs: Properties): CheckProblem[] {
  const problems = deletionPolicyProblems(inputs);
  const { roleId, permissions, stage } = inputs;
  if (typeof roleId === "string" && !/^[A-Za-z0-9_.]{3,64}$/.test(roleId)) {
    problems.push({
      property: "roleId",
      reason: `is no role id ("${roleId}"); expected 3 to 64 letters, digits, underscores and periods (no hyphens). Choose another id.`,
    });
  }
  if (typeof stage === "string" && !stages.includes(stage)) {
    problems.push({
      property: "stage",
      reason: `is no launch stage ("${stage}"); expected one of ${stages.join(", ")}. Correct the value.`,
    });
  }
  for (const permission of Array.isArray(permissions) ? permissions : []) {
    if (typeof permission !== "string" || /^[a-z][a-zA-Z0-9-]*(\.[a-zA-Z0-9-]+){2,}$/.test(permission)) continue;
    problems.push({
      property: "permissions",
      reason: `holds what is no permission ("${permission}"); expected SERVICE.RESOURCE.VERB without wildcards. Correct or remove it.`,
    });
  }
  if (textOf(inputs, "title").length > 100) {
    problems.push({ property: "title", reason: "is too long; expected at most 100 characters. Shorten it." });
  }
  return problems;
}
