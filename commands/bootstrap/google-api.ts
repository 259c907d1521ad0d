// Google's REST APIs as bootstrap calls them: reading, where "not there" is an answer, and changing, waited for.
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

export interface Call {
  readonly method: "POST" | "PATCH" | "PUT";
  /** Host and path, as `storage.googleapis.com/storage/v1/b?project=p`. */
  readonly url: string;
  readonly body?: unknown;
}

/** Sends a request with somebody's credentials and gives status and JSON, whatever the status. */
export type Transport = (request: {
  method: "GET" | Call["method"];
  url: string;
  body?: unknown;
}) => Promise<{ status: number; data: unknown }>;

/** Google refused a call; the message has what it said and what to do. */
export class GoogleApiError extends Error {
  override readonly name = "GoogleApiError";
  readonly status: number;

  constructor(call: { method: string; url: string }, status: number, said: string) {
    const next =
      status === 403
        ? "Log in as an owner of the project: gcloud auth application-default login."
        : "See what it says, and run the command again: it goes on where it stopped.";
    super(`${call.method} ${call.url}: was refused (${status}: ${said}); expected success. ${next}`);
    this.status = status;
  }
}

const refusal = z.object({ error: z.object({ message: z.string() }) });
const operation = z.object({
  name: z.string(),
  done: z.boolean().optional(),
  error: z.object({ message: z.string() }).optional(),
});

/** Times that a grant is tried again: a new account is known everywhere only after a while. */
const GRANT_TRIES = 12;

export class GoogleApi {
  private readonly transport: Transport;
  private readonly pauseMs: number;

  constructor(transport: Transport, { pauseMs = 5000 } = {}) {
    this.transport = transport;
    this.pauseMs = pauseMs;
  }

  /** The answer, or undefined where there is no such thing. A few questions are a POST. Raises GoogleApiError. */
  async read(url: string, method: "GET" | "POST" = "GET"): Promise<unknown> {
    const { status, data } = await this.transport({ method, url });
    if (status === 404) return undefined;
    if (status >= 300) throw new GoogleApiError({ method, url }, status, said(data));
    return data;
  }

  /** Makes a change and waits for it. That it was made before, by a run that was cut off, is success. Raises GoogleApiError. */
  async change(call: Call): Promise<unknown> {
    const { status, data } = await this.transport(call);
    if (status === 409) return undefined;
    if (status >= 300) throw new GoogleApiError(call, status, said(data));
    return data;
  }

  /** Makes a change that goes on after its answer. `service` is the host that knows its operation. */
  async changeAndWait(call: Call, service: string): Promise<void> {
    let current = operation.parse(await this.change(call));
    while (current.done !== true) {
      await sleep(this.pauseMs);
      current = operation.parse(await this.read(`${service}/v1/${current.name}`));
    }
    if (current.error !== undefined) throw new GoogleApiError(call, 500, current.error.message);
  }

  /** A change that Google refuses until it knows an account everywhere, or while somebody else changes the same policy. */
  async changePolicy(call: () => Promise<Call>): Promise<void> {
    for (let tries = 1; ; tries++) {
      const next = await call();
      const { status, data } = await this.transport(next);
      if (status < 300) return;
      const unknownYet = status === 400 && /does not exist/i.test(said(data));
      if ((!unknownYet && status !== 409 && status !== 412) || tries === GRANT_TRIES) {
        throw new GoogleApiError(next, status, said(data));
      }
      await sleep(this.pauseMs);
    }
  }
}

function said(data: unknown): string {
  return refusal.safeParse(data).data?.error.message ?? "no reason given";
}
