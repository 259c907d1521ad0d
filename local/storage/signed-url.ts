// Verification of V4 signed URLs, as Google does it: https://cloud.google.com/storage/docs/authentication/signatures
import { createHash, verify, type KeyObject } from "node:crypto";
import type { Exchange } from "./exchange.ts";
import { StorageError, accessDenied, invalid, notImplemented } from "./storage-error.ts";

/** Seven days, the longest life of a signature. */
const longestSeconds = 604_800;
/** How far a clock may be ahead of ours. */
const skewMs = 15 * 60_000;

interface Signature {
  readonly email: string;
  readonly scope: string;
  readonly date: string;
  readonly signedHeaders: readonly string[];
  readonly value: string;
}

/** Whether the query holds a V4 signature; V2's, the default of the published client, is refused by name. */
export function isSigned(exchange: Exchange): boolean {
  if (exchange.query.has("GoogleAccessId")) throw notImplemented('a signed URL of version 2 (sign with version "v4")');
  return parameter(exchange, "x-goog-algorithm") !== undefined || parameter(exchange, "x-goog-signature") !== undefined;
}

/** The service account that signed the request; throws Google's error when the signature does not hold. */
export function verifySignedUrl(
  exchange: Exchange,
  publicKeysOf: (email: string) => readonly KeyObject[] | undefined,
  now: number,
): string {
  const signature = parse(exchange, now);
  checkHeaders(exchange, signature.signedHeaders);
  const keys = publicKeysOf(signature.email);
  if (keys === undefined || keys.length === 0) {
    const message = "The User Id you provided does not exist in our records.";
    throw new StorageError({
      status: 403,
      reason: "forbidden",
      code: "InvalidAccessKeyId",
      message,
      details: signature.email,
    });
  }
  const bytes = Buffer.from(signature.value, "hex");
  const candidates = hosts(exchange).map((host) => canonicalRequest(exchange, signature.signedHeaders, host));
  const matches = candidates.some((request) =>
    keys.some((key) => verify("RSA-SHA256", Buffer.from(stringToSign(signature, request)), key, bytes)),
  );
  if (!matches) throw mismatch(signature, candidates[0] ?? "");
  return signature.email;
}

function parse(exchange: Exchange, now: number): Signature {
  const required = (name: string): string => {
    const value = parameter(exchange, name);
    if (value === undefined) throw parameters(`Missing query parameter ${name}.`);
    return value;
  };
  const algorithm = required("X-Goog-Algorithm");
  if (algorithm !== "GOOG4-RSA-SHA256") {
    throw parameters(`X-Goog-Algorithm ${algorithm} is not supported; expected GOOG4-RSA-SHA256.`);
  }
  const credential = required("X-Goog-Credential");
  const parts = /^([^/]+)\/((\d{8})\/[^/]+\/storage\/goog4_request)$/.exec(credential);
  if (parts === null) {
    throw parameters(
      `X-Goog-Credential "${credential}" is malformed; expected EMAIL/DATE/LOCATION/storage/goog4_request.`,
    );
  }
  const date = required("X-Goog-Date");
  if (parts[3] !== date.slice(0, 8)) throw parameters("The date in X-Goog-Credential is not the date in X-Goog-Date.");
  checkLife(date, required("X-Goog-Expires"), now);
  return {
    email: parts[1] ?? "",
    scope: parts[2] ?? "",
    date,
    signedHeaders: required("X-Goog-SignedHeaders").split(";"),
    value: required("X-Goog-Signature"),
  };
}

function checkLife(date: string, expires: string, now: number): void {
  const time = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(date);
  const begin = time === null ? NaN : Date.parse(`${time.slice(1, 4).join("-")}T${time.slice(4, 7).join(":")}Z`);
  if (Number.isNaN(begin)) throw parameters(`X-Goog-Date "${date}" is malformed; expected YYYYMMDDTHHMMSSZ.`);
  const seconds = Number(expires);
  if (!/^\d+$/.test(expires)) throw parameters(`X-Goog-Expires "${expires}" is no number of seconds.`);
  if (seconds > longestSeconds) {
    throw parameters(`X-Goog-Expires must be less than a week (in seconds); that is, at most ${longestSeconds}.`);
  }
  if (begin > now + skewMs) throw accessDenied("Request is not yet valid.", undefined);
  const end = begin + seconds * 1000;
  if (now > end) {
    const at = new Date(end).toISOString().replace(/\.\d+Z$/, "+00:00");
    throw invalid(`The provided token has expired. Request signature expired at: ${at}`, "ExpiredToken");
  }
}

