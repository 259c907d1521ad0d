import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { GoogleAuth, OAuth2Client } from "google-auth-library";
import { Identity } from "../../local/identity/identity.ts";
import { LocalPaths, projectRoot } from "../../local/paths.ts";
import { Ports } from "../../local/ports.ts";
import { ResourceStore } from "../../local/store.ts";

const email = "loist-music-library-sa@loist-music-library-local.iam.gserviceaccount.com";
const operator = "user:operator@music-library.local";
let folder: string;
let paths: LocalPaths;
let store: ResourceStore;
let identity: Identity;
let now = Date.now();
const outsideAddresses: string[] = [];
const realFetch = globalThis.fetch;

beforeAll(async () => {
  mkdirSync(join(projectRoot, ".local", "tests"), { recursive: true });
  folder = mkdtempSync(join(projectRoot, ".local", "tests", "identity-server-"));
  paths = new LocalPaths(folder);
  store = new ResourceStore(paths);
  identity = new Identity({ paths, store, ports: new Ports(paths), clock: () => now });
  identity.keys.ensure(email);
  await identity.start();
  // Google's libraries call through fetch: whatever leaves this machine is recorded and fails.
  globalThis.fetch = async (input, init) => {
    const { hostname, href } = new URL(input instanceof Request ? input.url : input);
    if (hostname === "127.0.0.1") return await realFetch(input, init);
    outsideAddresses.push(href);
    throw new Error(`reached ${href}`);
  };
});

afterAll(async () => {
  globalThis.fetch = realFetch;
  await identity.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function withEnvironment<T>(values: Record<string, string | undefined>, action: () => Promise<T>): Promise<T> {
  const kept = { ...process.env };
  for (const name of ["GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST", "GOOGLE_CLOUD_PROJECT"]) {
    Reflect.deleteProperty(process.env, name);
  }
  Object.assign(process.env, values);
  try {
    return await action();
  } finally {
    process.env = kept;
  }
}

function grant(role: string, member: string): void {
  const inputs = { serviceAccountId: `projects/loist-music-library-local/serviceAccounts/${email}`, role, member };
  const type = "gcp:serviceaccount/iAMMember:IAMMember";
  store.put({ type, id: `${role}/${member}`, urn: role + member, inputs, outputs: inputs });
}

async function post(path: string, body: object, token?: string): Promise<{ status: number; body: unknown }> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  const response = await realFetch(`${identity.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

describe("the operator", () => {
  it("is known to google-auth-library by the credential file alone, and no Google address is reached", async () => {
    const credentials = identity.writeOperatorCredentials();
    expect(statSync(credentials).mode & 0o777).toBe(0o600);
    await withEnvironment({ GOOGLE_APPLICATION_CREDENTIALS: credentials, HOME: folder }, async () => {
      const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
      const token = await auth.getAccessToken();
      expect(identity.principalOf(`Bearer ${String(token)}`)).toBe(operator);
      const answer = await auth.request({
        url: `${identity.url}/v1/projects/loist-music-library-local:testIamPermissions`,
        method: "POST",
        data: { permissions: ["storage.buckets.get", "iam.serviceAccounts.signBlob"] },
      });
      expect(answer.data).toEqual({ permissions: ["storage.buckets.get"] });
    });
    expect(outsideAddresses).toEqual([]);
  });

  it("lists the keys of an account: the one that is held for it, and never a key file", async () => {
    const url = `/v1/projects/loist-music-library-local/serviceAccounts/${email}/keys`;
    const list = async (query: string, token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await realFetch(`${identity.url}${url}${query}`, { headers });
      return { status: response.status, body: (await response.json()) as { keys?: Record<string, string>[] } };
    };
    const { token } = identity.accessToken(operator);
    expect(await list("?keyTypes=USER_MANAGED", token)).toEqual({ status: 200, body: {} });
    const { body } = await list("?keyTypes=SYSTEM_MANAGED", token);
    expect(body.keys).toEqual([
      expect.objectContaining({ keyType: "SYSTEM_MANAGED", name: expect.stringMatching(/\/keys\/[0-9a-f]{40}$/) }),
    ]);
    expect((await list("", token)).body).toEqual(body);
    expect((await list("?keyTypes=FILES", token)).status).toBe(400);
    expect((await list("")).status).toBe(401);
    expect((await list("", identity.accessToken("user:stranger@else.org").token)).status).toBe(403);
  });

  it("is refused with another subject token", async () => {
    const file = join(folder, "forged-token");
    writeFileSync(file, "not-the-operators-token");
    const credentials = JSON.parse(readFileSync(identity.writeOperatorCredentials(), "utf8")) as object;
    const forged = join(folder, "forged.json");
    writeFileSync(forged, JSON.stringify({ ...credentials, credential_source: { file } }));
    await withEnvironment({ GOOGLE_APPLICATION_CREDENTIALS: forged, HOME: folder }, async () => {
      const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
      await expect(auth.getAccessToken()).rejects.toThrow("not the operator's");
    });
  });

  it("gets an ID token for an audience", async () => {
    const subjectToken = readFileSync(join(folder, "operator", "subject-token"), "utf8");
    const response = await realFetch(`${identity.url}/sts/v1/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        requested_token_type: "urn:ietf:params:oauth:token-type:id_token",
        audience: "http://127.0.0.1:9",
        subject_token: subjectToken,
      }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    expect(identity.principalOfIdToken(token, ["http://127.0.0.1:9"])).toBe(operator);
    expect(identity.principalOfIdToken(token, ["http://127.0.0.1:10"])).toBeUndefined();
  });
});

