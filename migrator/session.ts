import type pg from "pg";
import type { Settings } from "./options.ts";
import { identifier, literal } from "./script-query.ts";

/** A connection with what the server can do. */
export interface Session {
  client: pg.Client;
  /** False on servers that cannot watch their client (client_connection_check_interval is Linux's). */
  watchesClient: boolean;
}

/** Opens a connection, hands it over, ends it. */
export async function withSession<Result>(
  settings: Settings,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const client = await settings.connect();
  // A broken connection shows in the query under way; without a listener it would end the process.
  client.on("error", () => undefined);
  try {
    return await work({ client, watchesClient: await watchClient(client) });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A server that watches its client stops the work of a killed runner and frees its lock within a second or two. */
async function watchClient(client: pg.Client): Promise<boolean> {
  try {
    await client.query("SET client_connection_check_interval = '1s'");
    return true;
  } catch {
    return false;
  }
}

/** Statements that give a file a clean session whatever the file before it did; `local` makes them end with the transaction. */
export function sessionStatements(settings: Settings, session: Session, scope: "LOCAL" | "SESSION"): string[] {
  const path = settings.searchPath.map(identifier).join(", ");
  return [
    "RESET ALL",
    "RESET ROLE",
    ...(session.watchesClient ? [`SET ${scope} client_connection_check_interval = '1s'`] : []),
    `SET ${scope} lock_timeout = ${String(settings.lockTimeoutMs)}`,
    `SET ${scope} statement_timeout = 0`,
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
