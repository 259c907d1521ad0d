// Who may do what.
import { type GraphResource, isOneOf, shown, valueAt } from "./graph.ts";
import { problem, type ResourceRule } from "./rule.ts";

const BUCKET = "gcp:storage/bucket:Bucket";

/** Types that open objects one by one, past the bucket's own rules. */
const objectAccess = /^gcp:storage\/(bucketACL|bucketAccessControl|defaultObject|object(ACL|AccessControl))/i;

export const noPublicBucket: ResourceRule = {
  scope: "resource",
  name: "no-public-bucket",
  description: "No bucket can be made public, by whatever grant.",
  check: (resource) => {
    const next = "Set it";
    if (objectAccess.test(resource.type)) {
      const expected = "grants on the bucket or a managed folder";
      return [problem(resource, { wrong: "is an access list", seen: resource.type, expected, next: "Remove it" })];
    }
    if (resource.type !== BUCKET) return [];
    const required: [path: string, value: unknown][] = [
      ["publicAccessPrevention", "enforced"],
      ["uniformBucketLevelAccess", true],
    ];
    return required
      .filter(([path, value]) => !isOneOf(resource, path, [value]))
      .map(([path, value]) => {
        const seen = `${path} ${shown(valueAt(resource.inputs, path))}`;
        return problem(resource, { wrong: "could be made public", seen, expected: shown(value), next });
      });
  },
};

export const noPublicMember: ResourceRule = {
  scope: "resource",
  name: "no-public-member",
  description: "Nothing is granted to everybody.",
  check: (resource) =>
    members(resource)
      .filter((member) => /^(allUsers|allAuthenticatedUsers)$/.test(member))
      .map((member) =>
        problem(resource, {
          wrong: "grants to everybody",
          seen: member,
          expected: "a user, group, service account or domain",
          next: "Name who needs it",
        }),
      ),
};

export const noServiceAccountKey: ResourceRule = {
  scope: "resource",
  name: "no-service-account-key",
  description: "No service account has a key that could be copied and is never renewed.",
  check: (resource) =>
    resource.type === "gcp:storage/hmacKey:HmacKey" ||
    (resource.type === "gcp:serviceaccount/key:Key" && valueAt(resource.inputs, "keepers.madeOn") === undefined)
      ? [
          problem(resource, {
            wrong: "is a key",
            seen: resource.type,
            expected: "the metadata server, federation or signBlob",
            next: "Remove it",
          }),
        ]
      : [],
};

export const noPrimitiveRole: ResourceRule = {
  scope: "resource",
  name: "no-primitive-role",
  description: "Nobody is owner, editor or viewer of anything.",
  check: (resource) =>
    granted(resource)
      .filter((role) => /^roles\/(owner|editor|viewer)$/.test(role))
      .map((role) =>
        problem(resource, {
          wrong: "grants a primitive role",
          seen: role,
          expected: "a role for one service, or a custom one",
          next: "Grant what is needed",
        }),
      ),
};

export const noProjectWideAdmin: ResourceRule = {
  scope: "resource",
  name: "no-project-wide-admin",
  description: "Nobody administers all databases, or reaches all buckets, of a project.",
  check: (resource) =>
    /^gcp:(projects|folder|organizations)\//.test(resource.type)
      ? granted(resource)
          .filter((role) => /^roles\/(storage\.|cloudsql\.(admin|editor)$)/.test(role))
          .map((role) =>
            problem(resource, {
              wrong: "grants in the whole project",
              seen: role,
              expected: "a grant on the bucket, or roles/cloudsql.client",
              next: "Grant it where it is needed",
            }),
          )
      : [],
};

/** Roles of a grant; a policy of a whole project holds them in a document. */
function granted({ inputs }: GraphResource): string[] {
  const { role, policyData } = inputs;
  const documented = typeof policyData === "string" ? (policyData.match(/roles\/[A-Za-z.]+/g) ?? []) : [];
  return [...(typeof role === "string" ? [role] : []), ...documented];
}

/** Who is granted something, however the grant is written. */
export function members({ inputs }: GraphResource): string[] {
  const { member, members: several, policyData } = inputs;
  const documented = typeof policyData === "string" ? (policyData.match(/allUsers|allAuthenticatedUsers/g) ?? []) : [];
  const all: unknown[] = [member, ...(Array.isArray(several) ? (several as unknown[]) : []), ...documented];
  return all.filter((one) => typeof one === "string");
}
