// Who may do what before the stack declares it: the first deployer, and whoever acts as it.
import { deployerEmail, deployerRoles, keyName, stateBucket } from "./foundation.ts";
import type { Call, GoogleApi } from "./google-api.ts";
import type { Change, PlanArgs } from "./plan.ts";
import { type Grant, missingGrants, parsePolicy, type Policy, withGrants } from "./policy.ts";

/** A resource with an allow policy, and the grants that it must hold. */
interface Granted {
  readonly what: string;
  /** Service that must be enabled before the policy can be read. */
  readonly service: string;
  readonly get: { method: "GET" | "POST"; url: string };
  readonly set: (policy: Policy) => Call;
  readonly grants: readonly Grant[];
}

/** One change a resource whose policy lacks a grant; `has` says whether a service is enabled yet. */
export async function grantChanges(
  api: GoogleApi,
  has: (service: string) => boolean,
  args: PlanArgs,
): Promise<Change[]> {
  const changes: Change[] = [];
  for (const { what, service, get, set, grants } of granted(args)) {
    const read = async (from: GoogleApi): Promise<Policy> => parsePolicy(await from.read(get.url, get.method));
    const policy = has(service) ? await read(api) : parsePolicy({});
    const missing = missingGrants(policy, grants);
    if (missing.length === 0) continue;
    const list = missing.map(({ role, member }) => `${role} to ${member}`).join(", ");
    changes.push({
      what: `grant on ${what}: ${list}`,
      calls: [set(withGrants(policy, grants))],
      // Read again for every try: somebody may have changed the policy since.
      apply: async (target) => await target.changePolicy(async () => set(withGrants(await read(target), grants))),
    });
  }
  return changes;
}

function granted(args: PlanArgs): Granted[] {
  const { home, places, operator } = args;
  const member = `serviceAccount:${deployerEmail(home)}`;
  const projects = [...new Set(places.map(({ project }) => project))].map((id) =>
    ofProject(
      id,
      deployerRoles.map((role) => ({ role, member })),
    ),
  );
  const own = places.flatMap((place) => [
    // The engine keeps the state's objects and asks for the bucket itself.
    ofBucket(stateBucket(home, place), [
      { role: "roles/storage.objectAdmin", member },
      { role: "roles/storage.legacyBucketReader", member },
    ]),
    ofKey(keyName(home, place), [{ role: "roles/cloudkms.cryptoKeyEncrypterDecrypter", member }]),
  ]);
  const actor: Grant[] = operator === "" ? [] : [{ role: "roles/iam.serviceAccountTokenCreator", member: operator }];
  return [...projects, ...own, ofAccount(home, deployerEmail(home), actor)];
}

function ofProject(id: string, grants: readonly Grant[]): Granted {
  const url = `cloudresourcemanager.googleapis.com/v3/projects/${id}`;
  return {
    ...{ what: `project ${id}`, service: "cloudresourcemanager", grants },
    get: { method: "POST", url: `${url}:getIamPolicy` },
    set: (policy) => ({ method: "POST", url: `${url}:setIamPolicy`, body: { policy } }),
  };
}

function ofBucket(name: string, grants: readonly Grant[]): Granted {
  const url = `storage.googleapis.com/storage/v1/b/${name}/iam`;
  return {
    ...{ what: `bucket ${name}`, service: "storage", grants },
    get: { method: "GET", url },
    set: (policy) => ({ method: "PUT", url, body: policy }),
  };
}

function ofKey(name: string, grants: readonly Grant[]): Granted {
  const url = `cloudkms.googleapis.com/v1/${name}`;
  return {
    ...{ what: `key ${name.split("/").at(-1) ?? ""}`, service: "cloudkms", grants },
    get: { method: "GET", url: `${url}:getIamPolicy` },
    set: (policy) => ({ method: "POST", url: `${url}:setIamPolicy`, body: { policy } }),
  };
}

function ofAccount(home: string, email: string, grants: readonly Grant[]): Granted {
  const url = `iam.googleapis.com/v1/projects/${home}/serviceAccounts/${email}`;
  return {
    ...{ what: `account ${email}`, service: "iam", grants },
    get: { method: "POST", url: `${url}:getIamPolicy` },
    set: (policy) => ({ method: "POST", url: `${url}:setIamPolicy`, body: { policy } }),
  };
}
