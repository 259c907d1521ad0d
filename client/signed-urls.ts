import { create as contentDisposition } from "content-disposition"; // RFC 6266 and 8187, the parser that Express uses
import { BoundedCache } from "./bounded-cache.ts";
import type { Contract } from "./contract.ts";
import { checkedObjectName } from "./object-names.ts";
import { Pace } from "./pace.ts";
import { safeFileName } from "./safe-file-name.ts";
import {
  contentTypeProblems,
  digestProblems,
  expiryProblems,
  generationProblems,
  SignedUrlError,
  sizeProblems,
} from "./signed-url-rules.ts";
import type { Signer } from "./signer.ts";
import { resolveAddress, type UrlAddress } from "./url-address.ts";
import { DEFAULT_EXPIRES_SECONDS, urlWindow } from "./url-lifetimes.ts";
import { type SignedForm, signV4Policy, type V4Request, V4Urls } from "./v4-signature.ts";

/** A URL that carries its own permission until `expiresAt`. */
export interface SignedUrl {
  url: string;
  method: "GET" | "PUT" | "POST";
  /** Headers that the request must carry exactly so; the signature covers them. */
  headers: Record<string, string>;
  expiresAt: Date;
}

/** An HTML form that uploads one file until `expiresAt`. */
export interface SignedUploadForm extends SignedForm {
  expiresAt: Date;
}

/** What a download URL is for. */
export interface DownloadRequest {
  /** Name in the bucket, as `audio/01J.flac`. */
  object: string;
  /** Seconds; 900 unless given. */
  expiresSeconds?: number;
  /** Content type that the answer shall carry, whatever was stored. */
  contentType?: string;
  /** File name for "save as"; without it browsers play in place. Made safe for every system. */
  saveAs?: string;
}

interface Upload {
  /** Name in the bucket, below `temp/`. */
  object: string;
  /** Seconds; 900 unless given. */
  expiresSeconds?: number;
  contentType: string;
}

/** What a PUT may bring: exactly this type and this size. */
export interface UploadRequest extends Upload {
  /** Exact size of the body, in bytes; Cloud Storage refuses another. */
  sizeBytes: number;
  /** Generation that may be replaced, "0" for none: another writer's object is then answered with 412. */
  replacing?: string;
  /** Digest of the body, in hexadecimal: the payload becomes part of the signature. */
  sha256?: string;
}

/** What a form may bring: exactly this type, up to this size. */
export interface FormRequest extends Upload {
  /** Largest file that the form takes, in bytes. */
  maxBytes: number;
}

/** The bucket, who signs, and how URLs are kept. */
export interface SignedUrlsOptions {
  bucket: string;
  prefixes: Contract["bucket"]["prefixes"];
  /** Address of Cloud Storage; "" is Google's. */
  endpoint: string;
  signer: Signer;
  /** How URLs name the bucket; path style at `endpoint` unless given. */
  address?: UrlAddress;
  /** Characters of download URLs that are kept at most; 16 Mi unless given, 0 signs each anew. */
  cacheSize?: number;
  /** Milliseconds since 1970; the machine's clock unless given. */
  clock?: () => number;
}

const DEFAULT_CACHE_SIZE = 16 * 1024 ** 2;

/**
 * V4 signed URLs of the library's bucket. Downloads may name objects in any folder of the contract, uploads only those in
 * `temp/`. A URL acts with the signer's own rights at the time of use.
 *
 * Downloads come from a cache: within a window of a third of its life, at most 5 minutes, all who ask for the same get the same
 * URL, and at least two thirds of its life are left when they do (of 15 minutes: 10).
 */
export class SignedUrls {
  readonly #options: SignedUrlsOptions;
  readonly #address: UrlAddress;
  readonly #urls: V4Urls;
  readonly #pace = new Pace();
  readonly #cache: BoundedCache<SignedUrl>;
  readonly #clock: () => number;

  /** Throws UrlAddressError. */
  constructor(options: SignedUrlsOptions) {
    this.#options = options;
    const { endpoint, clock = Date.now } = options;
    this.#address = options.address ?? { style: "path", ...(endpoint === "" ? {} : { endpoint }) };
    this.#urls = new V4Urls(resolveAddress(options.bucket, this.#address), options.signer.clientEmail);
    this.#clock = clock;
    this.#cache = new BoundedCache(options.cacheSize ?? DEFAULT_CACHE_SIZE, ({ url }) => url.length);
  }

