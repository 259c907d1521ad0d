import type pg from "pg";
import { Companion } from "./companion.ts";
import type { Settings } from "../options.ts";
import { identifier, literal, runOwnScript } from "./script-query.ts";

/** A connection with what stands at its other end. */
export interface Session {
  client: pg.Client;
  /** The backend that answers; behind a pooler the one that answered last. */
  pid: number;
  /** A pooler stands in between: the next transaction may run in another backend, and what a session holds is nobody's. */
  pooled: boolean;
  /** False on servers that cannot watch their client (client_connection_check_interval needs the system's help). */
  watchesClient: boolean;
  /** A second connection, opened when it is needed: it looks at this one from outside. */
  companion: Companion;
}

/** Opens a connection, hands it over, ends it. */
export async function withSession<Result>(
  settings: Settings,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const client = await settings.connect();
  // A broken connection shows in the query under way; without a listener it would end the process.
  client.on("error", () => undefined);
  const companion = new Companion(settings.connect);
  try {
    const { pid, pooled } = await identify(client);
    const watchesClient = await watchClient(client, pooled);
    return await work({ client, pid, pooled, watchesClient, companion });
  } finally {
    await Promise.all([companion.end(), client.end().catch(() => undefined)]);
  }
}

/**
 * A server greets with the number of the backend that will answer; a pooler has no such backend yet and makes one up. So a
 * number that is not the backend's own is sure proof of a pooler, whatever its mode; two equal backends in a row would prove
 * nothing, for an idle pooler hands out the same one again.
 */
async function identify(client: pg.Client & { processID?: number | null }): Promise<{ pid: number; pooled: boolean }> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_catalog.pg_backend_pid() AS pid");
  const pid = rows[0]?.pid ?? 0;
  return { pid, pooled: client.processID !== pid };
}

/** A server that watches its client stops the work of a killed runner and frees its lock within a second or two. */
async function watchClient(client: pg.Client, pooled: boolean): Promise<boolean> {
  const set = (scope: string): string => `SET ${scope} client_connection_check_interval = '1s'`;
  try {
    // Behind a pooler nothing may outlast a transaction: the backend is somebody else's a moment later.
    await runOwnScript(client, pooled ? `BEGIN; ${set("LOCAL")}; COMMIT` : set("SESSION"));
    return true;
  } catch {
    if (pooled) await client.query("ROLLBACK").catch(() => undefined);
    return false;
  }
}

/** Statements that give a file a clean session whatever the file before it did; `local` makes them end with the transaction. */
export function sessionStatements(settings: Settings, session: Session, scope: "LOCAL" | "SESSION"): string[] {
  const path = settings.searchPath.map(identifier).join(", ");
  const statementTimeoutMs = scope === "LOCAL" ? settings.statementTimeoutMs : 0;
  return [
    "RESET ALL",
    "RESET SESSION AUTHORIZATION",
    "RESET ROLE",
    ...(session.watchesClient ? [`SET ${scope} client_connection_check_interval = '1s'`] : []),
    `SET ${scope} lock_timeout = ${String(settings.lockTimeoutMs)}`,
    `SET ${scope} statement_timeout = ${String(statementTimeoutMs)}`,
    `SET ${scope} idle_in_transaction_session_timeout = 60000`,
    `SET ${scope} search_path = ${path === "" ? "''" : path}`,
    // Literals below are written for it, and files are parsed so.
    `SET ${scope} standard_conforming_strings = on`,
    ...roleStatements(settings, scope),
  ];
}

/** Takes the owner's role (again): a file may have changed it. */
export function roleStatements({ ownerRole }: Settings, scope: "LOCAL" | "SESSION"): string[] {
  return ownerRole === "" ? [] : [`SET ${scope} ROLE ${literal(ownerRole)}`];
}

/** What makes a pooled backend as it was before, in the transaction that used it. */
export const poolerCleanUp = [
  "SET CONSTRAINTS ALL IMMEDIATE",
  "RESET ALL",
  "RESET SESSION AUTHORIZATION",
  "RESET ROLE",
  "DISCARD TEMP",
];
