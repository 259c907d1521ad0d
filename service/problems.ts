import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import {
  DatabaseRefusedError,
  DatabaseUnavailableError,
  ObjectConflictError,
  ObjectNameError,
  ObjectNotFoundError,
  ObjectStoreUnavailableError,
  SearchCursorError,
  SearchSizeError,
  SignedUrlError,
  SigningError,
  TrackConflictError,
  TrackInvalidError,
  TrackNotFoundError,
  TrackStatusError,
} from "../client/index.ts";
import { IssuerUnavailableError, UnauthenticatedError } from "./access.ts";
import { AudioUnreadableError } from "./audio-tags.ts";
import { UploadNotFoundError } from "./promotion.ts";

/** An answer of RFC 9457; `code` is for programs and stays the same, `detail` is for people. */
export interface Problem {
  type: "about:blank";
  title: string;
  status: number;
  detail: string;
  code: string;
  /** Id of the request, as the logs have it. */
  instance: string;
}

/** What Fastify adds to an error of its validation. */
const validationSchema = z.object({
  validation: z.array(z.object({ instancePath: z.string(), message: z.string().default("is wrong") })),
  validationContext: z.string().default("request"),
});

/** The service has no such route. */
export class RouteNotFoundError extends Error {
  constructor(request: FastifyRequest) {
    const path = request.url.split("?")[0] ?? "";
    super(`route "${request.method} ${path}": does not exist; expected one of GET /openapi.json. Correct the address.`);
    this.name = "RouteNotFoundError";
  }
}

/** One caller asks for more signatures than its share. */
export class TooManyRequestsError extends Error {
  /** Milliseconds until the next is granted. */
  readonly retryAfterMs: number;

  constructor(max: number, retryAfterMs: number) {
    super(`caller: asks for too many signed URLs; expected at most ${String(max)} in a minute. Try again later.`);
    this.name = "TooManyRequestsError";
    this.retryAfterMs = retryAfterMs;
  }
}

const STATUS_OF: readonly [error: abstract new (...args: never[]) => Error, status: number, title: string][] = [
  [RouteNotFoundError, 404, "Route not found"],
  [UnauthenticatedError, 401, "Who are you?"],
  [TooManyRequestsError, 429, "Too many requests"],
  [IssuerUnavailableError, 503, "Not available for now"],
  [TrackNotFoundError, 404, "Track not found"],
  [UploadNotFoundError, 404, "Upload not found"],
  [ObjectNotFoundError, 404, "Object not found"],
  [SignedUrlError, 400, "Wrong request"],
  [ObjectNameError, 400, "Wrong request"],
  [TrackInvalidError, 400, "Wrong request"],
  [SearchCursorError, 400, "Wrong request"],
  [SearchSizeError, 400, "Wrong request"],
  [DatabaseRefusedError, 400, "Wrong request"],
  [TrackConflictError, 409, "Conflict"],
  [TrackStatusError, 409, "Conflict"],
  [ObjectConflictError, 409, "Conflict"],
  [AudioUnreadableError, 422, "Unreadable audio"],
  [DatabaseUnavailableError, 503, "Not available for now"],
  [ObjectStoreUnavailableError, 503, "Not available for now"],
];

/** The HTTP form of an error. What is not the caller's doing shows no detail; the log has it. */
export function problemOf(error: unknown, requestId: string): Problem {
  const base = { type: "about:blank", instance: requestId } as const;
  if (!(error instanceof Error)) return internal(base);
  const invalid = validationSchema.safeParse(error);
  if (invalid.success) {
    const problems = invalid.data.validation.map(({ instancePath, message }) =>
      `${instancePath.slice(1).replaceAll("/", ".")} ${message}`.trim(),
    );
    const detail = `${invalid.data.validationContext}: ${problems.join("; ")}`;
    return { ...base, title: "Wrong request", status: 400, detail, code: "ValidationError" };
  }
  if (error instanceof SigningError && error.retryable) {
    return { ...base, title: "Not available for now", status: 503, detail: error.message, code: error.name };
  }
  const known = STATUS_OF.find(([constructor]) => error instanceof constructor);
  if (known !== undefined) {
    return { ...base, title: known[2], status: known[1], detail: error.message, code: error.name };
  }
  // Fastify's own errors about the request: malformed JSON, unknown media type, body too large.
  if ("statusCode" in error && typeof error.statusCode === "number" && error.statusCode < 500) {
    const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
    return { ...base, title: "Wrong request", status: error.statusCode, detail: error.message, code };
  }
  return internal(base);
}

/** Fastify's error handler: logs what is ours, answers with a problem. */
export function answerProblem(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, request.id);
  if (problem.status >= 500) request.log.error({ err: error }, problem.title);
  if (problem.status === 401) reply.header("www-authenticate", 'Bearer realm="music-library"');
  if (problem.status === 503) reply.header("retry-after", "1");
  reply.code(problem.status).type("application/problem+json").send(JSON.stringify(problem));
}

function internal(base: Pick<Problem, "type" | "instance">): Problem {
  const detail = "the service failed; its log has the reason under this request id";
  return { ...base, title: "Internal error", status: 500, detail, code: "InternalError" };
}
