// The keys that service accounts sign with, and the key of the local issuer of ID tokens. They never leave this folder.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import type { LocalPaths } from "../paths.ts";
import { writeFileAtomically } from "../store.ts";

export interface Signature {
  readonly keyId: string;
  readonly signature: Buffer;
}

export class AccountKeys {
  private readonly paths: LocalPaths;
  private readonly loaded = new Map<string, KeyObject>();

  constructor(paths: LocalPaths) {
    this.paths = paths;
  }

  /** Makes the key of `owner` (an e-mail, or `issuer`) unless it has one. */
  ensure(owner: string): void {
    if (existsSync(this.file(owner))) return;
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileAtomically(this.file(owner), privateKey.export({ type: "pkcs8", format: "pem" }));
    this.loaded.set(owner, privateKey);
  }

  has(owner: string): boolean {
    return existsSync(this.file(owner));
  }

  remove(owner: string): void {
    rmSync(this.file(owner), { force: true });
    this.loaded.delete(owner);
  }

  publicKey(owner: string): KeyObject | undefined {
    const key = this.privateKey(owner);
    return key === undefined ? undefined : createPublicKey(key);
  }

  /** RSA with SHA-256 and PKCS #1 v1.5 padding, as signBlob and RS256. */
  sign(owner: string, payload: Buffer): Signature | undefined {
    const key = this.privateKey(owner);
    if (key === undefined) return undefined;
    return { keyId: keyIdOf(createPublicKey(key)), signature: sign("sha256", payload, key) };
  }

  private privateKey(owner: string): KeyObject | undefined {
    if (!this.has(owner)) return undefined;
    const key = this.loaded.get(owner) ?? createPrivateKey(readFileSync(this.file(owner), "utf8"));
    this.loaded.set(owner, key);
    return key;
  }

  private file(owner: string): string {
    return this.paths.at("cloud", "keys", `${encodeURIComponent(owner.toLowerCase())}.pem`);
  }
}

/** Forty hexadecimal digits, as Google names keys. */
export function keyIdOf(key: KeyObject): string {
  return createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex");
}