/** Signed headers must be there, and no `x-goog-` header may be smuggled in beside the signature. */
function checkHeaders(exchange: Exchange, signedHeaders: readonly string[]): void {
  const malformed = (name: string, details: string): StorageError =>
    new StorageError({
      status: 400,
      reason: "invalid",
      code: "MalformedSecurityHeader",
      message: "Invalid argument.",
      details: `Your request has a malformed header. ${details}`,
      elements: { ParameterName: name },
    });
  if (!signedHeaders.includes("host")) throw malformed("host", "Header host must be signed.");
  for (const name of signedHeaders) {
    if (exchange.header(name) === undefined) {
      throw malformed(name, "Header was included in signedheaders, but not in the request.");
    }
  }
  for (const name of exchange.headerNames()) {
    if (name.startsWith("x-goog-") && !signedHeaders.includes(name)) {
      throw malformed(name, "Header was included in the request, but not in signedheaders.");
    }
  }
}

/** Clients on a port other than 443 send it in Host, and the published ones sign the name alone: both are accepted. */
function hosts(exchange: Exchange): string[] {
  const host = exchange.header("host") ?? "";
  return [...new Set([host, host.replace(/:\d+$/, "")])];
}

function canonicalRequest(exchange: Exchange, signedHeaders: readonly string[], host: string): string {
  const headers = [...signedHeaders].sort().map((name) => {
    const value = name === "host" ? host : (exchange.header(name) ?? "");
    return `${name}:${value.trim().replace(/\s+/g, " ")}\n`;
  });
  const query = exchange.rawQuery
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair): [string, string] => {
      const at = pair.indexOf("=");
      return at < 0 ? [strict(pair), ""] : [strict(pair.slice(0, at)), strict(pair.slice(at + 1))];
    })
    .filter(([name]) => name.toLowerCase() !== "x-goog-signature")
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name === b.name ? compare(a.value, b.value) : compare(a.name, b.name)))
    .map(({ name, value }) => `${name}=${value}`);
  return [
    exchange.method,
    exchange.rawPath,
    query.join("&"),
    headers.join(""),
    [...signedHeaders].sort().join(";"),
    exchange.header("x-goog-content-sha256") ?? "UNSIGNED-PAYLOAD",
  ].join("\n");
}

function stringToSign({ date, scope }: Signature, request: string): string {
  const hash = createHash("sha256").update(request).digest("hex");
  return ["GOOG4-RSA-SHA256", date, scope, hash].join("\n");
}

function mismatch(signature: Signature, request: string): StorageError {
  return new StorageError({
    status: 403,
    reason: "forbidden",
    code: "SignatureDoesNotMatch",
    message: "Access denied.",
    details:
      "The request signature we calculated does not match the signature you provided. " +
      "Check your Google secret key and signing method.",
    elements: { StringToSign: stringToSign(signature, request), CanonicalRequest: request },
  });
}

function parameters(details: string): StorageError {
  return invalid(
    details,
    "AuthorizationQueryParametersError",
    "Error parsing the X-Goog-Credential parameter or its companions.",
  );
}

/** Parameter names are matched whatever their case; libraries differ in it. */
function parameter(exchange: Exchange, name: string): string | undefined {
  for (const [key, value] of exchange.query) if (key.toLowerCase() === name.toLowerCase()) return value;
  return undefined;
}

/** One canonical encoding (RFC 3986) for what may have been encoded more loosely on its way. */
function strict(encoded: string): string {
  const decoded = decodeURIComponent(encoded.replaceAll("+", "%20"));
  return encodeURIComponent(decoded).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
