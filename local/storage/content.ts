// Bytes on their way to the disk: streamed, hashed as they pass, flushed before they count.
import { crc32c } from "@node-rs/crc32";
import { createHash, type Hash } from "node:crypto";
import { createReadStream, createWriteStream, rmSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StorageError, invalid } from "./storage-error.ts";

export interface Content {
  /** A file of its own, that whoever stores the content renames. */
  readonly path: string;
  readonly size: number;
  /** Base64. */
  readonly crc32c: string;
  /** Base64. */
  readonly md5Hash: string;
}

/** Limits of `x-goog-content-length-range`, in bytes, both inclusive. */
export interface LengthRange {
  readonly min: number;
  readonly max: number;
}

/** CRC-32C and MD5 of what passes. */
export class Digest {
  private readonly md5: Hash = createHash("md5");
  private crc = 0;
  size = 0;

  update(chunk: Uint8Array): void {
    this.md5.update(chunk);
    this.crc = crc32c(chunk, this.crc);
    this.size += chunk.length;
  }

  result(path: string): Content {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.crc);
    return { path, size: this.size, crc32c: bytes.toString("base64"), md5Hash: this.md5.digest("base64") };
  }
}

/** Writes a stream to `path`; on any failure, an aborted request included, the file is gone again. */
export async function receive(source: AsyncIterable<Uint8Array>, path: string, range?: LengthRange): Promise<Content> {
  const digest = new Digest();
  const measured = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      digest.update(chunk);
      if (range !== undefined && digest.size > range.max) throw tooLarge();
      yield chunk;
    }
    checkLength(digest.size, range);
  };
  try {
    await pipeline(Readable.from(measured()), createWriteStream(path, { mode: 0o600, flush: true }));
    return digest.result(path);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** Appends a stream to `path` and keeps what arrived when the connection breaks. */
export async function append(source: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  await pipeline(Readable.from(source), createWriteStream(path, { flags: "a", mode: 0o600, flush: true }));
}

/** Reads files one after the other, as one stream. */
export async function* concatenated(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}

export function checkLength(size: number, range: LengthRange | undefined): void {
  if (range === undefined) return;
  if (size > range.max) throw tooLarge();
  if (size < range.min) {
    throw new StorageError({
      status: 400,
      reason: "invalid",
      code: "EntityTooSmall",
      message: "Your proposed upload is smaller than the minimum object size specified in your Policy Document.",
      details: `Content-length smaller than lower bound on range: ${range.min}`,
    });
  }
}

function tooLarge(): StorageError {
  return new StorageError({
    status: 400,
    reason: "invalid",
    code: "EntityTooLarge",
    message: "Your proposed upload is larger than the maximum object size specified in your Policy Document.",
    details: "Content-length exceeds upper bound on range",
  });
}

/** `min,max` of the header; undefined when it is not sent, 400 when it is no range. */
export function lengthRangeOf(header: string | undefined): LengthRange | undefined {
  if (header === undefined) return undefined;
  const match = /^\s*(\d+)\s*,\s*(\d+)\s*$/.exec(header);
  const min = Number(match?.[1]);
  const max = Number(match?.[2]);
  if (match === null || min > max) throw invalid(`Invalid x-goog-content-length-range header: ${header}`);
  return { min, max };
}

/** Digests that a client promised, from `Content-MD5`, `x-goog-hash` or the object resource. */
export interface ExpectedDigests {
  readonly crc32c?: string | undefined;
  readonly md5Hash?: string | undefined;
}

export function expectedDigests(headers: {
  contentMd5?: string | undefined;
  googHash?: string | undefined;
}): ExpectedDigests {
  const hashes = new Map(
    (headers.googHash ?? "").split(",").map((pair): [string, string] => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
  return { crc32c: hashes.get("crc32c"), md5Hash: headers.contentMd5 ?? hashes.get("md5") };
}

/** 400 in Google's words when the bytes are not those that the client promised; the file is gone then. */
export function checkDigests(content: Content, expected: ExpectedDigests): void {
  const wrong = (kind: string, promised: string, calculated: string): StorageError => {
    rmSync(content.path, { force: true });
    const details = `Provided ${kind} hash "${promised}" doesn't match calculated ${kind} hash "${calculated}".`;
    return invalid(
      details,
      "BadDigest",
      "The content-md5 or x-goog-hash you specified did not match what we received.",
    );
  };
  const { crc32c: crc, md5Hash } = expected;
  if (crc !== undefined && crc !== content.crc32c) throw wrong("CRC32C", crc, content.crc32c);
  if (md5Hash !== undefined && md5Hash !== content.md5Hash) throw wrong("MD5", md5Hash, content.md5Hash);
}
