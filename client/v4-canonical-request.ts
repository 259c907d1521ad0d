// Pure text of a V4 signature: https://cloud.google.com/storage/docs/authentication/canonical-requests
import { hash } from "node:crypto";

export interface CanonicalRequest {
  method: string;
  /** Encoded path, "/" first. */
  path: string;
  /** As `canonicalQuery` gives it. */
  query: string;
  /** Every header that the signature covers, `host` among them, as `canonicalHeaders` gives them. */
  headers: readonly CanonicalHeader[];
}

/** Lower-case name and single-spaced value. */
export type CanonicalHeader = readonly [name: string, value: string];

/** RFC 3986: everything but unreserved characters, which encodeURIComponent leaves five short of. */
export function encodeComponent(text: string): string {
  const encoded = encodeURIComponent(text);
  if (!/[!'()*]/.test(encoded)) return encoded;
  return encoded.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** An object's name in a path: slashes stay, all else is encoded. */
export function encodePath(name: string): string {
  return encodeComponent(name).replaceAll("%2F", "/");
}

/** Encoded parameters in the byte order of their encoded names. */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return (
    Object.entries(query)
      .map(([name, value]) => [encodeComponent(name), `${encodeComponent(name)}=${encodeComponent(value)}`] as const)
      // By name alone: "=" would stand before some characters that a longer name goes on with.
      .sort(([a], [b]) => byCode(a, b))
      .map(([, pair]) => pair)
      .join("&")
  );
}

/** Lower-case names with trimmed, single-spaced values, in order of name. */
export function canonicalHeaders(headers: Readonly<Record<string, string>>): CanonicalHeader[] {
  return Object.entries(headers)
    .map(([name, value]): CanonicalHeader => [name.toLowerCase(), value.trim().replace(/\s{2,}/g, " ")])
    .sort(([a], [b]) => byCode(a, b));
}

/** `a;b;c`, the value of X-Goog-SignedHeaders. */
export function signedHeaderNames(headers: readonly CanonicalHeader[]): string {
  return headers.map(([name]) => name).join(";");
}

/**
 * The text whose SHA-256 stands in the string to sign. A signed URL's payload is part of it only where the header
 * x-goog-content-sha256 promises its digest.
 */
export function canonicalRequest(request: CanonicalRequest): string {
  const { headers } = request;
  const payload = headers.find(([name]) => name === "x-goog-content-sha256")?.[1] ?? "UNSIGNED-PAYLOAD";
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join("");
  return `${request.method}\n${request.path}\n${request.query}\n${lines}\n${signedHeaderNames(headers)}\n${payload}`;
}

/** What the signer signs. `timestamp` is `YYYYMMDDTHHMMSSZ`, `scope` `YYYYMMDD/auto/storage/goog4_request`. */
export function stringToSign(timestamp: string, scope: string, canonical: string): string {
  return `GOOG4-RSA-SHA256\n${timestamp}\n${scope}\n${hash("sha256", canonical, "hex")}`;
}

/** Google sorts by code point; localeCompare would not. */
function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
