// Signed URLs by the published client, used as a browser or a player would: without any other credentials.
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { File, GetSignedUrlConfig } from "@google-cloud/storage";
import {
  bucketName,
  clientFor,
  declaredBucket,
  email,
  objectUser,
  startStorage,
  type StorageSetup,
} from "./storage-setup.ts";

let storage: StorageSetup;

beforeAll(async () => {
  storage = await startStorage();
  await storage.declare();
  await file("audio/a track.flac").save("0123456789", { resumable: false, metadata: { contentType: "audio/flac" } });
});

afterAll(async () => {
  await storage.close();
});

const file = (name: string): File => storage.client.bucket(bucketName).file(name);

async function sign(name: string, config: Partial<GetSignedUrlConfig> = {}): Promise<string> {
  const [url] = await file(name).getSignedUrl({
    version: "v4",
    action: "read",
    expires: Date.now() + 900_000,
    ...config,
  });
  return url;
}

async function errorOf(response: Response): Promise<[number, string]> {
  const body = await response.text();
  return [response.status, /<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? body];
}

describe("a signed read", () => {
  it("gives the bytes, ranges of them, and the headers that players want", async () => {
    const url = await sign("audio/a track.flac");
    const whole = await fetch(url);
    expect([whole.status, await whole.text()]).toEqual([200, "0123456789"]);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      "content-type": "audio/flac",
      "accept-ranges": "bytes",
      "content-length": "10",
      etag: '"781e5e245d69b566979b86e28d23f2c7"',
      "x-goog-hash": expect.stringMatching(/^crc32c=.{8},md5=eB5eJF1ptWaXm4bijSPyxw==$/),
      "x-goog-generation": expect.stringMatching(/^\d{16}$/),
      "x-goog-storage-class": "STANDARD",
    });
    const part = await fetch(url, { headers: { range: "bytes=-4" } });
    expect([part.status, await part.text(), part.headers.get("content-range")]).toEqual([206, "6789", "bytes 6-9/10"]);
    const cached = await fetch(url, { headers: { "if-none-match": whole.headers.get("etag") ?? "" } });
    expect(cached.status).toBe(304);
  });

  it("may override type and file name", async () => {
    const url = await sign("audio/a track.flac", {
      responseType: "audio/x-flac",
      responseDisposition: 'attachment; filename="x.flac"',
    });
    const { headers } = await fetch(url);
    expect([headers.get("content-type"), headers.get("content-disposition")]).toEqual([
      "audio/x-flac",
      'attachment; filename="x.flac"',
    ]);
  });

  it("of a HEAD, and of names with every kind of character", async () => {
    const name = "audio/ö !'()*&=+?#%2F~\u{1f3b5}.mp3";
    await file(name).save("x", { resumable: false });
    expect((await fetch(await sign(name))).status).toBe(200);
    const [head] = await file(name).getSignedUrl({ version: "v4", action: "read", expires: Date.now() + 60_000 });
    expect((await fetch(head, { method: "HEAD" })).status).toBe(403);
  });

  it("expires, with Google's code and time", async () => {
    const url = await sign("audio/a track.flac", { expires: Date.now() + 60_000 });
    storage.ahead = 61_000;
    try {
      const response = await fetch(url);
      expect(response.status).toBe(400);
      expect(await response.text()).toMatch(
        /<Code>ExpiredToken<\/Code><Message>Invalid argument.<\/Message><Details>The provided token has expired. Request signature expired at: \d{4}-/,
      );
    } finally {
      storage.ahead = 0;
    }
  });

  it("is not valid before its time, beyond 15 minutes of skew", async () => {
    const in10 = await sign("audio/a track.flac", { accessibleAt: new Date(Date.now() + 600_000) });
    expect((await fetch(in10)).status).toBe(200);
    const in20 = await sign("audio/a track.flac", {
      accessibleAt: new Date(Date.now() + 1_200_000),
      expires: Date.now() + 2_000_000,
    });
    expect(await errorOf(await fetch(in20))).toEqual([403, "AccessDenied"]);
  });

  it("is refused when anything in it was changed, and tells what was expected", async () => {
    const url = await sign("audio/a track.flac");
    for (const changed of [
      url.replace("a%20track", "b%20track"),
      url.replace("X-Goog-Expires=", "X-Goog-Expires=1"),
      `${url}&response-content-type=text/html`,
      url.replace(/X-Goog-Signature=../, "X-Goog-Signature=00"),
    ]) {
      const response = await fetch(changed);
      const body = await response.text();
      expect([response.status, body]).toEqual([403, expect.stringContaining("<Code>SignatureDoesNotMatch</Code>")]);
      expect(body).toMatch(/<StringToSign>GOOG4-RSA-SHA256\n\d{8}T\d{6}Z\n.*<CanonicalRequest>GET\n\/loist/s);
    }
    expect(await errorOf(await fetch(url, { method: "DELETE" }))).toEqual([403, "SignatureDoesNotMatch"]);
    const version2 = await sign("audio/a track.flac", { version: "v2" });
    expect(await errorOf(await fetch(version2))).toEqual([501, "NotImplemented"]);
    const week = url.replace(/X-Goog-Expires=\d+/, "X-Goog-Expires=604801");
    expect(await errorOf(await fetch(week))).toEqual([400, "AuthorizationQueryParametersError"]);
  });

  it("by a key that is not the account's, or for an account that is not there, is refused", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const stranger = clientFor(storage.server.endpoint, "none", privateKey);
    const config = { version: "v4", action: "read", expires: Date.now() + 60_000 } as const;
    const [url] = await stranger.bucket(bucketName).file("audio/a track.flac").getSignedUrl(config);
    expect(await errorOf(await fetch(url))).toEqual([403, "SignatureDoesNotMatch"]);
    expect(await errorOf(await fetch(url.replace("loist-music-library-sa", "somebody-else")))).toEqual([
      403,
      "InvalidAccessKeyId",
    ]);
  });

  it("can do what its signer may, and no more", async () => {
    const url = await sign("audio/a track.flac");
    storage.access.grants.set(`serviceAccount:${email}`, ["storage.objects.list"]);
    try {
      const response = await fetch(url);
      expect(response.status).toBe(403);
      expect(await response.text()).toContain(
        `<Code>AccessDenied</Code><Message>Access denied.</Message><Details>${email} does not have storage.objects.get`,
      );
    } finally {
      storage.access.grants.set(`serviceAccount:${email}`, objectUser);
    }
    expect(await errorOf(await fetch(await sign("missing")))).toEqual([404, "NoSuchKey"]);
    const [elsewhere] = await storage.client
      .bucket("no-such-bucket")
      .file("x")
      .getSignedUrl({ version: "v4", action: "read", expires: Date.now() + 60_000 });
    expect(await errorOf(await fetch(elsewhere))).toEqual([404, "NoSuchBucket"]);
    expect(await errorOf(await fetch(`${storage.server.endpoint}/${bucketName}/x`))).toEqual([403, "AccessDenied"]);
  });
});

