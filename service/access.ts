// Who may call what. On Cloud Run the platform's invoker check stands before all of it; this is what the service asks itself.
import type { FastifyRequest } from "fastify";
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from "jose"; // OpenID Connect's signatures, the library that most use
import { z } from "zod";

/** Routes read, or change something or cost something to others. */
export type AccessKind = "read" | "write";

export interface AccessSettings {
  /** Whether reads need no identity. */
  publicReads: boolean;
  /** Who vouches for callers; undefined where the platform's invoker check alone decides. */
  identity: { issuer: string; audience: string } | undefined;
}

/** The caller has no identity that counts here. */
export class UnauthenticatedError extends Error {
  constructor(problem: string) {
    super(`caller: ${problem}; expected an ID token in the header Authorization: Bearer. Get one for this audience.`);
    this.name = "UnauthenticatedError";
  }
}

/** The issuer's keys cannot be read at the moment. */
export class IssuerUnavailableError extends Error {
  readonly retryable = true;

  constructor(issuer: string, options: ErrorOptions) {
    super(`issuer "${issuer}": does not answer; expected its keys. Try again later.`, options);
    this.name = "IssuerUnavailableError";
  }
}

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });
const DISCOVERY_TIMEOUT_MS = 5_000;

export class Access {
  readonly #settings: AccessSettings;
  #keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(settings: AccessSettings) {
    this.#settings = settings;
  }

  /** The caller's subject, or undefined for a read that needs none. Throws UnauthenticatedError, IssuerUnavailableError. */
  async check(kind: AccessKind, request: Pick<FastifyRequest, "headers">): Promise<string | undefined> {
    const { publicReads, identity } = this.#settings;
    if (identity === undefined || (kind === "read" && publicReads)) return undefined;
    const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) throw new UnauthenticatedError("says not who it is");
    try {
      const { payload } = await jwtVerify(token, await this.#issuerKeys(identity.issuer), {
        ...{ issuer: identity.issuer, audience: identity.audience },
        // Never one that is signed with a shared secret, or not at all.
        algorithms: ["RS256", "ES256", "PS256"],
        requiredClaims: ["sub", "exp"],
        clockTolerance: 30,
      });
      return payload.sub;
    } catch (error) {
      if (error instanceof IssuerUnavailableError) throw error;
      if (error instanceof errors.JWKSTimeout) throw new IssuerUnavailableError(identity.issuer, { cause: error });
      // The reason is the library's word for it, never the token.
      const reason = error instanceof errors.JOSEError ? error.code : "unreadable";
      throw new UnauthenticatedError(`its token does not count (${reason})`);
    }
  }

  /** The issuer's key set, found once; a failure is tried again with the next call. */
  #issuerKeys(issuer: string): Promise<JWTVerifyGetKey> {
    this.#keys ??= discover(issuer).catch((cause: unknown) => {
      this.#keys = undefined;
      throw new IssuerUnavailableError(issuer, { cause });
    });
    return this.#keys;
  }
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const response = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`status ${String(response.status)}`);
  const found = discovery.parse(await response.json());
  if (found.issuer !== issuer) throw new Error("the issuer calls itself otherwise");
  return createRemoteJWKSet(new URL(found.jwks_uri), { timeoutDuration: DISCOVERY_TIMEOUT_MS });
}
