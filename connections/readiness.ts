// Waiting for a database to be usable, and naming where the way to it stops.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** The database did not get ready in time; `stage` is where it stood. */
export class NotReadyError extends Error {
  readonly stage: Stage;

  constructor(stage: Stage, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "NotReadyError";
    this.stage = stage;
  }
}

/** What must be there. */
export interface ReadinessOptions {
  connect: () => Promise<pg.Client>;
  /** Role that the login must be able to become; "" asks for none. */
  ownerRole: string;
  /** Schemas that must exist. */
  requiredSchemas: readonly string[];
  /** Milliseconds until NotReadyError; default 600,000. */
  deadlineMs?: number;
  onProgress?: (message: string) => void;
}

/** In the order in which they are passed. */
export type Stage = "address" | "TLS" | "login" | "recovery" | "database" | "privilege";

interface Verdict {
  stage: Stage;
  reason: string;
  cause?: unknown;
  /** Whether waiting cannot help. */
  final?: boolean;
}

/** SQLSTATEs of a login that will not come right by waiting long: wrong password, unknown role. They get a minute: new logins need moments. */
const refusedLogin = new Set(["28P01", "28000"]);
const REFUSED_LOGIN_PATIENCE_MS = 60_000;

/**
 * Waits until the database answers, is no standby, has the schemas and lets the login act as the owner. Throws NotReadyError
 * that names the stage after the deadline: where the way stops, in the order of `Stage`.
 */
export async function waitUntilReady(options: ReadinessOptions): Promise<void> {
  const began = Date.now();
  const deadlineMs = options.deadlineMs ?? 600_000;
  for (let pause = 100, told = ""; ; pause = Math.min(pause * 2, 5_000)) {
    const verdict = await probe(options);
    if (verdict === undefined) return;
    const waited = Date.now() - began;
    const limit = verdict.final === true ? Math.min(REFUSED_LOGIN_PATIENCE_MS, deadlineMs) : deadlineMs;
    if (waited + pause > limit) {
      throw new NotReadyError(
        verdict.stage,
        `database: not ready after ${String(Math.round(waited / 1000))} s, stage "${verdict.stage}" (${verdict.reason}); ` +
          `expected it within ${String(Math.round(limit / 1000))} s. Mend that and run again.`,
        { cause: verdict.cause },
      );
    }
    const message = `waiting for the database, stage "${verdict.stage}": ${verdict.reason}`;
    if (message !== told) options.onProgress?.(message);
    told = message;
    await sleep(pause);
  }
}

async function probe(options: ReadinessOptions): Promise<Verdict | undefined> {
  let client: pg.Client;
  try {
    client = await options.connect();
  } catch (error) {
    return { ...failed(stageOf(error), error), final: refusedLogin.has(partsOf(error).code) };
  }
  client.on("error", () => undefined);
  try {
    return await examine(client, options);
  } catch (error) {
    return failed(stageOf(error), error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function examine(
  client: pg.Client,
  { ownerRole, requiredSchemas }: ReadinessOptions,
): Promise<Verdict | undefined> {
  const { rows } = await client.query<{ standby: boolean; missing: string[]; member: boolean | null }>(
    `SELECT pg_catalog.pg_is_in_recovery() AS standby,
            ARRAY(SELECT name FROM unnest($1::text[]) name
                   WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = name)) AS missing,
            (SELECT pg_catalog.pg_has_role(oid, 'MEMBER') FROM pg_catalog.pg_roles WHERE rolname = $2) AS member`,
    [requiredSchemas, ownerRole],
  );
  const state = rows[0];
  if (state === undefined) return { stage: "database", reason: "no answer" };
  if (state.standby) return { stage: "recovery", reason: "the server is a standby or still recovers" };
  if (state.missing.length > 0) {
    return {
      stage: "database",
      reason: `schemas are missing: ${state.missing.map((name) => pg.escapeIdentifier(name)).join(", ")}`,
    };
  }
  if (ownerRole !== "" && state.member !== true) {
    const reason = state.member === null ? "does not exist" : "cannot be taken by this login";
    return { stage: "privilege", reason: `role ${pg.escapeIdentifier(ownerRole)} ${reason}` };
  }
  return undefined;
}

/** What TLS says: Node's codes of certificates and handshakes, pg's words, and the server's for clients without a certificate. */
const tlsCode =
  /^(?:ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;
const tlsWords = /does not support SSL|SSL (?:off|on|connection|encryption)|no encryption|client certificate|TLS/;

/** How far the way to the database is open, by what it ended with. */
function stageOf(error: unknown): Stage {
  const { code, message } = partsOf(error);
  if (tlsCode.test(code) || tlsWords.test(message)) return "TLS";
  switch (code) {
    case "57P03": // cannot_connect_now: it starts up, shuts down or recovers
      return "recovery";
    case "3D000": // invalid_catalog_name
    case "55000": // it takes no connections
      return "database";
    case "42501": // insufficient_privilege: CONNECT is missing
      return "privilege";
    default:
      return error instanceof pg.DatabaseError ? "login" : "address";
  }
}

function failed(stage: Stage, error: unknown): Verdict {
  const { message, code, name } = partsOf(error);
  return { stage, reason: [message, code].find((text) => text !== "") ?? name, cause: error };
}

/** Of whatever was thrown; errors of other realms count as errors. */
function partsOf(thrown: unknown): { message: string; code: string; name: string } {
  const parts = typeof thrown === "object" && thrown !== null ? thrown : { message: String(thrown) };
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return {
    message: "message" in parts ? text(parts.message) : "",
    code: "code" in parts ? text(parts.code) : "",
    name: "name" in parts ? text(parts.name) : "",
  };
}