describe("a signed upload", () => {
  const headers = { "content-type": "audio/mpeg", "x-goog-content-length-range": "1,10" };
  const signUpload = async (name: string): Promise<string> =>
    await sign(name, {
      action: "write",
      contentType: headers["content-type"],
      extensionHeaders: { "x-goog-content-length-range": headers["x-goog-content-length-range"] },
    });

  it("stores what was allowed, in type and length", async () => {
    const url = await signUpload("temp/upload.mp3");
    const done = await fetch(url, { method: "PUT", headers, body: "12345" });
    expect([done.status, done.headers.get("x-goog-stored-content-length")]).toEqual([200, "5"]);
    expect((await file("temp/upload.mp3").getMetadata())[0]).toMatchObject({ contentType: "audio/mpeg", size: "5" });
    expect(await errorOf(await fetch(url, { method: "PUT", headers, body: "x".repeat(11) }))).toEqual([
      400,
      "EntityTooLarge",
    ]);
    expect(await errorOf(await fetch(url, { method: "PUT", headers, body: "" }))).toEqual([400, "EntityTooSmall"]);
    expect((await file("temp/upload.mp3").download())[0].toString()).toBe("12345");
  });

  it("is refused with another type, without a signed header, or with a header that is not signed", async () => {
    const url = await signUpload("temp/refused.mp3");
    const put = async (sent: Record<string, string>): Promise<[number, string]> =>
      await errorOf(await fetch(url, { method: "PUT", headers: sent, body: "12345" }));
    expect(await put({ ...headers, "content-type": "text/html" })).toEqual([403, "SignatureDoesNotMatch"]);
    expect(await put({ "content-type": "audio/mpeg" })).toEqual([400, "MalformedSecurityHeader"]);
    expect(await put({ ...headers, "x-goog-meta-a": "b" })).toEqual([400, "MalformedSecurityHeader"]);
    expect(await put({ ...headers, "x-goog-content-length-range": "0,999" })).toEqual([403, "SignatureDoesNotMatch"]);
    expect((await file("temp/refused.mp3").exists())[0]).toBe(false);
  });

  it("can be resumable: begun with the signature, continued by its address", async () => {
    const url = await sign("temp/resumable.mp3", { action: "resumable", contentType: "audio/mpeg" });
    const begun = await fetch(url, {
      method: "POST",
      headers: { "content-type": "audio/mpeg", "x-goog-resumable": "start" },
    });
    expect(begun.status).toBe(201);
    const location = begun.headers.get("location") ?? "";
    const first = await fetch(location, {
      method: "PUT",
      headers: { "content-range": "bytes 0-262143/262150" },
      body: new Uint8Array(262_144),
    });
    expect([first.status, first.headers.get("range")]).toEqual([308, "bytes=0-262143"]);
    const last = await fetch(location, {
      method: "PUT",
      headers: { "content-range": "bytes 262144-262149/262150" },
      body: "123456",
    });
    expect(last.status).toBe(200);
    expect((await file("temp/resumable.mp3").getMetadata())[0]).toMatchObject({
      size: "262150",
      contentType: "audio/mpeg",
    });
  });
});