  /** Entries and characters in the cache, now. */
  get cached(): { count: number; size: number } {
    return { count: this.#cache.count, size: this.#cache.size };
  }

  /** A GET, range requests included. Throws ObjectNameError, SignedUrlError, SigningError. */
  download(request: DownloadRequest): Promise<SignedUrl> {
    const { object, expiresSeconds = DEFAULT_EXPIRES_SECONDS, contentType = "" } = request;
    const saveAs = request.saveAs === undefined ? "" : safeFileName(request.saveAs);
    // No part of a request that was ever signed holds a line feed.
    const key = `${object}\n${expiresSeconds}\n${contentType}\n${saveAs}`;
    return this.#cache.find(key, this.#clock()) ?? this.#signDownload(key, object, { ...request, expiresSeconds });
  }

  /** A PUT of exactly this type and size into `temp/`. Throws ObjectNameError, SignedUrlError, SigningError. */
  async upload(request: UploadRequest): Promise<SignedUrl> {
    return this.#signUpload("PUT", request, this.#uploadHeaders(request));
  }

  /**
   * The POST that begins a resumable upload of exactly this type and size into `temp/`; the answer's `location` takes the bytes
   * in parts, for a week. Throws ObjectNameError, SignedUrlError, SigningError.
   */
  async resumableUpload(request: Omit<UploadRequest, "sha256">): Promise<SignedUrl> {
    return this.#signUpload("POST", request, { "x-goog-resumable": "start", ...this.#uploadHeaders(request) });
  }

  /**
   * A form of this type and of at most this size into `temp/`, for pages without a script: its fields first, then the field
   * `file`. Throws ObjectNameError, SignedUrlError, SigningError.
   */
  async uploadForm(request: FormRequest): Promise<SignedUploadForm> {
    const { object, contentType, maxBytes, expiresSeconds = DEFAULT_EXPIRES_SECONDS } = request;
    const { bucket, signer } = this.#options;
    this.#check(
      object,
      [this.#options.prefixes.temp],
      [
        ...expiryProblems(expiresSeconds, signer.maxExpiresSeconds),
        ...contentTypeProblems(contentType),
        ...sizeProblems("maxBytes", maxBytes),
      ],
    );
    const signedAt = this.#now();
    const form = await signV4Policy(
      {
        ...{ bucket, object, expiresSeconds, signedAt, address: this.#address },
        fields: { "content-type": contentType },
        conditions: [["content-length-range", 1, maxBytes]],
      },
      signer,
    );
    return { ...form, expiresAt: new Date(signedAt + expiresSeconds * 1000) };
  }

  async #signDownload(
    key: string,
    object: string,
    request: DownloadRequest & { expiresSeconds: number },
  ): Promise<SignedUrl> {
    const { audio, thumbnails, temp } = this.#options.prefixes;
    const { expiresSeconds, contentType, saveAs } = request;
    this.#check(
      object,
      [audio, thumbnails, temp],
      [
        ...expiryProblems(expiresSeconds, this.#options.signer.maxExpiresSeconds),
        ...(contentType === undefined ? [] : contentTypeProblems(contentType)),
      ],
    );
    const query: Record<string, string> = {};
    if (contentType !== undefined) query["response-content-type"] = contentType;
    if (saveAs !== undefined) query["response-content-disposition"] = contentDisposition(safeFileName(saveAs));
    const now = this.#now();
    const kept = this.#options.cacheSize !== 0;
    const { signedAt, renewAt } = kept ? urlWindow(object, expiresSeconds, now) : { signedAt: now, renewAt: now };
    const signed = this.#sign({ method: "GET", object, query, headers: {}, expiresSeconds, signedAt });
    return this.#cache.keep(key, renewAt, signed);
  }

  #uploadHeaders({ contentType, sizeBytes, replacing, sha256 }: UploadRequest): Record<string, string> {
    return {
      "content-type": contentType,
      "x-goog-content-length-range": `${sizeBytes},${sizeBytes}`,
      ...(replacing === undefined ? {} : { "x-goog-if-generation-match": replacing }),
      ...(sha256 === undefined ? {} : { "x-goog-content-sha256": sha256 }),
    };
  }

  #signUpload(method: "PUT" | "POST", request: UploadRequest, headers: Record<string, string>): Promise<SignedUrl> {
    const { object, contentType, sizeBytes, expiresSeconds = DEFAULT_EXPIRES_SECONDS } = request;
    this.#check(
      object,
      [this.#options.prefixes.temp],
      [
        ...expiryProblems(expiresSeconds, this.#options.signer.maxExpiresSeconds),
        ...contentTypeProblems(contentType),
        ...sizeProblems("sizeBytes", sizeBytes),
        ...generationProblems(request.replacing),
        ...digestProblems(request.sha256),
      ],
    );
    return this.#sign({ method, object, query: {}, headers, expiresSeconds, signedAt: this.#now() });
  }

  #check(object: string, prefixes: readonly string[], problems: readonly string[]): void {
    checkedObjectName(object, prefixes);
    if (problems.length > 0) throw new SignedUrlError(object, problems);
  }

  /** Whole seconds, rounded down: the timestamp has no fractions, and the URL ends at its second. */
  #now(): number {
    return Math.floor(this.#clock() / 1000) * 1000;
  }

  async #sign(
    request: Required<Pick<V4Request, "object" | "query" | "expiresSeconds" | "signedAt">> & {
      method: SignedUrl["method"];
      headers: Record<string, string>;
    },
  ): Promise<SignedUrl> {
    const turn = this.#pace.turn();
    if (turn !== undefined) await turn;
    const { start, stringToSign } = this.#urls.unsigned(request);
    const signature = await this.#options.signer.sign(stringToSign);
    const { method, headers, signedAt, expiresSeconds } = request;
    return {
      url: start + signature.toString("hex"),
      method,
      headers,
      expiresAt: new Date(signedAt + expiresSeconds * 1000),
    };
  }
}
