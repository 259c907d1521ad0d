// The published client library against the storage server of this machine: what it proves is the JSON API as that library uses it.
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Bucket, GetFilesResponse } from "@google-cloud/storage";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
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
let bucket: Bucket;

beforeAll(async () => {
  storage = await startStorage();
  await storage.declare();
  bucket = storage.client.bucket(bucketName);
});

afterAll(async () => {
  await storage.close();
});

const token = { authorization: "Bearer token-of-sa" };
const objectUrl = (name: string, query = ""): string =>
  `${storage.server.endpoint}/storage/v1/b/${bucketName}/o/${encodeURIComponent(name)}${query}`;

describe("objects", () => {
  it("come back as they went in, with digests that the client checks", async () => {
    const bytes = randomBytes(3_000_000);
    const file = bucket.file("audio/one.flac");
    await file.save(bytes, {
      resumable: false,
      validation: "crc32c",
      metadata: { contentType: "audio/flac", metadata: { a: "ü" } },
    });
    const [back] = await file.download({ validation: "md5" });
    expect(back.equals(bytes)).toBe(true);
    const [metadata] = await file.getMetadata();
    expect(metadata).toMatchObject({
      kind: "storage#object",
      name: "audio/one.flac",
      bucket: bucketName,
      size: "3000000",
      contentType: "audio/flac",
      storageClass: "STANDARD",
      metageneration: "1",
      metadata: { a: "ü" },
      md5Hash: createHash("md5").update(bytes).digest("base64"),
    });
    expect(Number(metadata.generation)).toBeGreaterThan(1e15);
  });

  it("keep any name of UTF-8 apart from the paths of this machine", async () => {
    const names = ["../../escape", "a//b/", "ö \u{1f3b5} %2F?#&+", "x".repeat(1024), "temp/..", "/leading"];
    for (const name of names) await bucket.file(name).save(name, { resumable: false });
    for (const name of names) expect((await bucket.file(name).download())[0].toString()).toBe(name);
    const [files] = await bucket.getFiles();
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    expect(existsSync(join(storage.paths.root, "cloud", "escape"))).toBe(false);
    await expect(bucket.file("y".repeat(1025)).save("", { resumable: false })).rejects.toMatchObject({ code: 400 });
    await expect(bucket.file("..").save("", { resumable: false })).rejects.toBeDefined();
    await Promise.all(names.map(async (name) => await bucket.file(name).delete()));
  });

  it("refuse content whose promised digest is wrong, and leave nothing", async () => {
    const response = await fetch(
      `${storage.server.endpoint}/upload/storage/v1/b/${bucketName}/o?uploadType=media&name=bad`,
      {
        method: "POST",
        headers: { ...token, "x-goog-hash": "crc32c=AAAAAA==" },
        body: "content",
      },
    );
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("doesn't match calculated CRC32C hash");
    expect((await bucket.file("bad").exists())[0]).toBe(false);
    expect(readdirSync(storage.paths.folder("cloud", "buckets", bucketName, "incoming"))).toEqual([]);
  });

  it("leave nothing of an upload that breaks off", async () => {
    await new Promise<void>((resolve) => {
      const upload = request(`${storage.server.endpoint}/${bucketName}/broken`, {
        method: "PUT",
        headers: { ...token, "content-length": 1_000_000 },
      });
      upload.on("error", () => {
        resolve();
      });
      upload.write(Buffer.alloc(500_000), () => setTimeout(() => upload.destroy(), 50));
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(readdirSync(storage.paths.folder("cloud", "buckets", bucketName, "incoming"))).toEqual([]);
    expect((await bucket.file("broken").exists())[0]).toBe(false);
  });

  it("answer byte ranges with 206, suffixes too, and 416 past the end", async () => {
    await bucket.file("range").save("0123456789", { resumable: false });
    const get = async (range: string): Promise<[number, string, string | null]> => {
      const response = await fetch(objectUrl("range", "?alt=media"), { headers: { ...token, range } });
      return [response.status, await response.text(), response.headers.get("content-range")];
    };
    expect(await get("bytes=2-4")).toEqual([206, "234", "bytes 2-4/10"]);
    expect(await get("bytes=7-")).toEqual([206, "789", "bytes 7-9/10"]);
    expect(await get("bytes=-3")).toEqual([206, "789", "bytes 7-9/10"]);
    expect(await get("bytes=5-500")).toEqual([206, "56789", "bytes 5-9/10"]);
    expect(await get("bytes=4-2")).toEqual([200, "0123456789", null]);
    expect((await get("bytes=10-"))[0]).toBe(416);
    expect((await get("bytes=-0"))[0]).toBe(416);
    const [part] = await bucket.file("range").download({ start: 1, end: 2 });
    expect(part.toString()).toBe("12");
  });

  it("honour preconditions: 412 for writes, 304 for reads", async () => {
    const file = bucket.file("guarded");
    await file.save("first", { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
    await expect(
      file.save("second", { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } }),
    ).rejects.toMatchObject({
      code: 412,
    });
    const [{ generation }] = await file.getMetadata();
    const unchanged = await fetch(objectUrl("guarded", `?ifGenerationNotMatch=${String(generation)}`), {
      headers: token,
    });
    expect(unchanged.status).toBe(304);
    const stale = await fetch(objectUrl("guarded", "?ifMetagenerationMatch=7"), { method: "DELETE", headers: token });
    expect(stale.status).toBe(412);
    expect(await stale.json()).toMatchObject({
      error: { errors: [{ reason: "conditionNotMet", location: "If-Match" }] },
    });
    await file.save("second", { resumable: false, preconditionOpts: { ifGenerationMatch: Number(generation) } });
    expect((await file.download())[0].toString()).toBe("second");
  });

  it("are listed by prefix and delimiter, page by page, in the order of their bytes", async () => {
    const names = ["list/a", "list/b/1", "list/b/2", "list/c", "list/Z", "list/ä"];
    for (const name of names) await bucket.file(name).save("x", { resumable: false });
    const [all] = await bucket.getFiles({ prefix: "list/" });
    expect(all.map(({ name }) => name)).toEqual(["list/Z", "list/a", "list/b/1", "list/b/2", "list/c", "list/ä"]);
    const shown: string[] = [];
    const pages = async (query: object | null): Promise<void> => {
      if (query === null) return;
      const [files, next, page]: GetFilesResponse = await bucket.getFiles(query);
      shown.push(...files.map(({ name }) => name), ...((page as { prefixes?: string[] }).prefixes ?? []));
      await pages(next);
    };
    await pages({ prefix: "list/", delimiter: "/", maxResults: 2, autoPaginate: false });
    expect(shown.sort()).toEqual(["list/Z", "list/a", "list/b/", "list/c", "list/ä"].sort());
    const [middle] = await bucket.getFiles({ prefix: "list/", startOffset: "list/a", endOffset: "list/c" });
    expect(middle.map(({ name }) => name)).toEqual(["list/a", "list/b/1", "list/b/2"]);
  });

  it("are composed, copied, moved and patched", async () => {
    await bucket.file("part-1").save("Hello, ", { resumable: false });
    await bucket.file("part-2").save("world", { resumable: false });
    const [whole] = await bucket.combine(["part-1", "part-2"], bucket.file("whole"));
    expect((await whole.download())[0].toString()).toBe("Hello, world");
    const [composed] = await whole.getMetadata();
    expect(composed).toMatchObject({ componentCount: 2, size: "12" });
    expect(composed.md5Hash).toBeUndefined();
    await whole.setMetadata({ contentType: "text/plain", metadata: { k: "1", gone: "x" } });
    await whole.setMetadata({ metadata: { gone: null, k: "2" } });
    const [copied] = await whole.copy(bucket.file("copied"));
    const [metadata] = await copied.getMetadata();
    expect(metadata).toMatchObject({ contentType: "text/plain", metadata: { k: "2" }, crc32c: composed.crc32c });
    expect(metadata.metadata).toEqual({ k: "2" });
    await copied.move("moved");
    expect((await bucket.file("copied").exists())[0]).toBe(false);
    await bucket.file("moved").setStorageClass("COLDLINE");
    const [moved] = await bucket.file("moved").getMetadata();
    expect(moved).toMatchObject({ storageClass: "COLDLINE", contentType: "text/plain" });
  });

  it("packed with gzip arrive unpacked where the client does not take gzip", async () => {
    const packed = gzipSync("some text");
    await bucket.file("packed").save(packed, { resumable: false, metadata: { contentEncoding: "gzip" } });
    const raw = await new Promise<Buffer>((resolve, reject) => {
      request(objectUrl("packed", "?alt=media"), { headers: token }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          resolve(Buffer.concat(chunks));
        });
      })
        .on("error", reject)
        .end();
    });
    expect(raw.toString()).toBe("some text");
    expect((await bucket.file("packed").download({ decompress: false }))[0].equals(packed)).toBe(true);
  });
});

