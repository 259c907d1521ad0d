import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { GoogleAuth } from "google-auth-library";
import { answering, container, email, port, TestCloud, uriOf } from "./run-setup.ts";

const cloud = new TestCloud("run-front");
const operator = "user:operator@music-library.local";
const caller = "caller@loist-music-library-local.iam.gserviceaccount.com";
let uri: string;

/** What the container says of the request that it got. */
type Seen = { method: string; url: string; text: string; headers: Record<string, string | undefined> };

beforeAll(async () => {
  await cloud.start();
  await cloud.declare("gcp:serviceaccount/account:Account", { accountId: "caller" });
  const program = answering("{ method: request.method, url: request.url, headers: request.headers, text }");
  const outputs = await cloud.deploy(
    "private",
    { containers: [container("a", program, port)], timeout: "1s" },
    { customAudiences: ["https://tracks.music.org"] },
  );
  uri = uriOf(outputs);
  await cloud.invoker("private", `serviceAccount:${caller}`);
});

afterAll(() => cloud.remove());

const call = (headers: Record<string, string>, path = "/", init: RequestInit = {}): Promise<Response> =>
  fetch(`${uri}${path}`, { ...init, headers });
const token = (audience: string, who = caller): string => cloud.identity.accountIdToken(who, audience);

describe("the front of a private service", () => {
  it("refuses in Cloud Run's words whoever says nothing of themselves", async () => {
    const response = await call({}, "/tracks?query=x");
    expect(response.status).toBe(403);
    expect(await response.text()).toContain(
      "<h2>Your client does not have permission to get URL <code>/tracks</code> from this server.</h2>",
    );
  });

  it.each([
    ["a token that is none", (): string => "nonsense"],
    ["a token for another audience", (): string => token("https://elsewhere.org")],
    ["an access token", (): string => cloud.identity.accessToken(`serviceAccount:${caller}`).token],
    [
      "an account that does not exist",
      (): string => token(uri, "ghost@loist-music-library-local.iam.gserviceaccount.com"),
    ],
  ])("answers 401 to %s", async (_what, bearer) => {
    const response = await call({ authorization: `Bearer ${bearer()}` });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
  });

  it("answers 403 to an account that is no invoker", async () => {
    const response = await call({ authorization: `Bearer ${token(uri, email)}` });
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
  });

  it("lets invokers in, by the service's address and its custom audience", async () => {
    for (const audience of [uri, "https://tracks.music.org"]) {
      const response = await call({ authorization: `Bearer ${token(audience)}` }, "/tracks?query=a%20b", {
        method: "POST",
        body: "x".repeat(300_000),
      });
      const seen = (await response.json()) as Seen;
      expect(seen).toMatchObject({ method: "POST", url: "/tracks?query=a%20b", text: "x".repeat(300_000) });
      // What the container gets cannot be used again.
      expect(seen.headers.authorization).toMatch(/\.SIGNATURE_REMOVED_BY_GOOGLE$/);
      expect(seen.headers["x-forwarded-for"]).toBe("127.0.0.1");
      expect(seen.headers["x-forwarded-proto"]).toBe("http");
    }
  });

  it("takes the service's own header for the one that counts, and leaves the other alone", async () => {
    const own = `Bearer ${token(uri)}`;
    const answer = await call({ "x-serverless-authorization": own, authorization: "Bearer mine" });
    const seen = (await answer.json()) as Seen;
    expect(seen.headers.authorization).toBe("Bearer mine");
    expect(seen.headers["x-serverless-authorization"]).toBeUndefined();
    const wrong = await call({ "x-serverless-authorization": "Bearer nonsense", authorization: own });
    expect(wrong.status).toBe(401);
  });

  it("lets the operator and a client with a metadata server in by their libraries", async () => {
    const bearer = cloud.identity.operatorIdToken(uri);
    expect((await call({ authorization: `Bearer ${bearer}` })).status).toBe(200);
    expect(cloud.identity.allowed(operator, "run.routes.invoke", "projects/p/locations/r/services/s")).toBe(true);
    const { port: metadataPort } = await cloud.identity.metadataFor(caller);
    process.env["GCE_METADATA_HOST"] = `127.0.0.1:${metadataPort}`;
    try {
      const client = await new GoogleAuth().getIdTokenClient(uri);
      expect((await client.request({ url: `${uri}/tracks` })).status).toBe(200);
    } finally {
      Reflect.deleteProperty(process.env, "GCE_METADATA_HOST");
    }
  });
});

describe("the front", () => {
  it("is open once everybody is an invoker", async () => {
    const outputs = await cloud.deploy("public", { containers: [container("a", answering("1"), port)] });
    expect((await fetch(uriOf(outputs))).status).toBe(403);
    await cloud.invoker("public", "allUsers");
    expect((await fetch(uriOf(outputs))).status).toBe(200);
  });

  it("ends a request that takes longer than the service allows", async () => {
    const slow = answering("new Promise((resolve) => setTimeout(() => resolve(1), 5000))");
    const template = { containers: [container("a", slow, port)], timeout: "1s" };
    const outputs = await cloud.deploy("slow", template, { invokerIamDisabled: true });
    const response = await fetch(uriOf(outputs));
    expect(response.status).toBe(504);
    expect(await response.text()).toContain("upstream request timeout");
  });

  it("answers 503 when the container hangs up", async () => {
    const template = { containers: [container("a", answering("request.socket.destroy()"), port)] };
    const outputs = await cloud.deploy("rude", template, { invokerIamDisabled: true });
    expect((await fetch(uriOf(outputs))).status).toBe(503);
  });

  it("hands a long answer through as it comes", async () => {
    const program = `
      import { createServer } from "node:http";
      createServer((request, response) => {
        response.write("first");
        setTimeout(() => response.end("last"), 700);
      }).listen(Number(process.env.PORT), process.env.HOST);`;
    const outputs = await cloud.deploy(
      "stream",
      { containers: [container("a", program, port)] },
      { invokerIamDisabled: true },
    );
    const begun = Date.now();
    const reader = (await fetch(uriOf(outputs))).body!.getReader();
    // The two compilers disagree on what a chunk is.
    const chunk: Uint8Array | undefined = (await reader.read()).value;
    expect(Buffer.from(chunk ?? []).toString()).toBe("first");
    expect(Date.now() - begun).toBeLessThan(600);
    await reader.cancel();
  });
});
