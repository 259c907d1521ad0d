import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "@jest/globals";
import { OAuth2Client } from "google-auth-library";
import { iamSigner, SigningError } from "../../client/index.ts";

const clientEmail = "signer@project.iam.gserviceaccount.com";
let server: Server | undefined;

/** An IAM Credentials API that gives the given answers in turn, and what it was asked. */
async function fakeIam(
  answers: { status: number; body?: object }[],
): Promise<{ endpoint: string; requests: unknown[] }> {
  const requests: unknown[] = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method, url, headers } = request;
      requests.push({ method, url, token: headers.authorization, body: JSON.parse(body) as unknown });
      const answer = answers[Math.min(requests.length, answers.length) - 1] ?? { status: 500 };
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body ?? {}));
    });
  });
  await new Promise<void>((listening) => server?.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { endpoint: `http://127.0.0.1:${String(address.port)}`, requests };
}

function signerAt(endpoint: string, deadlineMs = 2_000) {
  const auth = new OAuth2Client();
  auth.setCredentials({ access_token: "token-of-a-test" });
  return iamSigner({ clientEmail, endpoint, auth, deadlineMs });
}

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

describe("iamSigner", () => {
  it("asks signBlob as the account itself and returns the signature's bytes", async () => {
    const { endpoint, requests } = await fakeIam([{ status: 200, body: { signedBlob: "c2lnbmVk", keyId: "1" } }]);
    expect((await signerAt(endpoint).sign("text to sign")).toString()).toBe("signed");
    expect(requests).toEqual([
      {
        method: "POST",
        url: `/v1/projects/-/serviceAccounts/${clientEmail}:signBlob`,
        token: "Bearer token-of-a-test",
        body: { payload: Buffer.from("text to sign").toString("base64") },
      },
    ]);
  });

  it("tries again when the API is busy", async () => {
    const { endpoint, requests } = await fakeIam([
      { status: 503 },
      { status: 429 },
      { status: 200, body: { signedBlob: "c2lnbmVk" } },
    ]);
    expect((await signerAt(endpoint).sign("text")).toString()).toBe("signed");
    expect(requests).toHaveLength(3);
  });

  it("says at once which right is missing", async () => {
    const { endpoint, requests } = await fakeIam([{ status: 403 }]);
    const error = await signerAt(endpoint)
      .sign("text")
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SigningError);
    expect(error).toMatchObject({ retryable: false, message: expect.stringContaining("iam.serviceAccounts.signBlob") });
    expect(requests).toHaveLength(1);
  });

  it("ends at its deadline with an error that may be retried", async () => {
    const { endpoint } = await fakeIam([{ status: 500 }]);
    const start = Date.now();
    await expect(signerAt(endpoint, 500).sign("text")).rejects.toMatchObject({ name: "SigningError", retryable: true });
    expect(Date.now() - start).toBeLessThan(1_500);
  });

  it("counts an unreachable API as one that may come back", async () => {
    const signing = signerAt("http://127.0.0.1:1", 300).sign("text");
    await expect(signing).rejects.toMatchObject({ name: "SigningError", retryable: true });
  });

  it("never promises a URL longer than 12 hours", () => {
    expect(signerAt("").maxExpiresSeconds).toBe(43_200);
  });
});
