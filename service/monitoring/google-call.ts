import type { GoogleAuth } from "google-auth-library"; // tokens of the account that the process runs as
import { z } from "zod";

/** Where access tokens come from. */
export type Caller = Pick<GoogleAuth, "request">;

/** One of Google's APIs did not do what was asked. Says neither token nor body. */
export class GoogleCallError extends Error {
  override readonly name = "GoogleCallError";
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;

  constructor(what: string, status: number | undefined, reason: string, options?: ErrorOptions) {
    const seen = status === undefined ? "no answer" : `status ${status}`;
    super(`${what}: failed (${seen}: ${reason}); expected an answer as documented. ${nextStep(status)}`, options);
    this.status = status;
  }
}

function nextStep(status: number | undefined): string {
  if (status === 403)
    return "Run an update: it restores the account's rights. A fresh grant takes minutes to be known.";
  if (status === 404) return "Run an update: it makes what is missing.";
  return "The next run tries again.";
}

const TIMEOUT_MS = 20_000;

export interface GoogleRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly data?: object;
  readonly signal?: AbortSignal;
}

/**
 * Calls a JSON API, again where it was overloaded, and reads its answer by a schema; `what` names the call in errors. Throws
 * GoogleCallError.
 */
export async function googleCall<Answer>(
  auth: Caller,
  what: string,
  schema: z.ZodType<Answer>,
  request: GoogleRequest,
): Promise<Answer> {
  const answer = schema.safeParse(await answerOf(auth, what, request));
  if (answer.success) return answer.data;
  const problems = answer.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
  throw new GoogleCallError(what, 200, `what it answers is not understood, ${problems.join(", ")}`);
}

async function answerOf(auth: Caller, what: string, request: GoogleRequest): Promise<unknown> {
  try {
    const { data } = await auth.request<unknown>({
      ...request,
      timeout: TIMEOUT_MS,
      retry: true,
      retryConfig: {
        ...{ retry: 3, retryDelay: 500, httpMethodsToRetry: ["GET", "POST"] },
        statusCodesToRetry: [
          [429, 429],
          [500, 599],
        ],
      },
    });
    return data;
  } catch (cause) {
    const status = statusOf(cause);
    throw new GoogleCallError(what, status, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("status" in error && typeof error.status === "number") return error.status;
  return "response" in error ? statusOf(error.response) : undefined;
}
