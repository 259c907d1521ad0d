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

/** JSON lines as Cloud Logging reads them. No header is ever logged: tokens stand there. */
export function logging(level: Settings["logLevel"]): NonNullable<FastifyServerOptions["logger"]> {
  return {
    level,
    messageKey: "message",
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ severity: SEVERITIES[label] ?? "DEFAULT" }) },
    serializers: {
      // The path alone: what people search for is theirs.
      req: (request) => ({ method: request.method, path: request.url.split("?")[0] }),
      res: (reply) => ({ status: reply.statusCode }),
    },
  };
}