describe("resumable uploads", () => {
  const begin = async (name: string): Promise<string> => {
    const [uri] = await bucket.file(name).createResumableUpload({ metadata: { contentType: "audio/mpeg" } });
    return uri;
  };
  const put = async (uri: string, range: string, body: Buffer | string = ""): Promise<Response> =>
    await fetch(uri, {
      method: "PUT",
      headers: { "content-range": range },
      body: typeof body === "string" ? body : new Uint8Array(body),
    });

  it("of the client library arrive in chunks", async () => {
    const bytes = randomBytes(1_000_000);
    const uri = await begin("audio/chunks.mp3");
    await bucket.file("audio/chunks.mp3").save(bytes, { resumable: true, uri, chunkSize: 262_144 });
    const [back] = await bucket.file("audio/chunks.mp3").download();
    expect(back.equals(bytes)).toBe(true);
    expect((await bucket.file("audio/chunks.mp3").getMetadata())[0].contentType).toBe("audio/mpeg");
  });

  it("tell what they hold, go on from there, and survive a restart of the server", async () => {
    const bytes = randomBytes(700_000);
    const uri = await begin("resumed");
    const first = await put(uri, "bytes 0-299999/700000", bytes.subarray(0, 300_000));
    expect([first.status, first.headers.get("range")]).toEqual([308, "bytes=0-262143"]);
    await storage.restart();
    const status = await put(uri, "bytes */700000");
    expect([status.status, status.headers.get("range")]).toEqual([308, "bytes=0-262143"]);
    const gap = await put(uri, "bytes 400000-699999/700000", bytes.subarray(400_000));
    expect(gap.status).toBe(503);
    expect(await gap.text()).toContain("exceeds already uploaded size of 262144 byte(s)");
    const last = await put(uri, "bytes 200000-699999/700000", bytes.subarray(200_000));
    expect(last.status).toBe(200);
    expect(await last.json()).toMatchObject({ name: "resumed", size: "700000" });
    expect((await bucket.file("resumed").download())[0].equals(bytes)).toBe(true);
    expect((await put(uri, "bytes */700000")).status).toBe(200);
  });

  it("can be cancelled", async () => {
    const uri = await begin("cancelled");
    expect((await fetch(uri, { method: "DELETE" })).status).toBe(499);
    expect((await put(uri, "bytes 0-2/3", "abc")).status).toBe(404);
    expect((await bucket.file("cancelled").exists())[0]).toBe(false);
  });
});

