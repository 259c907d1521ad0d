// Which errors mean that the connection is gone, and with it the answer to what became of the change under way.
import type pg from "pg";
import { ConnectionLostError } from "../errors.ts";
import { isServerError } from "./failure.ts";
import { asError, codeOf } from "../reason.ts";

/** admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, idle_in_transaction_session_timeout. */
const shutdowns = new Set(["57P01", "57P02", "57P03", "57P04", "25P03"]);
/** What Node says of a socket. */
const socketCodes = /^(?:ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_\w+)$/;

/** Whether the backend is gone although it still could say so. */
export function isShutdown(error: pg.DatabaseError): boolean {
  const code = error.code ?? "";
  return code.startsWith("08") || shutdowns.has(code);
}

/** The error of a lost connection as ConnectionLostError; any other as it is. */
export function asConnectionLost(file: string, error: unknown): unknown {
  if (isServerError(error)) return isShutdown(error) ? connectionLost(file, error) : error;
  // What pg throws once the socket is gone has no class of its own.
  const { name, message } = asError(error);
  const broken = name === "Error" && /connection|not queryable|timeout/i.test(message);
  return broken || socketCodes.test(codeOf(error)) ? connectionLost(file, error) : error;
}

export function connectionLost(file: string, cause: unknown): ConnectionLostError {
  const subject = file === "" ? "migrations" : `migration "${file}"`;
  const message = `${subject}: the connection broke on the way (${asError(cause).message}). Run it again: the history decides.`;
  return new ConnectionLostError(message, { cause });
}
