// V4 signatures for any request and any POST form of Cloud Storage; signed-urls.ts holds what the library itself hands out.
// https://cloud.google.com/storage/docs/access-control/signing-urls-manually
// https://cloud.google.com/storage/docs/xml-api/post-object-forms
import { hash } from "node:crypto";
import type { Signer } from "./signer.ts";
import { type ResolvedAddress, resolveAddress, type UrlAddress } from "./url-address.ts";
import {
  type CanonicalHeaders,
  canonicalHeaders,
  canonicalQuery,
  encodeComponent,
  encodePath,
} from "./v4-canonical-request.ts";

const ALGORITHM = "GOOG4-RSA-SHA256";

/** A request to sign, checked by nobody: SignedUrls applies the library's rules. */
export interface V4Request {
  method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  bucket: string;
  /** Without it the URL is the bucket's own, for lists. */
  object?: string;
  /** How long the URL holds, in seconds from `signedAt`. */
  expiresSeconds: number;
  /** Begin of its life, in milliseconds since 1970; the fraction of a second is dropped. */
  signedAt: number;
  /** What the request must carry exactly so. `x-goog-content-sha256` makes the payload part of the signature. */
  headers?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  /** Path style at Google's own address unless given. */
  address?: UrlAddress;
}

/** A URL that lacks its signature. */
export interface UnsignedUrl {
  /** Ends where the signature begins, in hexadecimal. */
  start: string;
  stringToSign: string;
}

/** The signed URL. Throws UrlAddressError and what the signer throws; checks nothing else. */
export async function signV4Url(request: V4Request, signer: Signer): Promise<string> {
  const address = resolveAddress(request.bucket, request.address ?? { style: "path" });
  const { start, stringToSign } = new V4Urls(address, signer.clientEmail).unsigned(request);
  return start + (await signer.sign(stringToSign)).toString("hex");
}

/** The texts of URLs of one address by one account, with what they have in common made once. */
export class V4Urls {
  readonly #address: ResolvedAddress;
  readonly #encodedEmail: string;
  /** Of the requests that need not carry anything, as most. */
  readonly #hostAlone: CanonicalHeaders;

  constructor(address: ResolvedAddress, clientEmail: string) {
    this.#address = address;
    this.#encodedEmail = encodeComponent(clientEmail);
    this.#hostAlone = canonicalHeaders({ host: address.host });
  }

  unsigned(request: Omit<V4Request, "bucket" | "address">): UnsignedUrl {
    const { method, object, headers: given = {}, query: added = {}, expiresSeconds } = request;
    const { origin, host, base } = this.#address;
    const { timestamp, scope, encodedScope } = timeOf(request.signedAt);
    const headers = isEmpty(given) ? this.#hostAlone : canonicalHeaders({ ...given, host });
    // Encoded and in order as it stands.
    const own =
      `X-Goog-Algorithm=${ALGORITHM}&X-Goog-Credential=${this.#encodedEmail}%2F${encodedScope}` +
      `&X-Goog-Date=${timestamp}&X-Goog-Expires=${expiresSeconds}&X-Goog-SignedHeaders=${headers.encodedNames}`;
    const query = isEmpty(added) ? own : canonicalQuery(added, own);
    const path = object === undefined ? base || "/" : `${base}/${encodePath(object)}`;
    const digest = hash("sha256", `${method}\n${path}\n${query}\n${headers.end}`, "hex");
    return {
      start: `${origin}${path}?${query}&X-Goog-Signature=`,
      stringToSign: `${ALGORITHM}\n${timestamp}\n${scope}\n${digest}`,
    };
  }
}

function isEmpty(record: Readonly<Record<string, string>>): boolean {
  for (const _ in record) return false;
  return true;
}

/** A condition beside the exact ones that the form's fields are. */
export type PolicyCondition =
  | readonly ["starts-with", field: `$${string}`, start: string]
  | readonly ["content-length-range", min: number, max: number];

/** An upload form to sign, checked by nobody: SignedUrls applies the library's rules. */
export interface V4Policy {
  bucket: string;
  /** Exact name of the object that the form makes. */
  object: string;
  /** How long the form holds, in seconds from `signedAt`. */
  expiresSeconds: number;
  /** Milliseconds since 1970; the fraction of a second is dropped. */
  signedAt: number;
  /** Fields that the form must carry exactly so, such as `content-type`. */
  fields?: Readonly<Record<string, string>>;
  conditions?: readonly PolicyCondition[];
  address?: UrlAddress;
}

/** A form as a browser sends it. */
export interface SignedForm {
  /** Where to POST multipart/form-data. */
  url: string;
  /** Fields to send before the field `file`, which comes last. */
  fields: Record<string, string>;
}

/** The signed POST form. Throws UrlAddressError and what the signer throws; checks nothing else. */
export async function signV4Policy(policy: V4Policy, signer: Signer): Promise<SignedForm> {
  const { timestamp, scope } = timeOf(policy.signedAt);
  const { origin, base } = resolveAddress(policy.bucket, policy.address ?? { style: "path" });
  const named = {
    "x-goog-date": timestamp,
    "x-goog-credential": `${signer.clientEmail}/${scope}`,
    "x-goog-algorithm": ALGORITHM,
  };
  const exact = { ...policy.fields, bucket: policy.bucket, key: policy.object, ...named };
  const document = {
    conditions: [...(policy.conditions ?? []), ...Object.entries(exact).map(([field, value]) => ({ [field]: value }))],
    expiration: wholeSeconds(policy.signedAt + policy.expiresSeconds * 1000),
  };
  const encoded = Buffer.from(asciiJson(document)).toString("base64");
  const signature = (await signer.sign(encoded)).toString("hex");
  const fields = { ...policy.fields, key: policy.object, ...named, policy: encoded, "x-goog-signature": signature };
  return { url: `${origin}${base}/`, fields };
}

/** Google reads policies as ASCII: everything else is written as \uXXXX. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function wholeSeconds(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** When a signature begins, as its texts have it. */
interface Time {
  second: number;
  /** `YYYYMMDDTHHMMSSZ` */
  timestamp: string;
  /** `YYYYMMDD/auto/storage/goog4_request` */
  scope: string;
  encodedScope: string;
}

/** The last second's: in a burst all URLs begin in the same one. */
let lastTime: Time = { second: Number.NaN, timestamp: "", scope: "", encodedScope: "" };

function timeOf(milliseconds: number): Time {
  const second = Math.floor(milliseconds / 1000);
  if (second !== lastTime.second) {
    const timestamp = wholeSeconds(milliseconds).replace(/[-:]/g, "");
    const scope = `${timestamp.slice(0, 8)}/auto/storage/goog4_request`;
    lastTime = { second, timestamp, scope, encodedScope: encodeComponent(scope) };
  }
  return lastTime;
}
