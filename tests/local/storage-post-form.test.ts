// Uploads by HTML form, with policies that Google's own library signs.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { PolicyFields } from "@google-cloud/storage";
import { bucketName, startStorage, type StorageSetup } from "./storage-setup.ts";

let storage: StorageSetup;

beforeAll(async () => {
  storage = await startStorage();
  await storage.declare();
});

afterAll(async () => {
  await storage.close();
});

interface Options {
  readonly fields?: PolicyFields;
  readonly conditions?: (string | number)[][];
  /** What the page sends beyond, or instead of, what was signed. */
  readonly sent?: Record<string, string>;
  readonly bytes?: string;
}

async function post(name: string, { fields = {}, conditions = [], sent = {}, bytes = "sound" }: Options = {}) {
  const [policy] = await storage.client
    .bucket(bucketName)
    .file(name)
    .generateSignedPostPolicyV4({ expires: Date.now() + 60_000, fields, conditions });
  const form = new FormData();
  for (const [field, value] of Object.entries({ ...policy.fields, ...sent })) form.append(field, value);
  form.append("file", new Blob([bytes]), "a.flac");
  // The library's form goes to Google's own host unless told.
  const response = await fetch(`${storage.server.endpoint}/${bucketName}/`, {
    method: "POST",
    body: form,
    redirect: "manual",
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1], text };
}

describe("a signed form", () => {
  it("stores its file under the name and type that were signed", async () => {
    const { status } = await post("temp/ä form.flac", {
      fields: { "content-type": "audio/flac", "x-goog-meta-a": "b" },
    });
    expect(status).toBe(204);
    const stored = storage.client.bucket(bucketName).file("temp/ä form.flac");
    const [metadata] = await stored.getMetadata();
    expect(metadata).toMatchObject({ size: "5", contentType: "audio/flac", metadata: { a: "b" } });
    expect(String((await stored.download())[0])).toBe("sound");
  });

  it("takes large files as a stream, whatever their bytes", async () => {
    const bytes = "\r\n--boundary".repeat(200_000);
    expect((await post("temp/large", { bytes })).status).toBe(204);
    const [content] = await storage.client.bucket(bucketName).file("temp/large").download();
    expect(content.toString() === bytes).toBe(true);
  });

  it("answers as its success_action fields want it", async () => {
    expect((await post("temp/b", { fields: { success_action_status: "200" } })).status).toBe(200);
    expect((await post("temp/b", { fields: { success_action_status: "201" } })).text).toContain("<Key>temp/b</Key>");
    const { status, headers } = await post("temp/b", { fields: { success_action_redirect: "https://music.example/" } });
    expect([status, headers.get("location")]).toEqual([
      303,
      expect.stringMatching(/^https:\/\/music\.example\/\?bucket=.*&key=temp%2Fb&etag=/),
    ]);
  });

  it.each([
    ["another name", { sent: { key: "audio/master.flac" } }, 403, "InvalidPolicyDocument"],
    [
      "another type",
      { fields: { "content-type": "audio/flac" }, sent: { "content-type": "text/html" } },
      403,
      "InvalidPolicyDocument",
    ],
    ["a field that was not signed", { sent: { "cache-control": "no-store" } }, 403, "InvalidPolicyDocument"],
    ["a file that is too large", { conditions: [["content-length-range", 1, 4]] }, 400, "EntityTooLarge"],
    ["a file that is too small", { conditions: [["content-length-range", 9, 99]] }, 400, "EntityTooSmall"],
    ["another policy", { sent: { policy: Buffer.from("{}").toString("base64") } }, 403, "SignatureDoesNotMatch"],
  ] as const)("is refused for %s", async (_what, options, status, code) => {
    const answer = await post("temp/refused", options as Options);
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect((await storage.client.bucket(bucketName).file("temp/refused").exists())[0]).toBe(false);
  });

  it("is refused after its time", async () => {
    try {
      expect(await post("temp/late")).toMatchObject({ status: 204 });
      storage.ahead = 200_000;
      expect(await post("temp/late")).toMatchObject({ status: 403, code: "InvalidPolicyDocument" });
    } finally {
      storage.ahead = 0;
    }
  });
});
