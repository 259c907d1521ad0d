// Who may call the service, with a real issuer of ID tokens: OpenID Connect's discovery and keys over HTTP.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { AccessSettings } from "../../service/access.ts";
import { readSettings, SettingsError } from "../../service/settings.ts";
import { freePort } from "../support/postgres.ts";
import { testPassword } from "../support/schema.ts";
import { exampleContract } from "./contract-example.ts";
import { type ServiceSetup, startService } from "./service-setup.ts";

const audience = "https://tracks.example";
let service: ServiceSetup;
let issuerServer: FastifyInstance;
let issuer: string;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let others: Awaited<ReturnType<typeof generateKeyPair>>;
const servers = new Map<string, FastifyInstance>();

beforeAll(async () => {
  [keys, others] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
  issuerServer = Fastify();
  issuerServer.get("/.well-known/openid-configuration", () => ({ issuer, jwks_uri: `${issuer}/keys` }));
  issuerServer.get("/keys", async () => ({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: "1", alg: "RS256" }] }));
  issuer = await issuerServer.listen({ host: "127.0.0.1", port: 0 });
  service = await startService();
  const at = async (name: string, access: AccessSettings) => {
    servers.set(name, (await service.serviceAt(service.cluster.port, { access, signingsPerMinute: 3 })).server);
  };
  await at("private", { publicReads: false, identity: { issuer, audience } });
  await at("public reads", { publicReads: true, identity: { issuer, audience } });
  await at("platform", { publicReads: false, identity: undefined });
}, 60_000);

afterAll(async () => {
  await service.close();
  await issuerServer.close();
});

interface TokenChanges {
  audience?: string;
  issuer?: string;
  expiresIn?: string;
  subject?: string;
  key?: "own" | "other";
}

function token(changes: TokenChanges = {}): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: "RS256", kid: "1" })
    .setSubject(changes.subject ?? "somebody")
    .setIssuer(changes.issuer ?? issuer)
    .setAudience(changes.audience ?? audience)
    .setExpirationTime(changes.expiresIn ?? "5 minutes")
    .sign(changes.key === "other" ? others.privateKey : keys.privateKey);
}

const id = "00000000-0000-4000-8000-000000000000";
const routes: [access: "open" | "read" | "write", method: "GET" | "POST" | "DELETE", url: string][] = [
  ["open", "GET", "/live"],
  ["open", "GET", "/ready"],
  ["open", "GET", "/"],
  ["open", "GET", "/page.js"],
  ["read", "GET", "/tracks"],
  ["read", "GET", `/tracks/${id}`],
  ["read", "GET", `/tracks/${id}/stream`],
  ["read", "GET", `/tracks/${id}/thumbnail`],
  ["read", "GET", "/suggestions?prefix=a"],
  ["read", "GET", "/status"],
  ["read", "GET", "/metrics"],
  ["read", "GET", "/openapi.json"],
  ["write", "DELETE", `/tracks/${id}`],
  ["write", "POST", "/uploads"],
  ["write", "POST", `/uploads/${id}/promote`],
  ["write", "POST", "/internal/verify"],
];

async function statusOf(
  name: string,
  [, method, url]: (typeof routes)[number],
  authorization?: string,
): Promise<number> {
  const headers = authorization === undefined ? {} : { authorization };
  return (await servers.get(name)?.inject({ method, url, headers }))?.statusCode ?? 0;
}

