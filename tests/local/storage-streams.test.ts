// Bodies as streams: split at any place they come out the same, and no upload or download is ever held in memory.
import { createHash } from "node:crypto";
import { request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { splitRelated } from "../../local/storage/multipart-related.ts";
import { bucketName, startStorage, type StorageSetup } from "./storage-setup.ts";

let storage: StorageSetup;

beforeAll(async () => {
  storage = await startStorage();
  await storage.declare();
});

afterAll(async () => {
  await storage.close();
});

async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("the body of a multipart upload", () => {
  it("gives resource and bytes whatever the bytes are and wherever it is cut", async () => {
    // Pieces of the boundary in the bytes are what a careless parser stumbles over.
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom("\r\n--b", "--b", "\r\n", "-").map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), async (pieces, size) => {
        const bytes = Buffer.concat(pieces);
        fc.pre(!bytes.includes("\r\n--bb--"));
        const head =
          '--bb\r\nContent-Type: application/json\r\n\r\n{"name":"x"}\r\n--bb\r\nContent-Type: audio/ogg\r\n\r\n';
        const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from("\r\n--bb--\r\n")]);
        const cut = Array.from({ length: Math.ceil(body.length / size) }, (_, at) =>
          body.subarray(at * size, (at + 1) * size),
        );
        const parts = await splitRelated(
          Readable.from(cut) as AsyncIterable<Uint8Array>,
          "multipart/related; boundary=bb",
        );
        expect([parts.resource, parts.contentType]).toEqual(['{"name":"x"}', "audio/ogg"]);
        expect((await read(parts.content)).equals(bytes)).toBe(true);
      }),
    );
  });

  it("that ends too early is refused", async () => {
    const body = Readable.from([
      Buffer.from("--bb\r\n\r\n{}\r\n--bb\r\n\r\nbytes without an end"),
    ]) as AsyncIterable<Uint8Array>;
    const parts = await splitRelated(body, 'multipart/related; boundary="bb"');
    await expect(read(parts.content)).rejects.toThrow("closing boundary is missing");
    await expect(splitRelated(Readable.from([]) as AsyncIterable<Uint8Array>, "text/plain")).rejects.toThrow(
      "names no boundary",
    );
  });
});

describe("a large object", () => {
  const chunk = Buffer.alloc(1_048_576, "music");
  const chunks = 300;

  /** Peak of what is held outside and inside the heap while `work` runs, in MiB above the start. */
  async function peakOf(work: () => Promise<void>): Promise<number> {
    const held = (): number => process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    const before = held();
    let peak = before;
    const timer = setInterval(() => {
      peak = Math.max(peak, held());
    }, 5);
    await work();
    clearInterval(timer);
    return (peak - before) / 1_048_576;
  }

  it("passes through in pieces, up and down", async () => {
    const hash = createHash("md5");
    for (let count = 0; count < chunks; count += 1) hash.update(chunk);
    const headers = { authorization: "Bearer token-of-sa" };
    const url = `${storage.server.endpoint}/${bucketName}/audio/large.wav`;
    const up = await peakOf(async () => {
      const upload = request(url, { method: "PUT", headers });
      const status = new Promise<number>((resolve, reject) => {
        upload.on("error", reject);
        upload.on("response", (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
      });
      await pipeline(
        Readable.from(
          (function* () {
            for (let count = 0; count < chunks; count += 1) yield chunk;
          })(),
        ),
        upload,
      );
      expect(await status).toBe(200);
    });
    const back = createHash("md5");
    const down = await peakOf(async () => {
      const response = await fetch(url, { headers });
      for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) back.update(part);
    });
    expect(back.digest("hex")).toBe(hash.digest("hex"));
    expect(up).toBeLessThan(150);
    expect(down).toBeLessThan(150);
  }, 30_000);
});
