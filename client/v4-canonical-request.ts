// Pure text of a V4 signature: https://cloud.google.com/storage/docs/authentication/canonical-requests

/** Headers that a signature covers, as its texts have them. */
export interface CanonicalHeaders {
  /** `a%3Bb%3Bc`, the value of X-Goog-SignedHeaders. */
  encodedNames: string;
  /** How every canonical request with these headers ends: the headers' lines, their names, and the payload's digest. */
  end: string;
}

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

/** Encoded parameters in the byte order of their encoded names. Those of `own` are encoded already, and win. */
export function canonicalQuery(query: Readonly<Record<string, string>>, own: string): string {
  const pairs = new Map<string, string>();
  for (const [name, value] of Object.entries(query)) {
    const encoded = encodeComponent(name);
    pairs.set(encoded, `${encoded}=${encodeComponent(value)}`);
  }
  for (const pair of own.split("&")) pairs.set(pair.slice(0, pair.indexOf("=")), pair);
  // By name alone: "=" would stand before some characters that a longer name goes on with.
  const sorted = [...pairs].sort(([a], [b]) => byCode(a, b));
  return sorted.map(([, pair]) => pair).join("&");
}

/**
 * Lower-case names with trimmed, single-spaced values, in order of name; `host` is to be among them. A signed URL's payload is
 * part of the text only where the header x-goog-content-sha256 promises its digest.
 */
export function canonicalHeaders(headers: Readonly<Record<string, string>>): CanonicalHeaders {
  const sorted = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/\s{2,}/g, " ")] as const)
    .sort(([a], [b]) => byCode(a, b));
  const names = sorted.map(([name]) => name).join(";");
  const lines = sorted.map(([name, value]) => `${name}:${value}\n`).join("");
  const payload = sorted.find(([name]) => name === "x-goog-content-sha256")?.[1] ?? "UNSIGNED-PAYLOAD";
  return { encodedNames: encodeComponent(names), end: `${lines}\n${names}\n${payload}` };
}

/** Google sorts by code point; localeCompare would not. */
function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
