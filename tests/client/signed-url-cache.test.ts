import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  keySigner,
  minimumRestSeconds,
  ObjectNameError,
  type Signer,
  SignedUrls,
  SigningError,
} from "../../client/index.ts";
import { BoundedCache } from "../../client/bounded-cache.ts";

const start = Date.UTC(2096, 0, 2, 3, 4, 5);

/** Counts what it signs; `answer` decides when and how. */
function countingSigner(answer: (count: number) => Promise<Buffer> = () => Promise.resolve(Buffer.from("ab"))) {
  const signer = {
    ...{ clientEmail: "signer@project.iam.gserviceaccount.com", maxExpiresSeconds: 43_200, count: 0 },
    sign: () => {
      signer.count += 1;
      return answer(signer.count);
    },
  };
  return signer satisfies Signer;
}

function signedUrlsBy(signer: Signer, cacheSize?: number) {
  const clock = { now: start };
  const signedUrls = new SignedUrls({
    ...{ bucket: "library-audio", prefixes: { audio: "audio/", thumbnails: "thumbnails/", temp: "temp/" } },
    ...{ endpoint: "", signer, clock: () => clock.now },
    ...(cacheSize === undefined ? {} : { cacheSize }),
  });
  return { signedUrls, clock };
}

describe("a cached download URL", () => {
  it("is signed once for all who ask at the same time", async () => {
    const signer = countingSigner(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return Buffer.from("ab");
    });
    const { signedUrls } = signedUrlsBy(signer);
    const all = await Promise.all(Array.from({ length: 100 }, () => signedUrls.download({ object: "audio/a" })));
    expect([signer.count, new Set(all.map(({ url }) => url)).size]).toEqual([1, 1]);
  });

  it("always has the stated rest of its life left, and is the same in another process", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 43_200 }),
        fc.array(fc.integer({ min: 0, max: 400_000 }), { minLength: 1, maxLength: 12 }),
        fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 8 }).filter((name) => !/[./]/.test(name)),
        async (expiresSeconds, steps, name) => {
          const here = signedUrlsBy(countingSigner());
          for (const step of steps) {
            here.clock.now += step;
            const request = { object: `audio/${name}`, expiresSeconds };
            const { url, expiresAt } = await here.signedUrls.download(request);
            const there = signedUrlsBy(countingSigner());
            there.clock.now = here.clock.now;
            expect((await there.signedUrls.download(request)).url).toBe(url);
            // The timestamp has no fractions: up to a second of the clock is lost to it.
            const restMs = expiresAt.getTime() - here.clock.now;
            expect(restMs).toBeGreaterThan((minimumRestSeconds(expiresSeconds) - 1) * 1000);
            expect(restMs).toBeLessThanOrEqual(expiresSeconds * 1000);
          }
        },
      ),
    );
    expect(minimumRestSeconds(900)).toBe(600);
  });

  it("is signed anew in the next window, and for anything else that is asked", async () => {
    const signer = countingSigner();
    const { signedUrls, clock } = signedUrlsBy(signer);
    const ask = () =>
      Promise.all([
        signedUrls.download({ object: "audio/a" }),
        signedUrls.download({ object: "audio/b" }),
        signedUrls.download({ object: "audio/a", saveAs: "a.flac" }),
        signedUrls.download({ object: "audio/a", contentType: "audio/flac" }),
        signedUrls.download({ object: "audio/a", expiresSeconds: 1200 }),
      ]);
    const first = await ask();
    expect(new Set(first.map(({ url }) => url)).size).toBe(5);
    expect(await ask()).toEqual(first);
    expect(signer.count).toBe(5);
    clock.now += 300_000;
    await ask();
    expect(signer.count).toBe(10);
  });

  it("is forgotten when signing failed, so that the next call tries again", async () => {
    const signer = countingSigner((count) =>
      count === 1
        ? Promise.reject(new SigningError("signer", "no answer", { retryable: true, text: "Try again later." }))
        : Promise.resolve(Buffer.from("ab")),
    );
    const { signedUrls } = signedUrlsBy(signer);
    await expect(signedUrls.download({ object: "audio/a" })).rejects.toThrow(SigningError);
    await expect(signedUrls.download({ object: "audio/a" })).resolves.toHaveProperty("method", "GET");
  });

  it("is never another request's: a name with line feeds does not reach what is kept", async () => {
    const { signedUrls } = signedUrlsBy(countingSigner());
    await signedUrls.download({ object: "audio/a", contentType: "audio/flac" });
    await expect(signedUrls.download({ object: "audio/a\n900\naudio/flac" })).rejects.toThrow(ObjectNameError);
  });

  it("takes a bounded memory, and what is asked for stays", async () => {
    const signer = countingSigner();
    const { signedUrls } = signedUrlsBy(signer, 100_000);
    for (let index = 0; index < 2_000; index += 1) {
      await signedUrls.download({ object: `audio/${String(index)}` });
      await signedUrls.download({ object: "audio/hot" });
      expect(signedUrls.cached.size).toBeLessThanOrEqual(100_000);
    }
    expect(signedUrls.cached.count).toBeGreaterThan(30);
    expect(signer.count).toBe(2_001);
  });
});

describe("a bounded cache", () => {
  it("knows its size whatever is kept, replaced, forgotten or failed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: fc.stringMatching(/^[a-e]$/), size: fc.nat(2_000), fails: fc.boolean() })),
        async (writes) => {
          const cache = new BoundedCache<number>(3_000, (value) => value);
          for (const { key, size, fails } of writes) {
            const value = fails ? Promise.reject(new Error("failed")) : Promise.resolve(size);
            await cache.keep(key, 1, value).catch(() => undefined);
            await Promise.resolve();
            expect(cache.size).toBeLessThanOrEqual(3_000);
            expect(cache.size >= cache.count * 600).toBe(true);
          }
          if (cache.count === 0) expect(cache.size).toBe(0);
        },
      ),
    );
  });
});

describe("a signer with a key", () => {
  const pem = (type: "rsa" | "ec") =>
    (type === "rsa"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ec", { namedCurve: "P-256" })
    ).privateKey
      .export({ type: "pkcs8", format: "pem" })
      .toString();

  it("says what is wrong with a key, and never shows it", () => {
    expect(() => keySigner("a@b", "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----")).toThrow(
      'signing as "a@b": the private key cannot be read; expected a signature. Hand over the account\'s own key, in PEM.',
    );
    expect(() => keySigner("a@b", pem("ec"))).toThrow("of another type (ec, not rsa)");
  });

  it("signs whatever many ask at once, each its own text", async () => {
    const signer = keySigner("a@b", pem("rsa"));
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => signer.sign(String(index % 10))));
    expect(new Set(all.map((signature) => signature.toString("hex"))).size).toBe(10);
  });
});
