import { createHash, generateKeyPairSync } from "node:crypto";
import { Storage } from "@google-cloud/storage";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { GoogleAuth, JWT } from "google-auth-library";
import {
  keySigner,
  ObjectNameError,
  safeFileName,
  type Signer,
  SignedUrlError,
  SignedUrls,
  signV4Url,
  UrlAddressError,
  urlLifetimeSeconds,
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

/** Without the cache: each URL begins at the clock's own second. */
function signedUrls(changes: { endpoint?: string; signer?: Signer; now?: number } = {}): SignedUrls {
  const { endpoint = "", now: at = now } = changes;
  return new SignedUrls({
    bucket: "library-audio",
    prefixes,
    endpoint,
    signer: changes.signer ?? signer,
    clock: () => at,
    cacheSize: 0,
  });
}

/** The same URL by Google's own library, whose signature for the same key and time must be the same. */
async function googles(
  object: string,
  config: { action: "read" | "write" | "delete" | "resumable"; expiresSeconds?: number; [option: string]: unknown },
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
  }, 30_000);

  it("ends at a whole second, 15 minutes later unless told", async () => {
    const url = await signedUrls({ now: now + 999 }).download({ object: "audio/a" });
    expect(url.expiresAt).toEqual(new Date(now + 900_000));
    expect(url.url).toContain("X-Goog-Expires=900");
  });

  it("goes to the port of an endpoint; what is signed is the host's name, as Google's cases have it", async () => {
    const [elsewhere, at80] = await Promise.all([
      signedUrls({ endpoint: "http://127.0.0.1:9000" }).download({ object: "audio/a" }),
      signedUrls({ endpoint: "http://127.0.0.1" }).download({ object: "audio/a" }),
    ]);
    expect(elsewhere.url).toMatch(/^http:\/\/127\.0\.0\.1:9000\/library-audio\/audio\/a\?/);
    expect(new URL(elsewhere.url).searchParams.get("X-Goog-Signature")).toBe(
      new URL(at80.url).searchParams.get("X-Goog-Signature"),
    );
  });

  it("is refused for an endpoint that is none", () => {
    for (const endpoint of ["storage.googleapis.com", "ftp://host", "https://host/path", "https://user@host"]) {
      expect(() => signedUrls({ endpoint })).toThrow(UrlAddressError);
    }
  });

  it("writes file names for people so that no header breaks", async () => {
    const { url } = await signedUrls().download({ object: "audio/a", saveAs: 'Jóga "live"\r\n.flac' });
    const disposition = new URL(url).searchParams.get("response-content-disposition");
    expect(disposition).toMatch(/^attachment; filename=.*; filename\*=UTF-8''/);
    expect(disposition).not.toMatch(/[\r\n]/);
  });
});

describe("any request", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((value) => value.trim() !== "");
  const headerName = fc.stringMatching(/^x-goog-meta-[a-z0-9-]{1,8}$/);
  const headerValue = fc.stringMatching(/^[!-~]([ -~]{0,15}[!-~])?$/);

  it("has the signature of Google's own library, whatever its headers, parameters and style", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          object: fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).filter((name) => name.isWellFormed()),
          headers: fc.dictionary(headerName, headerValue, { maxKeys: 3 }),
          query: fc.dictionary(text, text, { maxKeys: 3 }),
          virtualHosted: fc.boolean(),
          method: fc.constantFrom("GET", "PUT", "DELETE"),
          expiresSeconds: fc.integer({ min: 1, max: 604_800 }),
        }),
        async ({ object, headers, query, virtualHosted, method, expiresSeconds }) => {
          const style = virtualHosted ? "virtualHosted" : "path";
          const action = ({ GET: "read", PUT: "write", DELETE: "delete" } as const)[method];
          const ours = await signV4Url(
            {
              method,
              bucket: "library-audio",
              object,
              headers,
              query,
              expiresSeconds,
              signedAt: now,
              address: { style },
            },
            signer,
          );
          const peer = await googles(object, {
            ...{ action, expiresSeconds, extensionHeaders: headers, queryParams: query },
            virtualHostedStyle: virtualHosted,
          });
          expect(new URL(ours).searchParams.get("X-Goog-Signature")).toBe(
            new URL(peer).searchParams.get("X-Goog-Signature"),
          );
        },
      ),
      { numRuns: 60 },
    );
  }, 30_000);

  it("makes the same form as Google's own library", async () => {
    const maxBytes = 5_000;
    const ours = await signedUrls().uploadForm({ object: "temp/ä.flac", contentType: "audio/flac", maxBytes });
    const [peer] = await storage
      .bucket("library-audio")
      .file("temp/ä.flac")
      .generateSignedPostPolicyV4({
        expires: Date.now() + 900_000,
        fields: { "content-type": "audio/flac" },
        conditions: [["content-length-range", 1, maxBytes]],
      });
    // Google's library dates a form by the machine's clock, so only what does not depend on it is compared.
    const conditions = (form: { fields: Record<string, string> }) =>
      (JSON.parse(Buffer.from(form.fields["policy"] ?? "", "base64").toString()) as { conditions: object[] }).conditions
        .map((condition) => JSON.stringify(condition))
        .filter((condition) => !/x-goog-(date|credential)/.test(condition));
    expect(conditions(ours)).toEqual(conditions(peer));
    expect(ours.url).toBe(peer.url);
  });
});

