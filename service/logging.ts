import type { FastifyServerOptions } from "fastify";
import type { Settings } from "./settings.ts";

const SEVERITIES: Record<string, string> = {
  trace: "DEBUG",
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "CRITICAL",
};

interface LoggedError {
  [property: string]: unknown;
  type: string;
  message: string;
  stack: string;
  /** SQLSTATE, HTTP status or the system's code. */
  code?: string | number;
  cause?: LoggedError;
}

/** JSON lines as Cloud Logging reads them. No header and no query is ever logged: tokens and people's searches stand there. */
export function logging(level: Settings["logLevel"]) {
  return {
    level,
    messageKey: "message",
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ severity: SEVERITIES[label] ?? "DEFAULT" }) },
    serializers: {
      req: (request: { method: string; url: string }) => ({ method: request.method, path: request.url.split("?")[0] }),
      res: (reply: { statusCode: number }) => ({ status: reply.statusCode }),
      err: loggedError,
    },
  } satisfies NonNullable<FastifyServerOptions["logger"]>;
}

/** Only what is named here: errors of HTTP clients carry the request with its token, those of the pool the connection. */
export function loggedError(error: Error): LoggedError {
  const code = "code" in error ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    stack: error.stack ?? "",
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(error.cause instanceof Error ? { cause: loggedError(error.cause) } : {}),
  };
}
