import { generateKeyPairSync } from "node:crypto";
import { Storage } from "@google-cloud/storage";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { GoogleAuth, JWT } from "google-auth-library";
import {
  keySigner,
  ObjectNameError,
  type Signer,
  SignedUrlError,
  SignedUrls,
  streamExpiresSeconds,
} from "../../client/index.ts";

const email = "signer@project.iam.gserviceaccount.com";
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
// Google's library refuses to sign for the past.
const now = Date.UTC(2096, 0, 2, 3, 4, 5);
const prefixes = { audio: "audio/", thumbnails: "thumbnails/", temp: "temp/" };
const signer = keySigner(email, privateKey);
const auth = new GoogleAuth({ authClient: new JWT({ email, key: privateKey }), clientOptions: {} });
// The library wants to know who signs, and finds it in credentials only.
auth.jsonContent = { client_email: email, private_key: privateKey };
const storage = new Storage({ projectId: "project", authClient: auth });

function signedUrls(changes: { endpoint?: string; signer?: Signer; now?: number } = {}): SignedUrls {
  const { endpoint = "", now: at = now } = changes;
  return new SignedUrls({
    bucket: "library-audio",
    prefixes,
    endpoint,
    signer: changes.signer ?? signer,
    clock: () => at,
  });
}

/** The same URL by Google's own library, whose signature for the same key and time must be the same. */
async function googles(
  object: string,
  config: { action: "read" | "write"; expiresSeconds?: number; [option: string]: unknown },
): Promise<string> {
  const { expiresSeconds = 900, ...rest } = config;
  const [url] = await storage
    .bucket("library-audio")
    .file(object)
    .getSignedUrl({ version: "v4", accessibleAt: now, expires: now + expiresSeconds * 1000, ...rest });
  return url;
}

/** Google's library leaves "()" and the order of parameters as they come: a URL is its path, parameters and signature. */
function parts(url: string): unknown {
  const { origin, pathname, searchParams } = new URL(url);
  return { origin, path: decodeURIComponent(pathname), parameters: Object.fromEntries(searchParams) };
}

describe("a signed download", () => {
  it.each([
    "audio/plain.flac",
    "audio/with space & ampersand+plus.mp3",
    "audio/Björk/Jóga.ogg",
    "audio/日本/🎵.wav",
    "thumbnails/50%25=half?#.jpg",
    "audio/it's (live)!*.flac",
  ])("of %s is signed as Google's own library signs it", async (object) => {
    const { url } = await signedUrls().download({ object });
    expect(parts(url)).toEqual(parts(await googles(object, { action: "read" })));
  });

  it("carries content type and disposition as Google's own library does", async () => {
    const object = "audio/a.flac";
    const { url } = await signedUrls().download({
      object,
      contentType: "audio/flac",
      saveAs: "a b.flac",
      expiresSeconds: 60,
    });
    const responseDisposition = 'attachment; filename="a b.flac"';
    const peer = await googles(object, {
      ...{ action: "read", expiresSeconds: 60, responseType: "audio/flac", responseDisposition },
    });
    expect(parts(url)).toEqual(parts(peer));
  });

  it("has the same signature for any object name", async () => {
    const names = fc.string({ unit: "binary", minLength: 1, maxLength: 30 }).map((text) => `audio/${text}`);
    await fc.assert(
      fc.asyncProperty(names, async (object) => {
        let ours: string;
        try {
          ours = (await signedUrls().download({ object })).url;
        } catch (error) {
          return error instanceof ObjectNameError;
        }
        const peer = await googles(object, { action: "read" });
        return (
          new URL(ours).searchParams.get("X-Goog-Signature") === new URL(peer).searchParams.get("X-Goog-Signature")
        );
      }),
      { numRuns: 40 },
    );
  });

  it("ends at a whole second, 15 minutes later unless told", async () => {
    const url = await signedUrls({ now: now + 999 }).download({ object: "audio/a" });
    expect(url.expiresAt).toEqual(new Date(now + 900_000));
    expect(url.url).toContain("X-Goog-Expires=900");
  });

  it("signs the port where it is not the scheme's own, as clients send it", async () => {
    const signed: string[] = [];
    const recording: Signer = {
      ...{ clientEmail: email, maxExpiresSeconds: 900 },
      sign: (text) => {
        signed.push(text);
        return Promise.resolve(Buffer.from("00", "hex"));
      },
    };
    await signedUrls({ endpoint: "http://127.0.0.1:9000", signer: recording }).download({ object: "audio/a" });
    await signedUrls({ endpoint: "http://127.0.0.1", signer: recording }).download({ object: "audio/a" });
    expect(signed[0]).not.toEqual(signed[1]);
    const { url } = await signedUrls({ endpoint: "http://127.0.0.1:9000" }).download({ object: "audio/a" });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:9000\/library-audio\/audio\/a\?/);
  });

  it("writes file names for people so that no header breaks", async () => {
    const { url } = await signedUrls().download({ object: "audio/a", saveAs: 'Jóga "live"\r\n.flac' });
    const disposition = new URL(url).searchParams.get("response-content-disposition");
    expect(disposition).toMatch(/^attachment; filename=.*; filename\*=UTF-8''/);
    expect(disposition).not.toMatch(/[\r\n]/);
  });
});

describe("a signed upload", () => {
  it("is bound to type and size as Google's own library binds it", async () => {
    const object = "temp/upload.flac";
    const { url, headers, method } = await signedUrls().upload({ object, contentType: "audio/flac", sizeBytes: 1234 });
    const extensionHeaders = { "x-goog-content-length-range": "1234,1234" };
    expect(parts(url)).toEqual(
      parts(await googles(object, { action: "write", contentType: "audio/flac", extensionHeaders })),
    );
    expect({ headers, method }).toEqual({
      headers: { "content-type": "audio/flac", ...extensionHeaders },
      method: "PUT",
    });
  });

  it("goes to the temporary folder only", async () => {
    const upload = { object: "audio/a.flac", contentType: "audio/flac", sizeBytes: 1 };
    await expect(signedUrls().upload(upload)).rejects.toThrow(ObjectNameError);
  });

  it("is refused with all its problems at once", async () => {
    const upload = { object: "temp/a", contentType: "audio/flac\r\nx-evil: 1", sizeBytes: 0.5, expiresSeconds: -1 };
    const error = await signedUrls()
      .upload(upload)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SignedUrlError);
    expect(error).toHaveProperty("problems.length", 3);
  });
});

describe("the life of a URL", () => {
  const twelveHours: Signer = { ...signer, maxExpiresSeconds: 12 * 3600 };

  it.each([
    [signer, 604_800, true],
    [signer, 604_801, false],
    [twelveHours, 43_200, true],
    [twelveHours, 43_201, false],
    [signer, 1, true],
    [signer, 0, false],
    [signer, 1.5, false],
    [signer, Number.NaN, false],
  ])("case %#: %j takes %d s: %s", async (by, expiresSeconds, taken) => {
    const url = signedUrls({ signer: by }).download({ object: "audio/a", expiresSeconds });
    if (taken) await expect(url).resolves.toHaveProperty("method", "GET");
    else await expect(url).rejects.toThrow(SignedUrlError);
  });

  it("is 15 minutes for a song, longer for a concert, never longer than the signer's", () => {
    expect(streamExpiresSeconds(null, signer)).toBe(900);
    expect(streamExpiresSeconds(200.5, signer)).toBe(900);
    expect(streamExpiresSeconds(5400.2, signer)).toBe(5701);
    expect(streamExpiresSeconds(100_000, twelveHours)).toBe(43_200);
  });
});
