import { type AuthClient, GoogleAuth } from "google-auth-library";
import type { Contract, MusicLibrary } from "../../client/index.ts";
import { type Check, PromiseBrokenError } from "./check.ts";

type Library = Pick<MusicLibrary, "contract">;

/** Permissions on one resource, and where Google answers which of them the asking account holds. */
interface Asked {
  resource: string;
  address: string;
  permissions: readonly string[];
}

/** What the service cannot work without. */
function needed({ contract }: Library): Asked[] {
  return [
    {
      ...onProject(contract),
      permissions: ["logging.logEntries.create", "monitoring.timeSeries.create"],
    },
    { ...onItself(contract), permissions: ["iam.serviceAccounts.signBlob"] },
    { ...onSecret(contract, contract.database.pooler.passwordSecret), permissions: ["secretmanager.versions.access"] },
  ];
}

/** What would make an intruder in the service more than the service; the first deployment's account held most of it. */
function denied({ contract }: Library): Asked[] {
  return [
    {
      ...onProject(contract),
      permissions: [
        ...["create", "delete", "update", "setIamPolicy"].map((verb) => `storage.buckets.${verb}`),
        ...["get", "create", "delete"].map((verb) => `storage.objects.${verb}`),
        // Its own instance is the only one that it may connect to; that it can, the pooler shows.
        ...["connect", "create", "delete", "update", "export"].map((verb) => `cloudsql.instances.${verb}`),
        ...[
          "cloudsql.users.create",
          "cloudsql.users.update",
          "cloudsql.databases.delete",
          "cloudsql.backupRuns.delete",
        ],
        ...["secretmanager.versions.access", "run.services.update", "resourcemanager.projects.setIamPolicy"],
        ...["iam.serviceAccountKeys.create", "iam.serviceAccounts.actAs", "iam.serviceAccounts.getAccessToken"],
      ],
    },
    {
      ...onItself(contract),
      permissions: [
        ...["getAccessToken", "implicitDelegation", "actAs", "setIamPolicy"].map(
          (verb) => `iam.serviceAccounts.${verb}`,
        ),
        "iam.serviceAccountKeys.create",
      ],
    },
    // Passwords of logins are the operators'; the active one reaches the pooler inside its configuration.
    ...[...new Set(Object.values(contract.database.passwordSecrets))].map((secret) => ({
      ...onSecret(contract, secret),
      permissions: ["secretmanager.versions.access"],
    })),
  ];
}

/** The account's own rights beyond the bucket, asked as the account. `authClient` is the platform's unless given. */
export function accountChecks(library: Library, authClient?: AuthClient): Check[] {
  const auth = new GoogleAuth({
    scopes: "https://www.googleapis.com/auth/cloud-platform",
    ...(authClient === undefined ? {} : { authClient }),
  });
  const held = async ({ address, permissions }: Asked): Promise<string[]> => {
    const answer = await auth.request<{ permissions?: string[] }>({
      ...{ url: `${address}:testIamPermissions`, method: "POST" },
      data: { permissions },
    });
    return answer.data.permissions ?? [];
  };
  return [
    { name: "service account's rights", run: () => rights(needed(library), held) },
    { name: "service account's limits", run: () => limits(denied(library), held) },
  ];
}

type Held = (asked: Asked) => Promise<string[]>;

async function rights(all: readonly Asked[], held: Held): Promise<string> {
  const missing = await named(all, async (asked) => {
    const present = await held(asked);
    return asked.permissions.filter((permission) => !present.includes(permission));
  });
  if (missing.length > 0) throw new PromiseBrokenError("service account", `lacks ${missing.join(", ")}`, "all of them");
  return `${String(count(all))} needed permissions held`;
}

async function limits(all: readonly Asked[], held: Held): Promise<string> {
  const excess = await named(all, held);
  if (excess.length > 0) throw new PromiseBrokenError("service account", `holds ${excess.join(", ")}`, "none of these");
  return `${String(count(all))} permissions asked for, none held`;
}

async function named(all: readonly Asked[], find: Held): Promise<string[]> {
  const found = await Promise.all(
    all.map(async (asked) => (await find(asked)).map((permission) => `${permission} on ${asked.resource}`)),
  );
  return found.flat();
}

function count(all: readonly Asked[]): number {
  return all.reduce((sum, { permissions }) => sum + permissions.length, 0);
}

function onProject({ project, endpoints }: Contract): Pick<Asked, "resource" | "address"> {
  const resource = `projects/${project}`;
  return { resource, address: `${api("cloudresourcemanager", endpoints.iamCredentials)}/v1/${resource}` };
}

function onItself({ serviceAccount, endpoints }: Contract): Pick<Asked, "resource" | "address"> {
  const path = `projects/-/serviceAccounts/${serviceAccount.email}`;
  return { resource: "itself", address: `${api("iam", endpoints.iamCredentials)}/v1/${path}` };
}

function onSecret({ endpoints }: Contract, secret: string): Pick<Asked, "resource" | "address"> {
  return { resource: secret, address: `${api("secretmanager", endpoints.secretManager)}/v1/${secret}` };
}

/** Google's address of an API, or the one that answers for it. */
function api(name: string, here: string): string {
  return here === "" ? `https://${name}.googleapis.com` : here;
}
