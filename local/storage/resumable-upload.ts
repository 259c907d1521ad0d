// Resumable uploads of both APIs: https://cloud.google.com/storage/docs/performing-resumable-uploads
import { createReadStream, linkSync } from "node:fs";
import type { Bucket, Buckets } from "./buckets.ts";
import { Digest, checkDigests, checkLength, expectedDigests, type Content } from "./content.ts";
import type { Exchange } from "./exchange.ts";
import type { ObjectRecord } from "./object-record.ts";
import type { Operations } from "./operations.ts";
import { StorageError, invalid } from "./storage-error.ts";
import type { UploadSession } from "./uploads.ts";

/** Chunks that are not the last are kept in multiples of this. */
const quantum = 262_144;

interface ContentRange {
  /** undefined in a status query. */
  readonly start: number | undefined;
  /** undefined when the client says `*`: it does not know yet. */
  readonly end: number | undefined;
  readonly total: number | undefined;
}

export class ResumableUploads {
  private readonly buckets: Buckets;
  private readonly operations: Operations;
  /** Sessions that are being written to; two writers would mix their bytes. */
  private readonly busy = new Set<string>();
  /** Finished sessions -> generation, so that a client that missed the answer can ask again. */
  private readonly finished = new Map<string, ObjectRecord>();

  constructor(buckets: Buckets, operations: Operations) {
    this.buckets = buckets;
    this.operations = operations;
  }

  /** Takes a chunk or a status query. The session's address is the permission: no token is asked for. Returns the object when it is complete, after answering 308 undefined. */
  async put(exchange: Exchange, bucketName: string, id: string): Promise<ObjectRecord | undefined> {
    const bucket = this.buckets.get(bucketName);
    const done = this.finished.get(id);
    if (done !== undefined) {
      exchange.request.resume();
      return done;
    }
    const session = bucket.uploads.get(id, "resumable");
    if (this.busy.has(id)) throw unavailable("Another request is writing to this upload session.");
    this.busy.add(id);
    try {
      return await this.take(exchange, bucket, session);
    } finally {
      this.busy.delete(id);
    }
  }

  /** Cancels a session: 499, as Google answers. */
  cancel(exchange: Exchange, bucketName: string, id: string): void {
    const { uploads } = this.buckets.get(bucketName);
    uploads.get(id, "resumable");
    uploads.remove(id);
    exchange.send(499);
  }

  private async take(exchange: Exchange, bucket: Bucket, session: UploadSession): Promise<ObjectRecord | undefined> {
    const { uploads } = bucket;
    const { id } = session;
    const range = contentRange(exchange.header("content-range"));
    const total = range.total ?? session.declaredSize;
    if (range.start !== undefined) await this.receive(exchange, bucket, session, range);
    else exchange.request.resume();
    const received = uploads.received(id);
    const open = range.start !== undefined && range.end === undefined;
    const complete = total === undefined ? open : received >= total;
    if (complete) {
      if (total !== undefined && received > total) throw invalid("Upload has more bytes than its Content-Range says.");
      return await this.finish(exchange, bucket, session);
    }
    uploads.truncate(id, received - (received % quantum));
    this.answerIncomplete(exchange, uploads.received(id));
    return undefined;
  }

  private async receive(
    exchange: Exchange,
    bucket: Bucket,
    session: UploadSession,
    range: ContentRange,
  ): Promise<void> {
    const { uploads } = bucket;
    const { id } = session;
    const start = range.start ?? 0;
    const received = uploads.received(id);
    if (start > received) {
      const words = `the upload offset is ${start} byte(s), which exceeds already uploaded size of ${received} byte(s).`;
      throw unavailable(`Invalid request.  According to the Content-Range header, ${words}`, true);
    }
    // Bytes that are here already are passed over: a client that missed an answer sends them again.
    let skip = received - start;
    const fresh = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of exchange.request as AsyncIterable<Uint8Array>) {
        const known = Math.min(skip, chunk.length);
        skip -= known;
        if (known < chunk.length) yield chunk.subarray(known);
      }
    };
    await uploads.append(id, fresh());
    const limit = session.range?.max;
    if (limit !== undefined && uploads.received(id) > limit) {
      uploads.remove(id);
      checkLength(Infinity, session.range);
    }
  }

  private async finish(exchange: Exchange, bucket: Bucket, session: UploadSession): Promise<ObjectRecord> {
    const { uploads, objects } = bucket;
    const { id } = session;
    const path = objects.incoming();
    const content = await this.digest(uploads.dataPath(id), uploads.received(id), path);
    checkLength(content.size, session.range);
    const promised = expectedDigests({ googHash: exchange.header("x-goog-hash") });
    checkDigests(content, {
      crc32c: promised.crc32c ?? session.expected.crc32c,
      md5Hash: promised.md5Hash ?? session.expected.md5Hash,
    });
    const caller = { principal: session.principal, api: session.api };
    const address = { bucket: bucket.record.name, name: session.name };
    const { attributes, preconditions: conditions } = session;
    const record = this.operations.store(caller, address, { content, attributes, conditions });
    uploads.remove(id);
    this.finished.set(id, record);
    return record;
  }

  /** The session's file under a second name, with its digests: the session stays until the object is stored. */
  private async digest(from: string, size: number, path: string): Promise<Content> {
    const digest = new Digest();
    if (size > 0) for await (const chunk of createReadStream(from) as AsyncIterable<Uint8Array>) digest.update(chunk);
    linkSync(from, path);
    return digest.result(path);
  }

  /** 308, or 200 with a header for clients whose HTTP library takes 308 for a redirect. */
  private answerIncomplete(exchange: Exchange, received: number): void {
    const range = received > 0 ? { range: `bytes=0-${received - 1}` } : {};
    if (exchange.header("x-guploader-no-308") === "yes") {
      exchange.send(200, { ...range, "x-http-status-code-override": "308" });
    } else exchange.send(308, range);
  }
}

// Forms: "bytes 0-99/200", "bytes 0-99/*", "bytes 0-*/*" and, to ask for the status, "bytes */200"; no header is the whole body at once.
function contentRange(header: string | undefined): ContentRange {
  if (header === undefined) return { start: 0, end: undefined, total: undefined };
  const match = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(header.trim());
  if (match === null) throw invalid(`Failed to parse Content-Range header "${header}".`);
  const number = (text: string | undefined): number | undefined =>
    text === undefined || text === "*" ? undefined : Number(text);
  return { start: number(match[1]), end: number(match[2]), total: number(match[3]) };
}

function unavailable(details: string, plain = false): StorageError {
  const message = "The service is unavailable.";
  return new StorageError({ status: 503, reason: "backendError", code: "ServiceUnavailable", message, details, plain });
}
