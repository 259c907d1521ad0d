// V4 signatures for any request and any POST form of Cloud Storage; signed-urls.ts holds what the library itself hands out.
// https://cloud.google.com/storage/docs/access-control/signing-urls-manually
// https://cloud.google.com/storage/docs/xml-api/post-object-forms
import type { Signer } from "./signer.ts";
import { type ResolvedAddress, resolveAddress, type UrlAddress } from "./url-address.ts";
import {
  canonicalHeaders,
  canonicalQuery,
  canonicalRequest,
  encodePath,
  signedHeaderNames,
  stringToSign,
} from "./v4-canonical-request.ts";

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

/** The signed URL. Throws UrlAddressError and what the signer throws; checks nothing else. */
export async function signV4Url(request: V4Request, signer: Signer): Promise<string> {
  return signResolved(request, resolveAddress(request.bucket, request.address ?? { style: "path" }), signer);
}

/** As signV4Url, for an address that is known already. */
export async function signResolved(
  request: Omit<V4Request, "bucket" | "address">,
  { origin, host, base }: ResolvedAddress,
  signer: Signer,
): Promise<string> {
  const { timestamp, scope } = timeOf(request.signedAt);
  const headers = canonicalHeaders({ ...request.headers, host });
  const object = request.object === undefined ? "" : `/${encodePath(request.object)}`;
  const path = `${base}${object}` || "/";
  const query = queryOf(request, signer.clientEmail, signedHeaderNames(headers));
  const canonical = canonicalRequest({ method: request.method, path, query, headers });
  const signature = await signer.sign(stringToSign(timestamp, scope, canonical));
  return `${origin}${path}?${query}&X-Goog-Signature=${signature.toString("hex")}`;
}

/** The last signature's own parameters and their text: in a burst most URLs have the same. */
let lastQuery = { of: "", text: "" };

function queryOf(
  { query, signedAt, expiresSeconds }: Pick<V4Request, "query" | "signedAt" | "expiresSeconds">,
  clientEmail: string,
  signedHeaders: string,
): string {
  const { timestamp, scope } = timeOf(signedAt);
  const own = () => ({
    "X-Goog-Algorithm": "GOOG4-RSA-SHA256",
    "X-Goog-Credential": `${clientEmail}/${scope}`,
    "X-Goog-Date": timestamp,
    "X-Goog-Expires": String(expiresSeconds),
    "X-Goog-SignedHeaders": signedHeaders,
  });
  if (query !== undefined && Object.keys(query).length > 0) return canonicalQuery({ ...query, ...own() });
  const of = `${timestamp} ${String(expiresSeconds)} ${clientEmail} ${signedHeaders}`;
  if (of !== lastQuery.of) lastQuery = { of, text: canonicalQuery(own()) };
  return lastQuery.text;
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
    "x-goog-algorithm": "GOOG4-RSA-SHA256",
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

/** The last second and its texts: in a burst all URLs begin in the same one. */
let lastTime: { second: number; timestamp: string; scope: string } = { second: Number.NaN, timestamp: "", scope: "" };

function timeOf(milliseconds: number): { timestamp: string; scope: string } {
  const second = Math.floor(milliseconds / 1000);
  if (second !== lastTime.second) {
    const timestamp = wholeSeconds(milliseconds).replace(/[-:]/g, "");
    lastTime = { second, timestamp, scope: `${timestamp.slice(0, 8)}/auto/storage/goog4_request` };
  }
  return lastTime;
}
