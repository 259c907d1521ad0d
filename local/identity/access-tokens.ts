// Access tokens: opaque, good for an hour. They outlive the daemon, so that a client that holds one is not thrown out by its
// renewal; only their digests are kept.
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { LocalPaths } from "../paths.ts";
import { writeFileAtomically } from "../store.ts";

const lifetimeMs = 3_600_000;

interface Grant {
  readonly principal: string;
  readonly expiresAt: number;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

export class AccessTokens {
  private readonly file: string;
  private readonly clock: () => number;
  private readonly grants: Map<string, Grant>;

  constructor(paths: LocalPaths, clock: () => number) {
    this.file = paths.at("cloud", "access-tokens.json");
    this.clock = clock;
    const kept = existsSync(this.file) ? (JSON.parse(readFileSync(this.file, "utf8")) as Record<string, Grant>) : {};
    this.grants = new Map(Object.entries(kept));
  }

  issue(principal: string): AccessToken {
    const token = `ya29.local.${randomBytes(32).toString("base64url")}`;
    const now = this.clock();
    for (const [digest, grant] of this.grants) if (grant.expiresAt <= now) this.grants.delete(digest);
    this.grants.set(digestOf(token), { principal, expiresAt: now + lifetimeMs });
    writeFileAtomically(this.file, JSON.stringify(Object.fromEntries(this.grants)));
    return { token, expiresInSeconds: lifetimeMs / 1000 };
  }

  /** Whose token it is; undefined when it is unknown or has expired. */
  principalOf(token: string): string | undefined {
    const grant = this.grants.get(digestOf(token));
    return grant !== undefined && grant.expiresAt > this.clock() ? grant.principal : undefined;
  }
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
