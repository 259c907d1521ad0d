import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { crc32c } from "@node-rs/crc32";
import { accessSecret } from "../../connections/secrets.ts";
import { Identity } from "../../local/identity/identity.ts";
import { LocalPaths, projectRoot } from "../../local/paths.ts";
import { Ports } from "../../local/ports.ts";
import type { Kind } from "../../local/provider/kind.ts";
import { iamMemberKinds } from "../../local/resources/iam-members.ts";
import { secretKinds } from "../../local/resources/secret.ts";
import { Secrets } from "../../local/secrets/secrets.ts";
import { type Properties, ResourceStore } from "../../local/store.ts";

const project = "loist-music-library-local";
const scope = { project, region: "us-central1" };
const secretType = "gcp:secretmanager/secret:Secret";
const versionType = "gcp:secretmanager/secretVersion:SecretVersion";
const reader = `serviceAccount:reader@${project}.iam.gserviceaccount.com`;

let folder: string;
let store: ResourceStore;
let identity: Identity;
let secrets: Secrets;
let kinds: Record<string, Kind>;
let operatorToken: string;
let readerToken: string;
let now = Date.now();

beforeAll(async () => {
  mkdirSync(join(projectRoot, ".local", "tests"), { recursive: true });
  folder = mkdtempSync(join(projectRoot, ".local", "tests", "secrets-"));
  const paths = new LocalPaths(folder);
  const ports = new Ports(paths);
  store = new ResourceStore(paths);
  identity = new Identity({ paths, store, ports });
  identity.keys.ensure(reader.split(":")[1]!);
  secrets = new Secrets({ paths, store, ports, access: identity, clock: () => now });
  await identity.start();
  await secrets.start();
  kinds = { ...secretKinds({ store, secrets }), ...iamMemberKinds({ store, bindings: identity.bindings }) };
  operatorToken = identity.accessToken("user:operator@music-library.local").token;
  readerToken = identity.accessToken(reader).token;
});