describe("permissions", () => {
  it("are asked for by Google's names on Google's resources", async () => {
    storage.access.asked.length = 0;
    await bucket.file("asked").save("1", { resumable: false });
    await bucket.file("asked").save("2", { resumable: false });
    await bucket.getFiles({ prefix: "asked" });
    const resource = `projects/_/buckets/${bucketName}`;
    expect(storage.access.asked).toEqual(
      expect.arrayContaining([
        `storage.objects.create ${resource}/objects/asked`,
        `storage.objects.delete ${resource}/objects/asked`,
        `storage.objects.list ${resource}`,
      ]),
    );
  });

  it("that are missing are answered 403, no or wrong credentials 401, in Google's form", async () => {
    const member = `serviceAccount:${email}`;
    storage.access.grants.set(member, ["storage.objects.get", "storage.objects.create"]);
    try {
      await expect(bucket.file("range").delete()).rejects.toMatchObject({
        code: 403,
        message: expect.stringContaining(
          `${email} does not have storage.objects.delete access to the Google Cloud Storage object.`,
        ),
      });
      await expect(bucket.file("range").save("x", { resumable: false })).rejects.toMatchObject({ code: 403 });
      await expect(bucket.file("not-there").download()).rejects.toMatchObject({ code: 403 });
      await expect(bucket.getFiles()).rejects.toMatchObject({ code: 403 });
      await expect(bucket.getMetadata()).rejects.toMatchObject({ code: 403 });
    } finally {
      storage.access.grants.set(member, objectUser);
    }
    const anonymous = await fetch(objectUrl("range"));
    expect(anonymous.status).toBe(401);
    expect(await anonymous.json()).toMatchObject({ error: { code: 401, errors: [{ reason: "required" }] } });
    await expect(clientFor(storage.server.endpoint, "wrong").bucket(bucketName).getFiles()).rejects.toMatchObject({
      code: 401,
    });
    await expect(bucket.file("not-there").download()).rejects.toMatchObject({ code: 404 });
    await expect(storage.client.bucket("no-such-bucket").getFiles()).rejects.toMatchObject({
      code: 404,
      message: "The specified bucket does not exist.",
    });
  });

  it("of everyone have no effect while public access is prevented", async () => {
    storage.access.grants.set("allUsers", ["storage.objects.get"]);
    expect((await fetch(objectUrl("range"))).status).toBe(401);
    await storage.declare({ ...declaredBucket, publicAccessPrevention: "inherited" });
    expect((await fetch(objectUrl("range"))).status).toBe(200);
    await storage.declare();
    storage.access.grants.delete("allUsers");
  });

  it("can be tested and the declared policy read", async () => {
    const [held] = await bucket.iam.testPermissions(["storage.objects.get", "storage.buckets.delete"]);
    expect(held).toEqual({ "storage.objects.get": true, "storage.buckets.delete": false });
  });
});

describe("a restart", () => {
  it("keeps objects and versions, and cleans up what a crash left half-done", async () => {
    await bucket.file("kept").save("old", { resumable: false });
    await bucket.file("kept").save("new", { resumable: false });
    const folder = storage.paths.folder("cloud", "buckets", bucketName, "objects");
    writeFileSync(join(folder, "1234.data"), "content without metadata");
    await storage.restart();
    expect(existsSync(join(folder, "1234.data"))).toBe(false);
    expect((await bucket.file("kept").download())[0].toString()).toBe("new");
    const [versions] = await bucket.getFiles({ prefix: "kept", versions: true });
    expect(versions).toHaveLength(2);
  });
});
