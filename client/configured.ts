import type { AuthClient } from "google-auth-library";
import { GoogleAuth } from "google-auth-library";
import { DirectConnectionError } from "./database-errors.ts";
import { iamSigner } from "./iam-signer.ts";
import { ObjectStore } from "./objects.ts";
import type { LibrarySettings } from "./settings.ts";
import type { Signer } from "./signer.ts";

const STORAGE = ["bucket"] as const;
const POOLED = ["databaseName", "poolerHost", "poolerPort", "poolerUser"] as const;
const SERVER = ["databaseName", "databaseUser", "serverHost", "serverPort"] as const;
const CONNECTOR = ["databaseName", "databaseUser", "connectionName"] as const;

/** Whether a bucket is named; no call is made. */
export function isStorageConfigured(settings: LibrarySettings): boolean {
  return settings.missing(STORAGE).length === 0;
}

/** Whether the pooler's address, login and password are there; no call is made. */
export function isDatabaseConfigured(settings: LibrarySettings): boolean {
  return settings.missing([...POOLED, "poolerPassword"]).length === 0;
}

/** Which way a database URL leads. */
export interface DatabaseUrlOptions {
  /** Through the pooler, or straight to the server; through the pooler unless given. */
  pooled?: boolean;
  /** Says that a direct connection is meant although a pooler is declared. */
  allowDirect?: boolean;
}

/**
 * `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`; a secret where a password is set. The direct one goes to the server's address
 * with its certificate verified, or to Cloud SQL's socket. Throws MissingSettingsError, DirectConnectionError.
 */
export function databaseUrl(settings: LibrarySettings, options: DatabaseUrlOptions = {}): string {
  if (options.pooled !== false) {
    const { databaseName, poolerHost, poolerPort, poolerUser } = settings.require("the pooled database", POOLED);
    return url(
      { user: poolerUser, password: settings.get("poolerPassword") },
      `${poolerHost}:${poolerPort}/${encodeURIComponent(databaseName)}`,
    );
  }
  const pooler = [settings.get("poolerHost"), settings.get("poolerPort")];
  const password = settings.get("databasePassword");
  if (settings.missing(["serverHost"]).length > 0) {
    const { databaseName, databaseUser, connectionName } = settings.require("the direct database", CONNECTOR);
    checkDirect(pooler, `/cloudsql/${connectionName}`, options);
    const socket = new URLSearchParams({ host: `/cloudsql/${connectionName}` }).toString();
    // The host in the query counts; one before the path is what makes it a URL for every parser.
    return url({ user: databaseUser, password }, `localhost/${encodeURIComponent(databaseName)}?${socket}`);
  }
  const { databaseName, databaseUser, serverHost, serverPort } = settings.require("the direct database", SERVER);
  checkDirect(pooler, `${serverHost}:${serverPort}`, options);
  const rest = `${serverHost}:${serverPort}/${encodeURIComponent(databaseName)}?sslmode=verify-ca`;
  return url({ user: databaseUser, password }, rest);
}

function checkDirect(pooler: readonly (string | undefined)[], address: string, options: DatabaseUrlOptions): void {
  const [host, port] = pooler;
  if (host !== undefined && options.allowDirect !== true) {
    throw new DirectConnectionError(address, `${host}:${port ?? ""}`);
  }
}

function url({ user, password }: { user: string; password: string | undefined }, rest: string): string {
  const secret = password === undefined ? "" : `:${encodeURIComponent(password)}`;
  return `postgresql://${encodeURIComponent(user)}${secret}@${rest}`;
}

/** One thing that the credentials have to be good for. */
export interface CredentialCheck {
  what: "access token" | "bucket" | "signing";
  valid: boolean;
  /** Why not; absent when it is. */
  problem?: string;
}

/** With what the credentials are tried. */
export interface ValidateCredentialsOptions {
  /** Where access tokens come from; application default credentials unless given. */
  authClient?: AuthClient;
  /** Signs a probe; IAM signBlob as `serviceAccount` unless given. */
  signer?: Signer;
}

/** What streaming and uploading need on the bucket. */
const NEEDED = ["storage.objects.get", "storage.objects.create", "storage.objects.list", "storage.objects.delete"];

/** Tries what the credentials are for: a token, the bucket's rights, a signature. Never throws for what does not work. */
export async function validateCredentials(
  settings: LibrarySettings,
  { authClient, signer }: ValidateCredentialsOptions = {},
): Promise<CredentialCheck[]> {
  const auth = new GoogleAuth({
    scopes: "https://www.googleapis.com/auth/cloud-platform",
    ...(authClient === undefined ? {} : { authClient }),
  });
  const token = await attempt("access token", async () => {
    if ((await auth.getAccessToken()) == null) throw new Error("no token was given");
  });
  if (!token.valid) return [token];
  return [
    token,
    await attempt("bucket", async () => {
      const { bucket } = settings.require("storage", STORAGE);
      const prefixes = {
        audio: settings.get("audioPrefix") ?? "",
        thumbnails: settings.get("thumbnailsPrefix") ?? "",
        temp: settings.get("tempPrefix") ?? "",
      };
      const endpoint = settings.get("storageEndpoint") ?? "";
      const objects = new ObjectStore({
        bucket,
        prefixes,
        endpoint,
        ...(authClient === undefined ? {} : { authClient }),
      });
      const held = await objects.heldPermissions(NEEDED);
      const lacking = NEEDED.filter((permission) => !held.includes(permission));
      if (lacking.length > 0)
        throw new Error(`the account lacks ${lacking.join(", ")}; grant roles/storage.objectUser`);
    }),
    await attempt("signing", async () => {
      const by =
        signer ??
        iamSigner({
          clientEmail: settings.require("signing", ["serviceAccount"]).serviceAccount,
          endpoint: settings.get("iamCredentialsEndpoint") ?? "",
          auth,
        });
      await by.sign("probe");
    }),
  ];
}

async function attempt(what: CredentialCheck["what"], work: () => Promise<void>): Promise<CredentialCheck> {
  try {
    await work();
    return { what, valid: true };
  } catch (error) {
    return { what, valid: false, problem: error instanceof Error ? error.message : String(error) };
  }
}
