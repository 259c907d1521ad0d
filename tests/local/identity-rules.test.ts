// What the local cloud refuses of federation and audit configuration, as Google would.
import { describe, expect, it } from "@jest/globals";
import { identityRules } from "../../local/resources/identity-rules.ts";
import type { Properties } from "../../local/store.ts";

const pool = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool";
const provider = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider";
const audit = "gcp:projects/iAMAuditConfig:IAMAuditConfig";
const github: Properties = {
  workloadIdentityPoolProviderId: "github-actions",
  oidc: { issuerUri: "https://token.actions.githubusercontent.com" },
  attributeMapping: { "google.subject": "assertion.sub", "attribute.repository": "assertion.repository" },
  attributeCondition: 'assertion.repository == "loist/music-library"',
};

describe("federation and audit configuration", () => {
  it.each<[what: string, type: string, inputs: Properties, properties: string[]]>([
    ["a pool", pool, { workloadIdentityPoolId: "music-library-github" }, []],
    ["a pool with a reserved name", pool, { workloadIdentityPoolId: "gcp-music" }, ["workloadIdentityPoolId"]],
    ["a pool with a short name", pool, { workloadIdentityPoolId: "abc" }, ["workloadIdentityPoolId"]],
    ["a pool with a long title", pool, { displayName: "x".repeat(33) }, ["displayName"]],
    ["a provider for one repository", provider, github, []],
    ["a provider for all of GitHub", provider, { ...github, attributeCondition: "" }, ["attributeCondition"]],
    [
      "a provider whose condition looks at nothing",
      provider,
      { ...github, attributeCondition: "true" },
      ["attributeCondition"],
    ],
    ["a provider without a subject", provider, { ...github, attributeMapping: {} }, ["attributeMapping"]],
    [
      ...(["a provider with an attribute of its own invention", provider] as const),
      { ...github, attributeMapping: { "google.subject": "assertion.sub", repository: "assertion.repository" } },
      ["attributeMapping"],
    ],
    ["a provider without TLS", provider, { ...github, oidc: { issuerUri: "http://issuer" } }, ["oidc.issuerUri"]],
    ["an audit of data", audit, { service: "storage.googleapis.com", auditLogConfigs: [{ logType: "DATA_READ" }] }, []],
    ["an audit of no API", audit, { service: "storage", auditLogConfigs: [] }, ["service"]],
    [
      ...(["an audit of what is always logged", audit] as const),
      { service: "allServices", auditLogConfigs: [{ logType: "ADMIN_WRITE" }] },
      ["auditLogConfigs"],
    ],
    [
      ...(["an audit that says it twice", audit] as const),
      { service: "allServices", auditLogConfigs: [{ logType: "DATA_READ" }, { logType: "DATA_READ" }] },
      ["auditLogConfigs"],
    ],
  ])("%s", (_what, type, inputs, properties) => {
    expect((identityRules[type]?.(inputs) ?? []).map(({ property }) => property)).toEqual(properties);
  });
});