describe("a file name to save as", () => {
  it.each([
    ["song.flac", "song.flac"],
    ["../../etc/passwd", "_.._etc_passwd"],
    ["a\u202egpj.exe", "agpj.exe"],
    ["  .hidden. ", "hidden"],
    ["CON.mp3", "_CON.mp3"],
    ["...", "download"],
    ['AC/DC: "Live"?.mp3', "AC_DC_ _Live__.mp3"],
  ])("%j is %j", (name, safe) => expect(safeFileName(name)).toBe(safe));

  it("fits every file system and every header, whatever it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (name) => {
        const safe = safeFileName(name);
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(255);
        expect(safe).toMatch(/^[^\\/:*?"<>|\u0000-\u001f\u007f]+$/);
        expect(safeFileName(safe)).toBe(safe);
      }),
    );
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

  it("begins a resumable upload of the same type and size", async () => {
    const object = "temp/upload.flac";
    const upload = { object, contentType: "audio/flac", sizeBytes: 99, replacing: "0" };
    const { url, headers, method } = await signedUrls().resumableUpload(upload);
    const extensionHeaders = { "x-goog-content-length-range": "99,99", "x-goog-if-generation-match": "0" };
    const peer = await googles(object, { action: "resumable", contentType: "audio/flac", extensionHeaders });
    expect(parts(url)).toEqual(parts(peer));
    expect({ headers, method }).toEqual({
      headers: { "content-type": "audio/flac", "x-goog-resumable": "start", ...extensionHeaders },
      method: "POST",
    });
  });

  it("signs the payload where its digest is given", async () => {
    const sha256 = createHash("sha256").update("sound").digest("hex");
    const upload = { object: "temp/a", contentType: "audio/flac", sizeBytes: 5, sha256 };
    const { url, headers } = await signedUrls().upload(upload);
    const peer = await googles("temp/a", {
      ...{ action: "write", contentType: "audio/flac" },
      extensionHeaders: { "x-goog-content-length-range": "5,5", "x-goog-content-sha256": sha256 },
    });
    expect(parts(url)).toEqual(parts(peer));
    expect(headers["x-goog-content-sha256"]).toBe(sha256);
  });

  it("is refused with all its problems at once", async () => {
    const upload = {
      object: "temp/a",
      contentType: "audio/flac\r\nx-evil: 1",
      sizeBytes: 0.5,
      expiresSeconds: -1,
      replacing: "x",
    };
    const error = await signedUrls()
      .upload(upload)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SignedUrlError);
    expect(error).toHaveProperty("problems.length", 4);
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

  it.each([
    ["stream", null, 900],
    ["stream", 200.5, 900],
    ["stream", 5400.2, 6001],
    ["seek", 200.5, 3801],
    ["seek", 5400.2, 9001],
    ["download", 5400.2, 900],
    ["thumbnail", 5400.2, 900],
    ["upload", 5400.2, 900],
  ] as const)("to %s a track of %s s is %d s", (use, durationSeconds, seconds) =>
    expect(urlLifetimeSeconds(use, { durationSeconds }, signer)).toBe(seconds),
  );

  it("is never longer than the signer's, however long the track", () => {
    expect(urlLifetimeSeconds("stream", { durationSeconds: 100_000 }, twelveHours)).toBe(43_200);
  });
});
