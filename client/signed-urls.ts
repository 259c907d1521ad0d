import { create as contentDisposition } from "content-disposition"; // RFC 6266 and 8187, the parser that Express uses
import type { Contract } from "./contract.ts";
import { checkedObjectName } from "./object-names.ts";
import type { Signer } from "./signers.ts";
import { canonicalQuery, encodePath, signedHeaderNames, stringToSign } from "./v4-canonical-request.ts";

/** Life of a URL where the caller names none: 15 minutes. */
export const DEFAULT_EXPIRES_SECONDS = 900;

/** Room for pauses and seeking after a track's own length. */
const STREAM_MARGIN_SECONDS = 300;

/** Life of a URL that streams a track of this many seconds: 15 minutes, or as long as it takes to hear it. */
export function streamExpiresSeconds(durationSeconds: number | null, signer: Signer): number {
  const needed = Math.ceil(durationSeconds ?? 0) + STREAM_MARGIN_SECONDS;
  return Math.min(Math.max(DEFAULT_EXPIRES_SECONDS, needed), signer.maxExpiresSeconds);
}

/** Cloud Storage's limit for one object, in bytes: https://cloud.google.com/storage/quotas#objects */
const MAX_OBJECT_BYTES = 5 * 1024 ** 4;

export interface SignedUrl {
  url: string;
  method: "GET" | "PUT";
  /** Headers that the request must carry exactly so; the signature covers them. */
  headers: Record<string, string>;
  expiresAt: Date;
}

/** A request for a URL that cannot be signed as asked; `problems` has all of them. */
export class SignedUrlError extends Error {
  readonly problems: readonly string[];

  constructor(object: string, problems: readonly string[]) {
    super(`signed URL for "${object}": ${problems.join("; ")}. Correct the request; nothing was signed.`);
    this.name = "SignedUrlError";
    this.problems = problems;
  }
}

export interface DownloadRequest {
  object: string;
  /** Seconds; 900 unless given. */
  expiresSeconds?: number;
  /** Content type that the answer shall carry, whatever was stored. */
  contentType?: string;
  /** File name for "save as"; without it browsers play in place. */
  saveAs?: string;
}

export interface UploadRequest {
  object: string;
  expiresSeconds?: number;
  contentType: string;
  /** Exact size of the body, in bytes; Cloud Storage refuses another. */
  sizeBytes: number;
}

export interface SignedUrlsOptions {
  bucket: string;
  prefixes: Contract["bucket"]["prefixes"];
  /** Address of Cloud Storage; "" is Google's. */
  endpoint: string;
  signer: Signer;
  /** Milliseconds since 1970; the machine's clock unless given. */
  clock?: () => number;
}

/**
 * V4 signed URLs of the library's bucket, path style. Downloads may name objects in any folder of the contract, uploads
 * only those in `temp/`. A URL acts with the signer's own rights at the time of use.
 */
export class SignedUrls {
  readonly #options: SignedUrlsOptions;
  readonly #origin: URL;

  constructor(options: SignedUrlsOptions) {
    this.#options = options;
    this.#origin = new URL(options.endpoint === "" ? "https://storage.googleapis.com" : options.endpoint);
  }

  /** A GET, range requests included. Throws ObjectNameError, SignedUrlError, SigningError. */
  async download(request: DownloadRequest): Promise<SignedUrl> {
    const { audio, thumbnails, temp } = this.#options.prefixes;
    const problems = this.#expiryProblems(request.expiresSeconds);
    if (request.contentType !== undefined) problems.push(...contentTypeProblems(request.contentType));
    checkedObjectName(request.object, [audio, thumbnails, temp]);
    if (problems.length > 0) throw new SignedUrlError(request.object, problems);
    const query: Record<string, string> = {};
    if (request.contentType !== undefined) query["response-content-type"] = request.contentType;
    if (request.saveAs !== undefined) query["response-content-disposition"] = contentDisposition(request.saveAs);
    return this.#sign("GET", request.object, query, {}, request.expiresSeconds);
  }

  /** A PUT of exactly this type and size into `temp/`. Throws ObjectNameError, SignedUrlError, SigningError. */
  async upload(request: UploadRequest): Promise<SignedUrl> {
    const problems = [...this.#expiryProblems(request.expiresSeconds), ...contentTypeProblems(request.contentType)];
    if (!Number.isInteger(request.sizeBytes) || request.sizeBytes < 1 || request.sizeBytes > MAX_OBJECT_BYTES) {
      problems.push(`sizeBytes is wrong (${String(request.sizeBytes)}); expected 1 to ${String(MAX_OBJECT_BYTES)}`);
    }
    checkedObjectName(request.object, [this.#options.prefixes.temp]);
    if (problems.length > 0) throw new SignedUrlError(request.object, problems);
    const size = String(request.sizeBytes);
    const headers = { "content-type": request.contentType, "x-goog-content-length-range": `${size},${size}` };
    return this.#sign("PUT", request.object, {}, headers, request.expiresSeconds);
  }

  #expiryProblems(expiresSeconds = DEFAULT_EXPIRES_SECONDS): string[] {
    const { maxExpiresSeconds } = this.#options.signer;
    if (Number.isInteger(expiresSeconds) && expiresSeconds >= 1 && expiresSeconds <= maxExpiresSeconds) return [];
    return [
      `expiresSeconds is wrong (${String(expiresSeconds)}); expected 1 to ${String(maxExpiresSeconds)} for this signer`,
    ];
  }

  async #sign(
    method: SignedUrl["method"],
    object: string,
    extraQuery: Record<string, string>,
    headers: Record<string, string>,
    expiresSeconds = DEFAULT_EXPIRES_SECONDS,
  ): Promise<SignedUrl> {
    const { bucket, signer, clock = Date.now } = this.#options;
    // Whole seconds, rounded down: the timestamp has no fractions, and the URL ends at its second.
    const now = Math.floor(clock() / 1000) * 1000;
    const timestamp = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "");
    const scope = `${timestamp.slice(0, 8)}/auto/storage/goog4_request`;
    // `host` carries the port where it is not the scheme's own, as HTTP clients send it.
    const signed = { ...headers, host: this.#origin.host };
    const query = {
      ...extraQuery,
      "X-Goog-Algorithm": "GOOG4-RSA-SHA256",
      "X-Goog-Credential": `${signer.clientEmail}/${scope}`,
      "X-Goog-Date": timestamp,
      "X-Goog-Expires": String(expiresSeconds),
      "X-Goog-SignedHeaders": signedHeaderNames(signed),
    };
    const path = `/${bucket}/${encodePath(object)}`;
    const signature = await signer.sign(stringToSign(timestamp, scope, { method, path, query, headers: signed }));
    return {
      url: `${this.#origin.origin}${path}?${canonicalQuery(query)}&X-Goog-Signature=${signature.toString("hex")}`,
      method,
      headers,
      expiresAt: new Date(now + expiresSeconds * 1000),
    };
  }
}

function contentTypeProblems(contentType: string): string[] {
  const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  if (new RegExp(`^${token}/${token}(; ?${token}=(${token}|"[^"\\\\\\r\\n]*"))*$`).test(contentType)) return [];
  return [`contentType is wrong (${JSON.stringify(contentType)}); expected a media type such as "audio/flac"`];
}
