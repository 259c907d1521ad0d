// The calls of Cloud SQL's Admin API that a proof needs: clone to a point in time, unlock and delete the clone, wait.
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/** Sends a request as whoever proves; raises the API's own error. */
export type Send = (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown) => Promise<unknown>;

/** The proof could not be made or cleaned up. */
export class BackupProofError extends Error {
  override readonly name = "BackupProofError";
}

const operation = z.object({
  name: z.string(),
  status: z.string(),
  error: z.object({ errors: z.array(z.object({ code: z.string(), message: z.string().optional() })) }).optional(),
});
const instance = z.object({ connectionName: z.string() });

/** What stands in every clone's name behind that of its source: nothing else is ever deleted. */
const MARK = "-proof-";

export class ProofClone {
  readonly name: string;
  private readonly send: Send;
  private readonly instances: string;
  private readonly project: string;
  private readonly source: string;
  private readonly pollMs: number;

  constructor(args: { project: string; source: string; at: Date; send: Send; pollMs?: number }) {
    this.project = `/v1/projects/${args.project}`;
    this.instances = `${this.project}/instances`;
    this.source = args.source;
    this.send = args.send;
    this.pollMs = args.pollMs ?? 10_000;
    // Google keeps a deleted name for a week: each proof has its own.
    this.name = `${args.source}${MARK}${args.at.toISOString().replaceAll(/\D/g, "").slice(2, 14)}`;
  }

  /** Clones the source as it was at a time; resolves with the clone's connection name once it runs. */
  async create(pointInTime: Date): Promise<string> {
    const cloneContext = { destinationInstanceName: this.name, pointInTime: pointInTime.toISOString() };
    await this.finished(await this.send("POST", `${this.instances}/${this.source}/clone`, { cloneContext }));
    return instance.parse(await this.send("GET", `${this.instances}/${this.name}`)).connectionName;
  }

  /** Deletes the clone. It has its source's lock, which goes first. */
  async remove(): Promise<void> {
    const path = `${this.instances}/${this.name}`;
    await this.finished(await this.send("PATCH", path, { settings: { deletionProtectionEnabled: false } }));
    await this.finished(await this.send("DELETE", path));
  }

  private async finished(started: unknown): Promise<void> {
    let current = operation.parse(started);
    while (current.status !== "DONE") {
      await sleep(this.pollMs);
      current = operation.parse(await this.send("GET", `${this.project}/operations/${current.name}`));
    }
    const reasons = current.error?.errors.map(({ code, message }) => `${code} ${message ?? ""}`.trim()) ?? [];
    if (reasons.length > 0) {
      throw new BackupProofError(
        `clone "${this.name}": could not be made or deleted (${reasons.join("; ")}); expected an operation that succeeds. ` +
          "Look at the instance's operations in Google's console.",
      );
    }
  }
}
