// Signed uploads used as a page would: without any other credentials, against the local Cloud Storage server.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { keySigner, SignedUrls, type UrlAddress } from "../../client/index.ts";
import { bucketName, email, startStorage, type StorageSetup } from "../local/storage-setup.ts";

let storage: StorageSetup;
let signedUrls: SignedUrls;

const prefixes = { audio: "audio/", thumbnails: "thumbnails/", temp: "temp/" };
const contentType = "audio/flac";
const nextName = () => `temp/${randomUUID()} ä'(&).flac`;
const codeOf = async (response: Response) => [
  response.status,
  /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1] ?? "",
];
const stored = async (name: string) =>
  (await storage.client.bucket(bucketName).file(name).download()).map((content) => content.toString())[0];

function signedUrlsAt(address: UrlAddress): SignedUrls {
  const key = storage.access.keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return new SignedUrls({ bucket: bucketName, prefixes, endpoint: "", address, signer: keySigner(email, key) });
}

beforeAll(async () => {
  storage = await startStorage();
  await storage.declare();
  signedUrls = signedUrlsAt({ style: "path", endpoint: storage.server.endpoint });
});

afterAll(() => storage.close());

describe("a signed PUT", () => {
  it("stores once: a second writer is told, and nothing is overwritten", async () => {
    const object = nextName();
    const { url, headers, method } = await signedUrls.upload({ object, contentType, sizeBytes: 5, replacing: "0" });
    expect((await fetch(url, { method, headers, body: "first" })).status).toBe(200);
    expect(await codeOf(await fetch(url, { method, headers, body: "other" }))).toEqual([412, "PreconditionFailed"]);
    expect(await stored(object)).toBe("first");
  });

  it("is refused for another size, type or precondition", async () => {
    const object = nextName();
    const { url, headers, method } = await signedUrls.upload({ object, contentType, sizeBytes: 5, replacing: "0" });
    const tries = await Promise.all([
      fetch(url, { method, headers, body: "six..." }).then(codeOf),
      fetch(url, { method, headers, body: "four" }).then(codeOf),
      fetch(url, { method, headers: { ...headers, "content-type": "text/html" }, body: "first" }).then(codeOf),
      fetch(url, { method, headers: { ...headers, "x-goog-if-generation-match": "1" }, body: "first" }).then(codeOf),
    ]);
    expect(tries).toEqual([
      [400, "EntityTooLarge"],
      [400, "EntityTooSmall"],
      [403, "SignatureDoesNotMatch"],
      [403, "SignatureDoesNotMatch"],
    ]);
  });
});

describe("a signed resumable upload", () => {
  it("begins a session that takes the bytes in parts, and no more than were signed", async () => {
    const object = nextName();
    const bytes = Buffer.alloc(300_000, "a");
    const request = { object, contentType, sizeBytes: bytes.length };
    const { url, headers, method } = await signedUrls.resumableUpload(request);
    const begun = await fetch(url, { method, headers });
    expect(begun.status).toBe(201);
    const session = begun.headers.get("location") ?? "";
    const part = (from: number, to: number) =>
      fetch(session, {
        method: "PUT",
        headers: { "content-range": `bytes ${String(from)}-${String(to - 1)}/${String(bytes.length)}` },
        body: bytes.subarray(from, to),
        redirect: "manual",
      });
    expect((await part(0, 262_144)).status).toBe(308);
    expect((await part(262_144, bytes.length)).status).toBe(200);
    expect((await stored(object))?.length).toBe(bytes.length);
    const again = await fetch(url, { method, headers });
    const tooMuch = await fetch(again.headers.get("location") ?? "", { method: "PUT", body: Buffer.alloc(300_001) });
    expect(await codeOf(tooMuch)).toEqual([400, "EntityTooLarge"]);
  });
});

describe("a signed form", () => {
  it("takes a file of the type and at most the size that were signed", async () => {
    const object = nextName();
    const { url, fields } = await signedUrls.uploadForm({ object, contentType, maxBytes: 5 });
    const post = (bytes: string) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append("file", new Blob([bytes]), "a.flac");
      return fetch(url, { method: "POST", body: form });
    };
    expect(await codeOf(await post("larger"))).toEqual([400, "EntityTooLarge"]);
    expect((await post("sound")).status).toBe(204);
    expect(await stored(object)).toBe("sound");
  });
});
