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
  present: ReadonlySet<string>,
): Promise<Change[]> {
  const changes: Change[] = [];
  for (const { what, service, get, set, grants } of granted(args, present)) {
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

function granted(args: PlanArgs, present: ReadonlySet<string>): Granted[] {
  const { home, places, operator } = args;
  const member = `serviceAccount:${deployerEmail(home)}`;
  const projects = [...new Set(places.map(({ project }) => project))].map((id) =>
    ofProject(
      id,
      deployerRoles.map((role) => ({ role, member })),
    ),
  );
  const own = places.flatMap((place) => {
    const { deployer, previewer } = place.accounts;
    const changing = [member, ...(present.has(deployer) ? [`serviceAccount:${deployer}`] : [])];
    // A preview takes no lock and writes nothing.
    const reading = present.has(previewer) ? [`serviceAccount:${previewer}`] : [];
    return [
      ofBucket(stateBucket(home, place), [
        ...grantsOf("roles/storage.objectAdmin", changing),
        ...grantsOf("roles/storage.objectViewer", reading),
        // The engine asks for the bucket itself, too.
        ...grantsOf("roles/storage.legacyBucketReader", [...changing, ...reading]),
      ]),
      ofKey(keyName(home, place), [
        ...grantsOf("roles/cloudkms.cryptoKeyEncrypterDecrypter", changing),
        ...grantsOf("roles/cloudkms.cryptoKeyDecrypter", reading),
      ]),
    ];
  });
  const actor: Grant[] = operator === "" ? [] : [{ role: "roles/iam.serviceAccountTokenCreator", member: operator }];
  return [...projects, ...own, ofAccount(home, deployerEmail(home), actor)];
}

function grantsOf(role: string, members: readonly string[]): Grant[] {
  return members.map((member) => ({ role, member }));
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
