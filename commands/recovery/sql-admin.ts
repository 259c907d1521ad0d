// The calls of Cloud SQL's Admin API that a recovery needs. Each waits until its operation has ended.
import { setTimeout as sleep } from "node:timers/promises";
import { GoogleAuth } from "google-auth-library";
import { z } from "zod";
import type { Contract } from "../../client/contract.ts";
import { apiAddress } from "../verify/context.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";
/** Sends a request as whoever recovers; raises the API's own error. */
export type Send = (method: Method, path: string, body?: unknown) => Promise<unknown>;

/** A recovery could not be made or cleaned up. */
export class RecoveryError extends Error {
  override readonly name = "RecoveryError";
}

const operation = z.object({
  name: z.string(),
  status: z.string(),
  error: z.object({ errors: z.array(z.object({ code: z.string(), message: z.string().optional() })) }).optional(),
  backupContext: z.object({ backupId: z.coerce.string() }).optional(),
});
type Operation = z.infer<typeof operation>;
const instance = z.object({
  connectionName: z.string(),
  ipAddresses: z.array(z.object({ ipAddress: z.string(), type: z.string().optional() })).optional(),
  // The local cloud's alone: its instances share one address.
  localPort: z.int().optional(),
});
export type InstanceAnswer = z.infer<typeof instance>;
const certificate = z.object({
  serverCaCert: z.object({ cert: z.string() }),
  clientCert: z.object({ certInfo: z.object({ cert: z.string() }), certPrivateKey: z.string() }),
});
const recoveryTimes = z.object({ latestRecoveryTime: z.iso.datetime({ offset: true }) });

/** Time between two questions after an operation, at the most: first short, for a small instance is soon there. */
const LONGEST_PAUSE_MS = 10_000;
const SHORTEST_PAUSE_MS = 200;

/** Sends as the operator, to Google or to what answers for it. */
export function sendAsOperator({ endpoints }: Contract): Send {
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
  const address = apiAddress("https://sqladmin.googleapis.com", endpoints.management);
  return async (method, path, body) => {
    const { data } = await auth.request<unknown>({
      url: `${address}${path}`,
      method,
      ...(body === undefined ? {} : { data: body }),
    });
    return data;
  };
}

export class SqlAdmin {
  private readonly send: Send;
  private readonly project: string;
  private readonly pollMs: number;

  constructor(args: { project: string; send: Send; pollMs?: number }) {
    this.project = `/v1/projects/${args.project}`;
    this.send = args.send;
    this.pollMs = args.pollMs ?? LONGEST_PAUSE_MS;
  }

  /** The newest moment that an instance can be brought back to. */
  async latestRecoveryTime(name: string): Promise<Date> {
    const answer = recoveryTimes.parse(await this.send("GET", `${this.path(name)}/getLatestRecoveryTime`));
    return new Date(answer.latestRecoveryTime);
  }

  async clone(source: string, name: string, pointInTime: Date): Promise<void> {
    const cloneContext = { destinationInstanceName: name, pointInTime: pointInTime.toISOString() };
    await this.finished("POST", `${this.path(source)}/clone`, { cloneContext });
  }

  async get(name: string): Promise<InstanceAnswer> {
    return instance.parse(await this.send("GET", this.path(name)));
  }

  /** A client certificate of an instance, as the JSON text of a TLS secret. */
  async issueCertificate(name: string, commonName: string): Promise<string> {
    const answer = await this.send("POST", `${this.path(name)}/sslCerts`, { commonName });
    const { serverCaCert, clientCert } = certificate.parse(answer);
    const { certInfo, certPrivateKey } = clientCert;
    return JSON.stringify({ serverCa: serverCaCert.cert, clientCert: certInfo.cert, clientKey: certPrivateKey });
  }

  /** Takes a backup and returns its id. */
  async backUp(name: string, description: string): Promise<string> {
    const ended = await this.finished("POST", `${this.path(name)}/backupRuns`, { description });
    const id = ended.backupContext?.backupId;
    if (id !== undefined) return id;
    throw new RecoveryError(`instance "${name}": the backup has no id; expected one. Look at the instance's backups.`);
  }

  /** Puts a backup of `from` in place of all that `name` holds. */
  async restore(name: string, from: { instance: string; id: string }): Promise<void> {
    const restoreBackupContext = { backupRunId: from.id, instanceId: from.instance };
    await this.finished("POST", `${this.path(name)}/restoreBackup`, { restoreBackupContext });
  }

  async unlock(name: string): Promise<void> {
    await this.finished("PATCH", this.path(name), { settings: { deletionProtectionEnabled: false } });
  }

  async delete(name: string): Promise<void> {
    await this.finished("DELETE", this.path(name));
  }

  private path(name: string): string {
    return `${this.project}/instances/${name}`;
  }

  private async finished(method: Method, path: string, body?: unknown): Promise<Operation> {
    let current = operation.parse(await this.send(method, path, body));
    // The first answer alone is sure to name the backup.
    const { backupContext } = current;
    const began = Date.now();
    while (current.status !== "DONE") {
      await sleep(Math.min(this.pollMs, Math.max(SHORTEST_PAUSE_MS, (Date.now() - began) / 4)));
      current = operation.parse(await this.send("GET", `${this.project}/operations/${current.name}`));
    }
    const reasons = current.error?.errors.map(({ code, message }) => `${code} ${message ?? ""}`.trim()) ?? [];
    if (reasons.length > 0) {
      throw new RecoveryError(
        `${method} ${path}: failed (${reasons.join("; ")}); expected an operation that succeeds. Look at the instance's operations in Google's console.`,
      );
    }
    return backupContext === undefined ? current : { ...current, backupContext };
  }
}
