// What Google refuses of federation and audit configuration, beyond the provider's schema.
import type { CheckProblem } from "../provider/kind.ts";
import { isObject, unknownValue } from "../provider/schema.ts";
import type { Properties } from "../store.ts";
import { textOf } from "./stored-state.ts";

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools */
const idPattern = /^[a-z0-9-]{4,32}$/;
const limits = { displayName: 32, description: 256, attributeCondition: 4096 } as const;

/** Issuers that sign for everybody's repositories: without a condition all of them would get in. */
const sharedIssuers = /^https:\/\/(token\.actions\.githubusercontent\.com|gitlab\.com|app\.terraform\.io)\/?$/;

const logTypes = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"];

export const identityRules: Readonly<Record<string, (inputs: Properties) => CheckProblem[]>> = {
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": (inputs) => [
    ...idProblems(inputs, "workloadIdentityPoolId"),
    ...lengthProblems(inputs),
  ],
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": (inputs) => [
    ...idProblems(inputs, "workloadIdentityPoolProviderId"),
    ...lengthProblems(inputs),
    ...providerProblems(inputs),
  ],
  "gcp:projects/iAMAuditConfig:IAMAuditConfig": auditProblems,
};

function idProblems(inputs: Properties, property: string): CheckProblem[] {
  const id = inputs[property];
  if (typeof id !== "string" || id === unknownValue || (idPattern.test(id) && !id.startsWith("gcp-"))) return [];
  const reason = `is no id ("${id}"); expected 4 to 32 lower-case letters, digits and hyphens, not beginning with "gcp-". Choose another id.`;
  return [{ property, reason }];
}

function lengthProblems(inputs: Properties): CheckProblem[] {
  return Object.entries(limits).flatMap(([property, limit]) => {
    const { length } = textOf(inputs, property);
    if (length <= limit) return [];
    return [{ property, reason: `is too long (${length} characters); expected at most ${limit}. Shorten it.` }];
  });
}

function providerProblems(inputs: Properties): CheckProblem[] {
  const { attributeMapping, oidc } = inputs;
  const problems: CheckProblem[] = [];
  const mapping = isObject(attributeMapping) ? attributeMapping : {};
  if (isObject(oidc) && typeof mapping["google.subject"] !== "string") {
    const reason =
      "does not say who somebody is (no google.subject); expected a claim for it. Map google.subject to assertion.sub.";
    problems.push({ property: "attributeMapping", reason });
  }
  for (const name of Object.keys(mapping)) {
    if (/^(google\.(subject|groups|display_name|profile_photo|posix_username)|attribute\.[a-z0-9_]{1,100})$/.test(name))
      continue;
    const reason = `maps to what Google does not know ("${name}"); expected google.subject, google.groups or attribute.NAME. Rename it.`;
    problems.push({ property: "attributeMapping", reason });
  }
  const issuer = isObject(oidc) ? textOf(oidc, "issuerUri") : "";
  if (isObject(oidc) && !/^https:\/\/\S+$/.test(issuer)) {
    const reason = `is no issuer ("${issuer}"); expected an address that begins with https://. Correct it.`;
    problems.push({ property: "oidc.issuerUri", reason });
  }
  if (sharedIssuers.test(issuer) && !textOf(inputs, "attributeCondition").includes("assertion.")) {
    const reason = `lets in everybody whom ${issuer} knows; expected a condition on a claim, as assertion.repository. Add it.`;
    problems.push({ property: "attributeCondition", reason });
  }
  return problems;
}

function auditProblems(inputs: Properties): CheckProblem[] {
  const problems: CheckProblem[] = [];
  const service = textOf(inputs, "service");
  if (!/^(allServices|[a-z0-9-]+\.googleapis\.com)$/.test(service)) {
    const reason = `is no API ("${service}"); expected allServices or a name as storage.googleapis.com. Correct it.`;
    problems.push({ property: "service", reason });
  }
  const configs = Array.isArray(inputs["auditLogConfigs"]) ? inputs["auditLogConfigs"] : [];
  const types = configs.map((config) => (isObject(config) ? textOf(config, "logType") : ""));
  for (const type of types.filter((type) => !logTypes.includes(type))) {
    const reason = `has no such kind of log ("${type}"); expected ${logTypes.join(", ")}. Correct it.`;
    problems.push({ property: "auditLogConfigs", reason });
  }
  if (new Set(types).size < types.length) {
    const reason = "names a kind of log twice; expected each once. Remove one.";
    problems.push({ property: "auditLogConfigs", reason });
  }
  return problems;
}