describe("a browser of another origin", () => {
  const origin = "https://music.example";
  const preflight = async (asked: {
    origin: string;
    method: string;
    headers?: string;
  }): Promise<Record<string, string>> => {
    const response = await fetch(await sign("audio/a track.flac"), {
      method: "OPTIONS",
      headers: {
        origin: asked.origin,
        "access-control-request-method": asked.method,
        ...(asked.headers === undefined ? {} : { "access-control-request-headers": asked.headers }),
      },
    });
    expect(response.status).toBe(200);
    return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("access-control-")));
  };

  it("is allowed what the bucket declares", async () => {
    expect(await preflight({ origin, method: "PUT", headers: "content-type,x-goog-content-length-range" })).toEqual({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "GET,HEAD,PUT",
      "access-control-allow-headers": "Content-Type,Range,Content-Range,x-goog-content-length-range",
      "access-control-max-age": "3600",
    });
    const { headers } = await fetch(await sign("audio/a track.flac"), { headers: { origin, range: "bytes=0-1" } });
    expect(headers.get("access-control-allow-origin")).toBe(origin);
    expect(headers.get("access-control-expose-headers")).toContain("Content-Range");
  });

  it("gets no headers for another origin, method or header", async () => {
    expect(await preflight({ origin: "https://evil.example", method: "GET" })).toEqual({});
    expect(await preflight({ origin, method: "DELETE" })).toEqual({});
    expect(await preflight({ origin, method: "PUT", headers: "x-requested-with" })).toEqual({});
    const { headers } = await fetch(await sign("audio/a track.flac"), { headers: { origin: "https://evil.example" } });
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  it("sees changed rules at once", async () => {
    await storage.declare({ ...declaredBucket, cors: [{ origins: ["*"], methods: ["*"], responseHeaders: ["*"] }] });
    expect(await preflight({ origin: "https://evil.example", method: "DELETE", headers: "x-any" })).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-headers": "x-any",
    });
    await storage.declare({ ...declaredBucket, cors: [] });
    expect(await preflight({ origin, method: "GET" })).toEqual({});
    await storage.declare();
  });
});
