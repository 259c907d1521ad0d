import { createHmac } from "node:crypto";

/** A key of the content network under its name there. */
export interface ContentKey {
  name: string;
  /** 16 bytes. */
  bytes: Buffer;
}

/** What cannot be a key of the content network; never says what it holds. */
export class ContentKeyError extends Error {
  constructor(name: string, problem: string) {
    super(
      `content network's key ${JSON.stringify(name)}: ${problem}; expected 16 bytes in base64url, and a name as key-0. ` +
        "Hand over the newest version of the secret that the contract names.",
    );
    this.name = "ContentKeyError";
  }
}

/** Reads a key as Secret Manager has it: base64url, with or without padding. Throws ContentKeyError. */
export function contentKey(name: string, base64url: string): ContentKey {
  // cloud.google.com/compute/docs/naming-resources
  if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) throw new ContentKeyError(name.slice(0, 63), "has no name");
  const text = base64url.trim();
  // The last of 22 characters stands for two bits.
  if (!/^[\w-]{21}[AQgw](==)?$/.test(text)) {
    throw new ContentKeyError(name, `is no key (${String(text.length)} characters)`);
  }
  return { name, bytes: Buffer.from(text, "base64url") };
}

/**
 * The query that opens every URL that begins with `prefix`, until a second of Unix time: `URLPrefix=...&Expires=...&KeyName=...`
 * with its HMAC-SHA1. A prefix is a scheme, a host and a path as they are sent, without a query.
 * cloud.google.com/cdn/docs/using-signed-urls
 */
export function signUrlPrefix(prefix: string, expires: number, key: ContentKey): string {
  const encoded = base64url(Buffer.from(prefix));
  const policy = `URLPrefix=${encoded}&Expires=${String(expires)}&KeyName=${key.name}`;
  const signature = createHmac("sha1", key.bytes).update(policy).digest();
  return `${policy}&Signature=${base64url(signature)}`;
}

/** With padding, as Google writes it. */
function base64url(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
