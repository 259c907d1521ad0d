// The XML API by plain HTTP, as players, browsers and tools other than the published library use it.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { bucketName, startStorage, type StorageSetup } from "./storage-setup.ts";

let storage: StorageSetup;

beforeAll(async () => {
  storage = await startStorage();
  await storage.declare();
});

afterAll(async () => {
  await storage.close();
});

async function call(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`${storage.server.endpoint}/${bucketName}${path}`, {
    method,
    headers: { authorization: "Bearer token-of-sa", ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const all = (text: string, element: string): string[] =>
  [...text.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map((match) => match[1] ?? "");

describe("objects", () => {
  it("are put with their headers, read, and deleted", async () => {
    const put = await call(
      "PUT",
      "/xml/one.txt",
      { "content-type": "text/plain", "x-goog-meta-mood": "calm", "cache-control": "no-store" },
      "hello",
    );
    expect([put.status, put.headers.get("etag")]).toEqual([200, '"5d41402abc4b2a76b9719d911017c592"']);
    const head = await call("HEAD", "/xml/one.txt");
    expect(Object.fromEntries(head.headers)).toMatchObject({
      "content-type": "text/plain",
      "content-length": "5",
      "cache-control": "no-store",
      "x-goog-meta-mood": "calm",
      "x-goog-hash": "crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg==",
      "x-goog-stored-content-encoding": "identity",
    });
    expect((await call("GET", "/xml/one.txt")).text).toBe("hello");
    const since = { "if-modified-since": head.headers.get("last-modified") ?? "" };
    expect((await call("GET", "/xml/one.txt", since)).status).toBe(304);
    expect((await call("GET", "/xml/one.txt", { "if-match": '"other"' })).status).toBe(412);
    const generation = head.headers.get("x-goog-generation") ?? "";
    expect((await call("DELETE", "/xml/one.txt", { "x-goog-if-generation-match": "1" })).status).toBe(412);
    expect((await call("DELETE", "/xml/one.txt", { "x-goog-if-generation-match": generation })).status).toBe(204);
    expect(await call("GET", "/xml/one.txt")).toMatchObject({
      status: 404,
      text: expect.stringContaining("<Code>NoSuchKey</Code>"),
    });
    expect((await call("GET", `/xml/one.txt?generation=${generation}`)).text).toBe("hello");
  });

  it("are checked against Content-MD5 and preconditions", async () => {
    const wrong = await call("PUT", "/xml/md5", { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" }, "hello");
    expect([wrong.status, all(wrong.text, "Code")]).toEqual([400, ["BadDigest"]]);
    expect((await call("PUT", "/xml/once", { "x-goog-if-generation-match": "0" }, "a")).status).toBe(200);
    expect((await call("PUT", "/xml/once", { "x-goog-if-generation-match": "0" }, "b")).status).toBe(412);
  });

  it("are copied by header", async () => {
    await call("PUT", "/xml/from ä", { "content-type": "audio/ogg" }, "source");
    const copied = await call("PUT", "/xml/to", { "x-goog-copy-source": `/${bucketName}/xml/from%20%C3%A4` });
    expect([copied.status, all(copied.text, "ETag").length]).toEqual([200, 1]);
    const to = await call("GET", "/xml/to");
    expect([to.text, to.headers.get("content-type")]).toEqual(["source", "audio/ogg"]);
  });

  it("are listed in both versions of the list", async () => {
    for (const name of ["l/1", "l/2", "l/sub/3", "l/4 & <5>"])
      await call("PUT", `/${encodeURIComponent(name)}`, {}, "x");
    const page = await call("GET", "?list-type=2&prefix=l/&delimiter=/&max-keys=2");
    expect(page.headers.get("content-type")).toBe("application/xml; charset=UTF-8");
    expect([all(page.text, "Key"), all(page.text, "IsTruncated")]).toEqual([["l/1", "l/2"], ["true"]]);
    const token = encodeURIComponent(all(page.text, "NextContinuationToken")[0] ?? "");
    const rest = await call("GET", `?list-type=2&prefix=l/&delimiter=/&continuation-token=${token}`);
    expect(all(rest.text, "Key")).toEqual(["l/4 &amp; &lt;5&gt;"]);
    expect(rest.text).toContain("<CommonPrefixes><Prefix>l/sub/</Prefix></CommonPrefixes>");
    expect(all((await call("GET", "?prefix=l/&marker=l/2")).text, "Key")).toEqual(["l/4 &amp; &lt;5&gt;", "l/sub/3"]);
  });
});

describe("multipart uploads", () => {
  it("become an object, or nothing when aborted", async () => {
    const begun = await call("POST", "/xml/big?uploads", { "content-type": "audio/wav" });
    const id = all(begun.text, "UploadId")[0] ?? "";
    const part = "x".repeat(5 * 1024 * 1024);
    const first = await call("PUT", `/xml/big?partNumber=1&uploadId=${id}`, {}, part);
    const second = await call("PUT", `/xml/big?partNumber=2&uploadId=${id}`, {}, "the end");
    expect(all((await call("GET", "?uploads")).text, "Key")).toEqual(["xml/big"]);
    expect(all((await call("GET", `/xml/big?uploadId=${id}`)).text, "Size")).toEqual([String(part.length), "7"]);
    const list = [first, second].map(
      ({ headers }, index) =>
        `<Part><PartNumber>${index + 1}</PartNumber><ETag>${headers.get("etag") ?? ""}</ETag></Part>`,
    );
    const wrong = await call(
      "POST",
      `/xml/big?uploadId=${id}`,
      {},
      `<CompleteMultipartUpload>${list.reverse().join("")}</CompleteMultipartUpload>`,
    );
    expect(all(wrong.text, "Code")).toEqual(["InvalidPartOrder"]);
    const done = await call(
      "POST",
      `/xml/big?uploadId=${id}`,
      {},
      `<CompleteMultipartUpload>${list.reverse().join("")}</CompleteMultipartUpload>`,
    );
    expect(done.status).toBe(200);
    const head = await call("HEAD", "/xml/big");
    expect([head.headers.get("content-length"), head.headers.get("content-type")]).toEqual([
      String(part.length + 7),
      "audio/wav",
    ]);
    const again = all((await call("POST", "/xml/aborted?uploads")).text, "UploadId")[0] ?? "";
    await call("PUT", `/xml/aborted?partNumber=1&uploadId=${again}`, {}, "x");
    expect((await call("DELETE", `/xml/aborted?uploadId=${again}`)).status).toBe(204);
    expect(all((await call("GET", `/xml/aborted?uploadId=${again}`)).text, "Code")).toEqual(["NoSuchUpload"]);
    expect((await call("HEAD", "/xml/aborted")).status).toBe(404);
  });
});

describe("what is not there", () => {
  it("is said by name, never pretended", async () => {
    for (const [method, path, headers] of [
      ["GET", "?lifecycle", {}],
      ["PUT", "/x", { "x-goog-encryption-algorithm": "AES256" }],
      ["POST", "/x", {}],
      ["PUT", "", {}],
    ] as const) {
      const answer = await call(method, path, headers, method === "GET" ? undefined : "");
      expect([answer.status, all(answer.text, "Code")]).toEqual([501, ["NotImplemented"]]);
    }
  });
});