describe("who may call", () => {
  it.each(routes)("%s: %s %s without an identity", async (...route) => {
    const [access] = route;
    const statuses = [await statusOf("private", route), await statusOf("public reads", route)];
    expect(statuses.map((status) => status === 401)).toEqual([access !== "open", access === "write"]);
  });

  it.each(routes.filter(([, , url]) => url !== "/internal/verify"))("with one: %s %s %s", async (...route) => {
    expect(await statusOf("private", route, `Bearer ${await token()}`)).not.toBe(401);
  });

  it("is the platform's to say where no issuer is configured", async () => {
    for (const route of routes.filter(([, , url]) => url !== "/internal/verify")) {
      expect(await statusOf("platform", route)).not.toBe(401);
    }
  });

  it.each([
    ["another audience", { audience: "https://elsewhere.example" }],
    ["another issuer", { issuer: "https://accounts.example" }],
    ["a time that is over", { expiresIn: "-5 minutes" }],
    ["another's signature", { key: "other" as const }],
  ])("a token with %s does not count", async (_what, changes) => {
    const headers = { authorization: `Bearer ${await token(changes)}` };
    const answer = await servers.get("private")?.inject({ url: "/tracks", headers });
    expect(answer?.statusCode).toBe(401);
    expect(answer?.headers["www-authenticate"]).toMatch(/^Bearer/);
    expect(answer?.json()).toMatchObject({ code: "UnauthenticatedError", detail: expect.stringContaining("ID token") });
  });

  it.each([
    "Bearer x.y.z",
    "Basic dXNlcjpwYXNz",
    "Bearer",
    `Bearer ${Buffer.from('{"alg":"none"}').toString("base64url")}.e30.`,
  ])("a header %j does not count, and is not repeated", async (authorization) => {
    const answer = await servers.get("private")?.inject({ url: "/tracks", headers: { authorization } });
    expect(answer?.statusCode).toBe(401);
    expect(answer?.body).not.toContain("x.y.z");
  });

  it("is told to try later when the issuer does not answer", async () => {
    const nowhere = `http://127.0.0.1:${String(await freePort())}`;
    const access = { publicReads: false, identity: { issuer: nowhere, audience } };
    const { server } = await service.serviceAt(service.cluster.port, { access });
    const headers = { authorization: `Bearer ${await token({ issuer: nowhere })}` };
    const answer = await server.inject({ url: "/tracks", headers });
    expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([503, "1"]);
  });
});

describe("the rate limit on signing", () => {
  it("is each caller's own, and says when to try again", async () => {
    const call = async (subject: string) =>
      servers.get("private")?.inject({
        ...{ url: `/tracks/${id}/stream`, headers: { authorization: `Bearer ${await token({ subject })}` } },
      });
    const statuses: (number | undefined)[] = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await call("greedy"))?.statusCode);
    expect(statuses).toEqual([404, 404, 404, 429]);
    const refused = await call("greedy");
    expect(refused?.json()).toMatchObject({ code: "TooManyRequestsError", status: 429 });
    expect(Number(refused?.headers["retry-after"])).toBeGreaterThan(0);
    expect((await call("modest"))?.statusCode).toBe(404);
  });
});

describe("the settings of access", () => {
  const environment = { MUSIC_LIBRARY_CONTRACT: JSON.stringify(exampleContract()), POOLER_PASSWORD: testPassword };

  it("are private unless said otherwise", () => {
    expect(readSettings(environment).access).toEqual({ publicReads: false, identity: undefined });
    const opened = { ...environment, PUBLIC_READS: "true", OIDC_ISSUER: "https://i.example", OIDC_AUDIENCE: "a" };
    expect(readSettings(opened).access).toEqual({
      publicReads: true,
      identity: { issuer: "https://i.example", audience: "a" },
    });
  });

  it.each([
    [{ PUBLIC_READS: "true" }, "PUBLIC_READS opens the door"],
    [{ OIDC_ISSUER: "https://i.example" }, "OIDC_AUDIENCE and OIDC_ISSUER go together"],
    [{ OIDC_ISSUER: "i.example", OIDC_AUDIENCE: "a" }, "OIDC_ISSUER"],
    [{ PUBLIC_READS: "maybe", SIGNINGS_PER_MINUTE: "0" }, "PUBLIC_READS expected true or false; SIGNINGS_PER_MINUTE"],
  ])("refuse %j", (changes, message) => {
    expect(() => readSettings({ ...environment, ...changes })).toThrow(SettingsError);
    expect(() => readSettings({ ...environment, ...changes })).toThrow(message);
  });
});
