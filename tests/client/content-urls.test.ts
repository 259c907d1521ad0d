// URLs of the content network, against Google's own published vector and one that was computed with openssl.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  ContentKeyError,
  contentKey,
  ContentUrls,
  type ContentUrlsOptions,
  minimumRestSeconds,
  ObjectNameError,
  SignedUrlError,
  signUrlPrefix,
} from "../../client/index.ts";

const key = "AAECAwQFBgcICQoLDA0ODw==";
const object = "audio/4c0d5c4e-9d3f-4a53-8f0b-1f6f5a1f2d3e.flac";
const now = Date.UTC(2096, 0, 2, 3, 4, 5);

function contentUrls(changes: Partial<ContentUrlsOptions> = {}): ContentUrls {
  return new ContentUrls({
    network: { domain: "audio.loist.io", keyName: "key-1" },
    key,
    prefixes: { audio: "audio/", thumbnails: "thumbnails/", temp: "temp/" },
    clock: () => now,
    ...changes,
  });
}

/** What the network does with a query: takes it apart and looks for the prefix. */
function opened(url: string): { prefix: string; expires: number; keyName: string | null } {
  const { searchParams } = new URL(url);
  return {
    prefix: Buffer.from(searchParams.get("URLPrefix") ?? "", "base64url").toString(),
    expires: Number(searchParams.get("Expires")),
    keyName: searchParams.get("KeyName"),
  };
}

describe("the signature of a URL prefix", () => {
  // GoogleCloudPlatform/python-docs-samples, cdn/snippets_test.py, sign_url_prefix.
  it("is that of Google's own example", () => {
    const google = contentKey("my-key", "nZtRohdNF9m3cKM24IcK4w==");

    expect(signUrlPrefix("http://35.186.234.33/", 1549751401, google)).toBe(
      "URLPrefix=aHR0cDovLzM1LjE4Ni4yMzQuMzMv&Expires=1549751401&KeyName=my-key&Signature=j7HYgoQ8dIOVsW3Rw4cpkjWfRMA=",
    );
  });

  // printf 'URLPrefix=%s&Expires=3976065000&KeyName=key-1' "$(printf %s "$url" | base64 -w0 | tr +/ -_)" |
  //   openssl dgst -sha1 -mac HMAC -macopt hexkey:000102030405060708090a0b0c0d0e0f -binary | base64 | tr +/ -_
  it("is what openssl computes, with a character of base64url in it", () => {
    expect(signUrlPrefix(`https://audio.loist.io/${object}`, 3976065000, contentKey("key-1", key))).toBe(
      "URLPrefix=aHR0cHM6Ly9hdWRpby5sb2lzdC5pby9hdWRpby80YzBkNWM0ZS05ZDNmLTRhNTMtOGYwYi0xZjZmNWExZjJkM2UuZmxhYw==&Expires=3976065000&KeyName=key-1&Signature=VXtNz9Tb3IE-B3YdK_6JDYRhyKM=",
    );
  });

  it.each([
    ["key-1", ""],
    ["key-1", "AAECAwQFBgcICQoLDA0O"],
    ["key-1", "AAECAwQFBgcICQoLDA0ODxA="],
    ["key-1", "AAECAwQFBgcICQoLDA0ODx=="],
    ["key-1", "AAECAwQFBgcICQoL/A0ODw=="],
    ["Key 1", key],
  ])("is refused with the key %j %j, which no message shows", (name, value) => {
    expect(() => contentKey(name, value)).toThrow(ContentKeyError);
    expect(() => contentKey(name, value)).toThrow(/expected 16 bytes in base64url/);
    if (value !== "") expect(() => contentKey(name, value)).not.toThrow(value);
  });

  it("takes a key with and without padding, and with the line feed of a file", () => {
    const bytes = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
    for (const text of [key, key.slice(0, 22), `${key}\n`]) expect(contentKey("key-1", text).bytes).toEqual(bytes);
  });
});

describe("a URL of the content network", () => {
  it("opens the object and nothing but what begins with its name, for as long as was asked", () => {
    const { url, method, headers, expiresAt } = contentUrls().download({ object, expiresSeconds: 3600 });

    expect(url.startsWith(`https://audio.loist.io/${object}?URLPrefix=`)).toBe(true);
    expect(opened(url)).toEqual({
      prefix: `https://audio.loist.io/${object}`,
      expires: expiresAt.getTime() / 1000,
      keyName: "key-1",
    });
    expect([method, headers]).toEqual(["GET", {}]);
  });

  it("is the same for all who ask within a window, has two thirds of its life left at least, and never more than all", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 604_800 }),
        fc.integer({ min: 0, max: 10_000_000 }),
        (expiresSeconds, later) => {
          const at = contentUrls({ clock: () => now + later });
          const { url, expiresAt } = at.download({ object, expiresSeconds });
          const left = (expiresAt.getTime() - Math.floor((now + later) / 1000) * 1000) / 1000;

          expect(at.download({ object, expiresSeconds }).url).toBe(url);
          expect(left).toBeGreaterThanOrEqual(minimumRestSeconds(expiresSeconds));
          expect(left).toBeLessThanOrEqual(expiresSeconds);
        },
      ),
    );
    const urls = Array.from({ length: 300 }, (_, second) => contentUrls({ clock: () => now + second * 1000 }));
    expect(new Set(urls.map((at) => at.download({ object, expiresSeconds: 900 }).url)).size).toBe(2);
  });

  it("has the object's name as it is sent, which the signed prefix has too", () => {
    const { url } = contentUrls().download({ object: "thumbnails/björk (1)+2.jpg" });

    expect(new URL(url).pathname).toBe("/thumbnails/bj%C3%B6rk%20%281%29%2B2.jpg");
    expect(opened(url).prefix).toBe(`https://audio.loist.io${new URL(url).pathname}`);
  });

  it.each(["temp/upload.flac", "audio/", "audio/../temp/upload.flac", "other/a.flac"])("is refused for %j", (name) => {
    expect(() => contentUrls().download({ object: name })).toThrow(ObjectNameError);
  });

  it.each([0, -1, 1.5, 604_801, Number.NaN])("is refused for a life of %d seconds", (expiresSeconds) => {
    expect(() => contentUrls().download({ object, expiresSeconds })).toThrow(SignedUrlError);
  });

  it("is not made with what is no key", () => {
    expect(() => contentUrls({ key: "short" })).toThrow(ContentKeyError);
  });
});
