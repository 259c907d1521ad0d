// A storage server with a bucket as the stack declares it, a fake identity room, and the published client library.
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Storage } from "@google-cloud/storage";
import { GoogleAuth, OAuth2Client } from "google-auth-library";
import type { Access } from "../../local/identity/access.ts";
import { LocalPaths } from "../../local/paths.ts";
import type { Kind } from "../../local/provider/kind.ts";
import { bucketKinds, bucketType } from "../../local/resources/bucket.ts";
import { memberType } from "../../local/storage/json-buckets.ts";
import { StorageServer } from "../../local/storage/server.ts";
import { ResourceStore, type Properties } from "../../local/store.ts";

export const scope = { project: "loist-music-library-local", region: "us-central1" };
export const email = "loist-music-library-sa@loist-music-library-local.iam.gserviceaccount.com";
export const bucketName = "loist-music-library-audio-local";

/** `roles/storage.objectUser`, as Google defines it, without managed folders. */
export const objectUser = [
  ...["create", "delete", "get", "list", "update", "restore", "move"].map((verb) => `storage.objects.${verb}`),
  ...["abort", "create", "list", "listParts"].map((verb) => `storage.multipartUploads.${verb}`),
];

export const declaredBucket: Properties = {
  name: bucketName,
  location: "us-central1",
  storageClass: "STANDARD",
  forceDestroy: false,
  uniformBucketLevelAccess: true,
  publicAccessPrevention: "enforced",
  labels: { environment: "local", application: "music-library" },
  versioning: { enabled: true },
  softDeletePolicy: { retentionDurationSeconds: 0 },
  cors: [
    {
      origins: ["https://music.example"],
      methods: ["GET", "HEAD", "PUT"],
      responseHeaders: ["Content-Type", "Range", "Content-Range", "x-goog-content-length-range"],
      maxAgeSeconds: 3600,
    },
  ],
  lifecycleRules: [
    { action: { type: "Delete" }, condition: { age: 1, matchesPrefixes: ["temp/"], withState: "ANY" } },
    { action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: 30 } },
    { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 1, matchesPrefixes: ["temp/"] } },
    {
      action: { type: "SetStorageClass", storageClass: "NEARLINE" },
      condition: { age: 90, matchesPrefixes: ["audio/"] },
    },
  ],
};

/** Identity as the tests want it: token -> member, member -> permissions on buckets. */
class FakeAccess implements Access {
  readonly keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  readonly tokens = new Map([["Bearer token-of-sa", `serviceAccount:${email}`]]);
  readonly grants = new Map<string, string[]>([[`serviceAccount:${email}`, objectUser]]);
  readonly asked: string[] = [];

  principalOf(authorization: string | undefined): string | undefined {
    return this.tokens.get(authorization ?? "");
  }

  allowed(principal: string | undefined, permission: string, resource: string): boolean {
    this.asked.push(`${permission} ${resource}`);
    return this.grants.get(principal ?? "allUsers")?.includes(permission) === true;
  }

  publicKeysOf(account: string): KeyObject[] | undefined {
    return account === email ? [this.keys.publicKey] : undefined;
  }
}

export interface StorageSetup {
  readonly paths: LocalPaths;
  readonly store: ResourceStore;
  readonly access: FakeAccess;
  readonly server: StorageServer;
  readonly kind: (type?: string) => Kind;
  /** The client with the service account's token; its signed URLs are signed with the account's key. */
  readonly client: Storage;
  /** Milliseconds that the server's clock is ahead. */
  ahead: number;
  declare(inputs?: Properties): Promise<Properties>;
  /** Stops the server and starts another on the same folder. */
  restart(): Promise<StorageServer>;
  close(): Promise<void>;
}

export const dayMs = 86_400_000;

export async function startStorage(): Promise<StorageSetup> {
  const folder = mkdtempSync(join(new LocalPaths().folder("tests"), "storage-"));
  const paths = new LocalPaths(folder);
  const store = new ResourceStore(paths);
  const access = new FakeAccess();
  const open = (port: number): StorageServer =>
    new StorageServer({ paths, store, access, port, clock: () => Date.now() + setup.ahead });
  const setup = { paths, store, access, ahead: 0 } as { -readonly [Key in keyof StorageSetup]: StorageSetup[Key] };
  setup.server = open(0);
  await setup.server.start();
  setup.client = clientFor(setup.server.endpoint, "token-of-sa", access.keys.privateKey);
  setup.kind = (type = bucketType) => {
    const kind = bucketKinds({ server: setup.server, store })[type];
    if (kind === undefined) throw new Error(`no kind ${type}`);
    return kind;
  };
  setup.declare = async (inputs = declaredBucket) => await setup.kind().create(inputs, scope);
  setup.restart = async () => {
    const port = Number(new URL(setup.server.endpoint).port);
    await setup.server.stop();
    // The clients of this process notice in their own time that their kept connections are closed.
    await sleep(50);
    setup.server = open(port);
    await setup.server.start();
    return setup.server;
  };
  setup.close = async () => {
    await setup.server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return setup;
}

/** The published client, with a token that never asks Google and a key that signs here. */
export function clientFor(apiEndpoint: string, token: string, key?: KeyObject): Storage {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 });
  const auth = new GoogleAuth({ authClient, projectId: scope.project });
  if (key !== undefined) {
    auth.sign = async (data) => await Promise.resolve(sign("RSA-SHA256", Buffer.from(data), key).toString("base64"));
    auth.getCredentials = async () => await Promise.resolve({ client_email: email });
  }
  return new Storage({
    apiEndpoint,
    projectId: scope.project,
    useAuthWithCustomEndpoint: true,
    authClient: auth,
    retryOptions: { autoRetry: false },
  });
}

export { memberType };
