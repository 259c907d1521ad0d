// ID tokens: who somebody is, said to one audience. RS256, signed by the local issuer's key.
import { type KeyObject, verify } from "node:crypto";
import { type AccountKeys, keyIdOf } from "./account-keys.ts";

const lifetimeSeconds = 3600;
/** Name of the issuer among the keys. */
const issuerKey = "issuer";

export interface IdTokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly email: string;
  readonly email_verified: true;
  readonly iat: number;
  readonly exp: number;
}

export class IdTokens {
  private readonly keys: AccountKeys;
  private readonly clock: () => number;

  constructor(keys: AccountKeys, clock: () => number) {
    this.keys = keys;
    this.clock = clock;
    keys.ensure(issuerKey);
  }

  /** A token that says to `audience` that the bearer is `email`. */
  issue({ issuer, email, subject, audience }: Record<"issuer" | "email" | "subject" | "audience", string>): string {
    const now = Math.floor(this.clock() / 1000);
    const claims: IdTokenClaims = {
      iss: issuer,
      aud: audience,
      sub: subject,
      email,
      email_verified: true,
      iat: now,
      exp: now + lifetimeSeconds,
    };
    const header = { alg: "RS256", kid: keyIdOf(this.publicKey()), typ: "JWT" };
    const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    const signed = this.keys.sign(issuerKey, Buffer.from(content));
    if (signed === undefined) throw new Error("ID tokens: the issuer has no key");
    return `${content}.${signed.signature.toString("base64url")}`;
  }

  /** The claims of a token that was issued here, is in force and was made for one of `audiences`. */
  verified(token: string, audiences: readonly string[]): IdTokenClaims | undefined {
    const [header, payload, signature, ...rest] = token.split(".");
    if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
    const content = Buffer.from(`${header}.${payload}`);
    if (!verify("sha256", content, this.publicKey(), Buffer.from(signature, "base64url"))) return undefined;
    // Only what was signed here is parsed.
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as IdTokenClaims;
    return claims.exp * 1000 > this.clock() && audiences.includes(claims.aud) ? claims : undefined;
  }

  /** The issuer's keys as a JSON Web Key Set. */
  keySet(): { keys: object[] } {
    const key = this.publicKey();
    return { keys: [{ ...key.export({ format: "jwk" }), kid: keyIdOf(key), use: "sig", alg: "RS256" }] };
  }

  private publicKey(): KeyObject {
    const key = this.keys.publicKey(issuerKey);
    if (key === undefined) throw new Error("ID tokens: the issuer has no key");
    return key;
  }
}
