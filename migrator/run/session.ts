import type pg from "pg";
import { Companion } from "./companion.ts";
import type { Settings } from "../options.ts";
import { isServerError } from "./failure.ts";
import { identifier, literal } from "./script-query.ts";

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
    const { pid, pooled, watchesClient } = await identify(client);
    return await work({ client, pid, pooled, watchesClient, companion });
  } finally {
    await Promise.all([companion.end(), client.end().catch(() => undefined)]);
  }
}

/**
 * A server greets with the number of the backend that will answer; a pooler has no such backend yet and makes one up. So a
 * number that is not the backend's own is sure proof of a pooler, whatever its mode; two equal backends in a row would prove
 * nothing, for an idle pooler hands out the same one again. On the way the server is asked to watch its client: it then stops
 * the work of a killed runner and frees its lock within a second or two. Behind a pooler that must not outlast the statement.
 */
async function identify(client: pg.Client): Promise<Pick<Session, "pid" | "pooled" | "watchesClient">> {
  const { processID: greeted = 0 } = client as pg.Client & { processID?: number };
  const ask = async (watch: string): Promise<number> =>
    (await client.query<{ pid: number }>(`SELECT pg_catalog.pg_backend_pid() AS pid${watch}`)).rows[0]?.pid ?? 0;
  const pooled = `pg_catalog.pg_backend_pid() <> ${String(greeted)}`;
  const watch = `, pg_catalog.set_config('client_connection_check_interval', '1s', ${pooled})`;
  let watchesClient = true;
  const pid = await ask(watch).catch((error: unknown) => {
    if (!isServerError(error)) throw error;
    watchesClient = false;
    return ask("");
  });
  return { pid, pooled: greeted !== pid, watchesClient };
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