describe("an access token", () => {
  it("is good for an hour and outlives a restart", () => {
    const { token } = identity.accessToken(`serviceAccount:${email}`);
    const restarted = new Identity({ paths, store, ports: new Ports(paths), clock: () => now });
    expect(restarted.principalOf(`Bearer ${token}`)).toBe(`serviceAccount:${email}`);
    const issuedAt = now;
    now += 3_599_000;
    expect(identity.principalOf(`Bearer ${token}`)).toBe(`serviceAccount:${email}`);
    now += 2_000;
    expect(identity.principalOf(`Bearer ${token}`)).toBeUndefined();
    now = issuedAt;
    expect(readFileSync(join(folder, "cloud", "access-tokens.json"), "utf8")).not.toContain(token);
  });

  it.each([undefined, "", "Bearer", "Bearer nonsense", "Basic abc"])("is not what %p holds", (header) => {
    expect(identity.principalOf(header)).toBeUndefined();
  });
});

describe("signBlob", () => {
  const path = `/v1/projects/-/serviceAccounts/${email}:signBlob`;
  const payload = Buffer.from("what is to be signed").toString("base64");

  it("answers 401 without a token and with an unknown one", async () => {
    const missing = await post(path, { payload });
    expect(missing).toMatchObject({ status: 401, body: { error: { status: "UNAUTHENTICATED" } } });
    expect((await post(path, { payload }, "unknown")).status).toBe(401);
  });

  it("answers 403 in Google's words without the permission, for the owner too", async () => {
    const { token } = identity.accessToken(operator);
    expect(await post(path, { payload }, token)).toMatchObject({
      status: 403,
      body: {
        error: {
          status: "PERMISSION_DENIED",
          message: "Permission 'iam.serviceAccounts.signBlob' denied on resource (or it may not exist).",
          details: [{ metadata: { permission: "iam.serviceAccounts.signBlob" } }],
        },
      },
    });
  });

  it("signs with the account's key once granted", async () => {
    grant("roles/iam.serviceAccountTokenCreator", `serviceAccount:${email}`);
    const { token } = identity.accessToken(`serviceAccount:${email}`);
    const { status, body } = await post(path, { payload }, token);
    const { signedBlob } = body as { signedBlob: string };
    expect(status).toBe(200);
    const [key] = identity.publicKeysOf(email)!;
    expect(verify("sha256", Buffer.from("what is to be signed"), key!, Buffer.from(signedBlob, "base64"))).toBe(true);
    expect((await post(path, { payload: "%%%" }, token)).status).toBe(400);
  });
});

