// Google APIs of a project. Recorded: what the local cloud has of them always answers.
import type { Kind, Scope } from "../provider/kind.ts";
import type { Properties, ResourceStore } from "../store.ts";
import { abandoned, deletionPolicyProblems, storedState, textOf } from "./stored-state.ts";

const serviceType = "gcp:projects/service:Service";

export function projectServiceKinds({ store }: { readonly store: ResourceStore }): Record<string, Kind> {
  const outputsOf = (inputs: Properties, scope: Scope): Properties => ({
    deletionPolicy: "DELETE",
    project: scope.project,
    ...inputs,
  });
  const kind: Kind = {
    grade: "recorded",
    note: "an API is neither switched on nor off; those that the local cloud has always answer",
    check(inputs) {
      const problems = deletionPolicyProblems(inputs);
      const service = inputs["service"];
      if (typeof service === "string" && !/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*\.(googleapis\.com|goog)$/.test(service)) {
        problems.push({
          property: "service",
          reason: `is no API's name ("${service}"); expected NAME.googleapis.com. Correct the name.`,
        });
      }
      return problems;
    },
    idOf: (inputs, scope) => `${textOf(outputsOf(inputs, scope), "project")}/${textOf(inputs, "service")}`,
    create: async (inputs, scope) => outputsOf(inputs, scope),
    read: async (id) => storedState(store, serviceType, id),
    update: async (_id, olds, news, scope) => ({ ...olds.outputs, ...outputsOf(news, scope) }),
    async delete(id, olds) {
      abandoned(`API "${id}"`, olds);
    },
  };
  return { [serviceType]: kind };
}
