// Google's value rules for IAM members, the same on every resource that can be granted on.
import type { CheckProblem } from "../provider/kind.ts";
import type { Properties } from "../store.ts";
import { type Bindings, conditionOf } from "./bindings.ts";
import { parseCondition } from "./condition.ts";
import { predefinedRoles } from "./roles.ts";

const rolePattern =
  /^(roles\/[A-Za-z0-9_.]{3,}|(projects|organizations)\/[A-Za-z0-9:.-]+\/roles\/[A-Za-z0-9_.]{3,64})$/;
const email = String.raw`[^@\s:/]+@[^@\s:/]+\.[^@\s:/]+`;
const memberPatterns = [
  /^(allUsers|allAuthenticatedUsers)$/,
  new RegExp(`^(user|group):${email}$`),
  new RegExp(`^serviceAccount:(${email}|[a-z0-9.:-]+\\.svc\\.id\\.goog\\[[^/\\]]+/[^/\\]]+\\])$`),
  /^domain:[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/,
  /^(principal|principalSet):\/\/(iam|cloudresourcemanager)\.googleapis\.com\/.+$/,
  /^(projectOwner|projectEditor|projectViewer):[a-z][a-z0-9-]+$/,
  /^deleted:(user|group|serviceAccount):.+\?uid=\d+$/,
];
const memberForms =
  "user:EMAIL, group:EMAIL, serviceAccount:EMAIL, domain:DOMAIN, allUsers, allAuthenticatedUsers, principal://… or principalSet://…";

/** What Google refuses in `role` and `member`, whatever is granted on. */
export function memberProblems(values: Properties): CheckProblem[] {
  const problems: CheckProblem[] = [];
  const { role, member } = values;
  if (typeof role === "string" && !rolePattern.test(role)) {
    problems.push({
      property: "role",
      reason: `is not a role's name ("${role}"); expected roles/NAME or projects/PROJECT/roles/NAME. Correct the role.`,
    });
  }
  if (typeof member === "string" && !memberPatterns.some((pattern) => pattern.test(member))) {
    problems.push({
      property: "member",
      reason: `has no form that Google accepts ("${member}"); expected ${memberForms}. Correct the member.`,
    });
  }
  return problems;
}

/**
 * Raises an error where the grant could not be enforced here: a role whose permissions are not known, a condition outside
 * the part of CEL that is evaluated. At creation, not in preview: the plan for Google Cloud may hold such roles.
 */
export function assertEnforceable(values: Properties, bindings: Bindings): void {
  const role = typeof values["role"] === "string" ? values["role"] : "";
  if (bindings.permissionsOf(role) === undefined) {
    throw new Error(
      role.startsWith("roles/")
        ? `role "${role}": its permissions are not known to the local cloud; expected one of ${predefinedRoles().join(", ")}. Use one of these, or teach local/identity/roles.ts the role.`
        : `role "${role}": does not exist; expected a custom role that is declared. Declare it with gcp.projects.IAMCustomRole.`,
    );
  }
  const expression = conditionOf(values);
  if (expression !== "") parseCondition(expression);
}