describe("generateIdToken", () => {
  it("gives a token that google-auth-library verifies with the issuer's published keys", async () => {
    grant("roles/iam.serviceAccountOpenIdTokenCreator", operator);
    const { token } = identity.accessToken(operator);
    const path = `/v1/projects/-/serviceAccounts/${encodeURIComponent(email)}:generateIdToken`;
    const { body } = await post(path, { audience: "https://service", includeEmail: true }, token);
    const keys = (await (await realFetch(`${identity.url}/oauth2/v3/certs`)).json()) as {
      keys: (JsonWebKey & { kid: string })[];
    };
    const [key] = keys.keys;
    const ticket = await new OAuth2Client().verifySignedJwtWithCertsAsync(
      (body as { token: string }).token,
      { [key!.kid]: createPublicKey({ key: key!, format: "jwk" }).export({ type: "spki", format: "pem" }).toString() },
      "https://service",
      [identity.issuer()],
    );
    expect(ticket.getPayload()).toMatchObject({ email, email_verified: true, aud: "https://service" });
  });

  it("makes no token that is accepted when it is changed, late or for somebody else", () => {
    const token = identity.accountIdToken(email, "https://service");
    const [header, , signature] = token.split(".");
    const forged = Buffer.from(JSON.stringify({ email: "operator@music-library.local", aud: "https://service" }));
    expect(identity.principalOfIdToken(token, ["https://service"])).toBe(`serviceAccount:${email}`);
    expect(
      identity.principalOfIdToken(`${header!}.${forged.toString("base64url")}.${signature!}`, ["https://service"]),
    ).toBeUndefined();
    const unsigned = Buffer.from('{"alg":"none"}').toString("base64url");
    expect(identity.principalOfIdToken(`${unsigned}.${forged.toString("base64url")}.`, ["https://service"])).toBe(
      undefined,
    );
    now += 3_601_000;
    expect(identity.principalOfIdToken(token, ["https://service"])).toBeUndefined();
    now -= 3_601_000;
  });
});

describe("the metadata server", () => {
  it("makes a client the service account, with no other credential and no Google address", async () => {
    const { port } = await identity.metadataFor(email);
    const environment = { GCE_METADATA_HOST: `127.0.0.1:${port}`, HOME: folder };
    await withEnvironment(environment, async () => {
      const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
      expect(identity.principalOf(`Bearer ${String(await auth.getAccessToken())}`)).toBe(`serviceAccount:${email}`);
      expect(await auth.getProjectId()).toBe("loist-music-library-local");
      expect((await auth.getCredentials()).client_email).toBe(email);
      const client = await auth.getIdTokenClient("https://service");
      const header = (await client.getRequestHeaders()).get("authorization");
      const token = String(header).replace("Bearer ", "");
      expect(identity.principalOfIdToken(token, ["https://service"])).toBe(`serviceAccount:${email}`);
      const { permissions } = (
        await auth.request<{ permissions: string[] }>({
          url: `${identity.url}/v1/projects/-/serviceAccounts/${email}:testIamPermissions`,
          method: "POST",
          data: { permissions: ["iam.serviceAccounts.signBlob", "iam.serviceAccounts.delete"] },
        })
      ).data;
      expect(permissions).toEqual(["iam.serviceAccounts.signBlob"]);
    });
    expect(outsideAddresses).toEqual([]);
  });

  it("answers nobody who does not send its header", async () => {
    const { port } = await identity.metadataFor(email);
    const token = `http://127.0.0.1:${port}/computeMetadata/v1/instance/service-accounts/default/token`;
    expect((await realFetch(token)).status).toBe(403);
    const headers = { "Metadata-Flavor": "Google" };
    const answer = await realFetch(token, { headers });
    expect([answer.status, answer.headers.get("metadata-flavor")]).toEqual([200, "Google"]);
    const forwarded = { ...headers, "X-Forwarded-For": "203.0.113.7" };
    expect((await realFetch(token, { headers: forwarded })).status).toBe(403);
  });

  it("hands out one token until shortly before its end", async () => {
    const { port } = await identity.metadataFor(email);
    const ask = async (): Promise<string> => {
      const path = "/computeMetadata/v1/instance/service-accounts/default/token";
      const answer = await realFetch(`http://127.0.0.1:${port}${path}`, { headers: { "Metadata-Flavor": "Google" } });
      return ((await answer.json()) as { access_token: string }).access_token;
    };
    const first = await ask();
    expect(await ask()).toBe(first);
    now += 3_400_000;
    expect(await ask()).not.toBe(first);
  });
});