afterAll(async () => {
  await secrets.stop();
  await identity.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function declare(type: string, inputs: Properties): Promise<{ id: string; outputs: Properties }> {
  const kind = kinds[type]!;
  const id = kind.idOf(inputs, scope);
  const outputs = await kind.create(inputs, scope);
  store.put({ type, id, urn: `urn:${type}::${id}`, inputs, outputs });
  return { id, outputs };
}

async function remove(type: string, id: string): Promise<void> {
  const stored = store.get(type, id)!;
  await kinds[type]!.delete(id, stored, scope);
  store.remove(type, id);
}

interface SecretAnswer {
  readonly payload: { readonly data: string; readonly dataCrc32c: string };
  readonly secrets: readonly { readonly name: string }[];
  readonly error: { readonly code: number; readonly status: string; readonly message: string };
  readonly name: string;
  readonly [other: string]: unknown;
}

async function call(path: string, token: string, body?: object): Promise<{ status: number; body: SecretAnswer }> {
  const response = await fetch(`${secrets.url}/v1/${path}`, {
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as SecretAnswer };
}

const path = (secretId: string): string => `projects/${project}/secrets/${secretId}`;
const declareSecret = async (secretId: string, more: Properties = {}): Promise<string> =>
  (await declare(secretType, { secretId, replication: { auto: {} }, ...more })).id;

describe("a secret", () => {
  it("is read by number and as latest, by its project's id and number, with a checksum", async () => {
    const secret = await declareSecret("database-password");
    const first = await declare(versionType, { secret, secretData: "first" });
    expect(first.outputs).toMatchObject({
      version: "1",
      name: "projects/100000000001/secrets/database-password/versions/1",
      secretData: "first",
    });
    await declare(versionType, { secret, secretData: "second" });
    const read = async (name: string): Promise<string> => {
      const { payload } = (await call(`${name}:access`, operatorToken)).body;
      const data = Buffer.from(payload.data, "base64");
      expect(payload.dataCrc32c).toBe(String(crc32c(data)));
      return data.toString();
    };
    expect(await read(`${secret}/versions/1`)).toBe("first");
    expect(await read(`${secret}/versions/latest`)).toBe("second");
    expect(await read("projects/100000000001/secrets/database-password/versions/latest")).toBe("second");
    const listed = await call(`projects/${project}/secrets`, operatorToken);
    expect(listed.body.secrets.map(({ name }: { name: string }) => name)).toContain(
      "projects/100000000001/secrets/database-password",
    );
  });

  it("is read by the project's own client code with the operator's credentials", async () => {
    const kept = process.env["GOOGLE_APPLICATION_CREDENTIALS"];
    process.env["GOOGLE_APPLICATION_CREDENTIALS"] = identity.writeOperatorCredentials();
    try {
      const secret = await declareSecret("client-read");
      await declare(versionType, { secret, secretData: "pässword" });
      expect(await accessSecret(secret, secrets.url)).toBe("pässword");
    } finally {
      if (kept === undefined) Reflect.deleteProperty(process.env, "GOOGLE_APPLICATION_CREDENTIALS");
      else process.env["GOOGLE_APPLICATION_CREDENTIALS"] = kept;
    }
  });

  it("is closed to an account until it is granted, and this secret only", async () => {
    const open = await declareSecret("granted");
    const closed = await declareSecret("not-granted");
    for (const secret of [open, closed]) await declare(versionType, { secret, secretData: "value" });
    const latest = `${open}/versions/latest:access`;
    expect(await call(latest, readerToken)).toMatchObject({
      status: 403,
      body: { error: { status: "PERMISSION_DENIED", message: /secretmanager\.versions\.access/ } },
    });
    const type = "gcp:secretmanager/secretIamMember:SecretIamMember";
    const role = "roles/secretmanager.secretAccessor";
    const { id } = await declare(type, { secretId: "granted", role, member: reader });
    expect(id).toBe(`${open}/${role}/${reader}`);
    expect((await call(latest, readerToken)).status).toBe(200);
    expect((await call(`${closed}/versions/latest:access`, readerToken)).status).toBe(403);
    expect((await call(`${open}:addVersion`, readerToken, { payload: { data: "eA==" } })).status).toBe(403);
    expect((await call(latest, "unknown")).status).toBe(401);
    const asked = { permissions: ["secretmanager.versions.access", "secretmanager.versions.add"] };
    expect((await call(`${open}:testIamPermissions`, readerToken, asked)).body).toEqual({
      permissions: ["secretmanager.versions.access"],
    });
  });

  it("answers 404 for what does not exist", async () => {
    const secret = await declareSecret("empty");
    expect((await call(`${secret}/versions/latest:access`, operatorToken)).body.error.message).toBe(
      "Secret [projects/100000000001/secrets/empty] not found or has no versions.",
    );
    expect((await call(`${path("missing")}/versions/1:access`, operatorToken)).status).toBe(404);
  });

  it("takes versions through the API, with their checksum compared", async () => {
    const secret = await declareSecret("rotated");
    const data = Buffer.from("rotated value");
    const payload = { data: data.toString("base64"), dataCrc32c: String(crc32c(data)) };
    const added = await call(`${secret}:addVersion`, operatorToken, { payload });
    expect(added.body).toMatchObject({ name: expect.stringMatching(/versions\/1$/), state: "ENABLED" });
    const wrong = await call(`${secret}:addVersion`, operatorToken, { payload: { ...payload, dataCrc32c: "1" } });
    expect(wrong.status).toBe(400);
    await call(`${secret}/versions/1:disable`, operatorToken, {});
    const refused = await call(`${secret}/versions/latest:access`, operatorToken);
    expect(refused.body.error).toMatchObject({ status: "FAILED_PRECONDITION", message: /is in DISABLED state/ });
    await call(`${secret}/versions/1:destroy`, operatorToken, {});
    expect((await call(`${secret}/versions/1:enable`, operatorToken, {})).body.error.message).toContain("DESTROYED");
  });

  it("lies on disk for its owner only and without a trace after its destruction", async () => {
    const secret = await declareSecret("on-disk");
    const { id } = await declare(versionType, { secret, secretData: "canary" });
    const versions = join(folder, "cloud", "secrets", project, "on-disk");
    expect(statSync(join(versions, "1.json")).mode & 0o777).toBe(0o600);
    await remove(versionType, id);
    expect(secrets.vault.version(secret, 1)).toMatchObject({ state: "DESTROYED", data: "" });
    await remove(secretType, secret);
    expect(readdirSync(join(folder, "cloud", "secrets", project))).not.toContain("on-disk");
  });
});

describe("a secret version", () => {
  it("is found again after an interrupted create and counted on after a change", async () => {
    const secret = await declareSecret("interrupted");
    const kind = kinds[versionType]!;
    const inputs = { secret, secretData: "value" };
    const id = kind.idOf(inputs, scope);
    await kind.create(inputs, scope); // the protocol layer dies before it stores
    expect(kind.idOf(inputs, scope)).toBe(id);
    const declared = await declare(versionType, inputs);
    expect(declared.id).toBe(id);
    const changed = { secret, secretData: "other" };
    expect(kind.idOf(changed, scope)).toBe(id.replace(/1$/, "2"));
    await declare(versionType, changed);
    await remove(versionType, id);
    // Going back to the first value is a third version: the first one is destroyed.
    expect((await declare(versionType, inputs)).outputs["version"]).toBe("3");
    expect((await call(`${secret}/versions/1:access`, operatorToken)).status).toBe(400);
  });

  it("is disabled first and destroyed after the secret's delay", async () => {
    const secret = await declareSecret("delayed", { versionDestroyTtl: "604800s" });
    const { id } = await declare(versionType, { secret, secretData: "value" });
    await remove(versionType, id);
    expect(secrets.vault.version(secret, 1)).toMatchObject({ state: "DISABLED", data: expect.stringMatching(/./) });
    now += 604_801_000;
    expect(secrets.vault.version(secret, 1)).toMatchObject({ state: "DESTROYED", data: "" });
  });

  it("shows in refresh that it was disabled or destroyed by hand", async () => {
    const secret = await declareSecret("drifted");
    const { id, outputs } = await declare(versionType, { secret, secretData: "value" });
    const known = { inputs: { secret, secretData: "value", enabled: true }, outputs };
    await call(`${secret}/versions/1:disable`, operatorToken, {});
    expect((await kinds[versionType]!.read(id, known, scope))?.inputs).toMatchObject({ enabled: false });
    await kinds[versionType]!.update(id, known, known.inputs, scope);
    expect((await call(`${secret}/versions/1:access`, operatorToken)).status).toBe(200);
    await call(`${secret}/versions/1:destroy`, operatorToken, {});
    expect(await kinds[versionType]!.read(id, known, scope)).toBeUndefined();
  });
});

describe("the declaration of a secret", () => {
  it.each<[string, Properties]>([
    ["secretId", { secretId: "with.dot" }],
    ["secretId", { secretId: "" }],
    ["labels", { labels: { Upper: "x" } }],
    ["ttl", { ttl: "1 day" }],
    ["versionDestroyTtl", { versionDestroyTtl: "60s" }],
    ["rotation", { rotation: { rotationPeriod: "3600s" } }],
    ["deletionPolicy", { deletionPolicy: "KEEP" }],
  ])("is refused for its %s in %j", (property, wrong) => {
    const inputs = { secretId: "right", replication: { auto: {} }, ...wrong };
    expect(kinds[secretType]!.check!(inputs, scope).map((problem) => problem.property)).toEqual([property]);
  });

  it("refuses a payload beyond Google's limit, and an empty one", () => {
    for (const secretData of ["x".repeat(65_537), ""]) {
      const problems = kinds[versionType]!.check!({ secret: "s", secretData }, scope);
      expect(problems[0]!.reason).toContain("expected 1 to 65536");
    }
  });

  it("honours its deletion protection", async () => {
    const id = await declareSecret("protected", { deletionProtection: true });
    await expect(remove(secretType, id)).rejects.toThrow("deletionProtection");
  });
});
