// Secret Manager of the local cloud: versions, their states, and who may read them.
import type { FastifyInstance } from "fastify";
import type { Access } from "../identity/access.ts";
import { GoogleError } from "../identity/google-error.ts";
import { listenOn } from "../identity/listen.ts";
import { canonicalName, projectNumber } from "../identity/project.ts";
import type { LocalPaths } from "../paths.ts";
import type { Ports } from "../ports.ts";
import type { ResourceStore } from "../store.ts";
import { secretManagerServer } from "./server.ts";
import { type SecretVersion, Vault } from "./vault.ts";

export interface SecretsArgs {
  readonly paths: LocalPaths;
  readonly store: ResourceStore;
  readonly ports: Ports;
  readonly access: Access;
  /** Milliseconds since 1970; tests move it. Default Date.now. */
  readonly clock?: () => number;
}

export const secretType = "gcp:secretmanager/secret:Secret";

export class Secrets {
  readonly vault: Vault;
  private readonly args: SecretsArgs;
  private server: FastifyInstance | undefined;
  private port: number | undefined;

  constructor(args: SecretsArgs) {
    this.args = args;
    this.vault = new Vault(args.paths, args.clock ?? Date.now);
  }

  /** Address of Secret Manager; known once started. */
  get url(): string {
    if (this.port === undefined) throw new Error("Secret Manager: has no address before it is started");
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    if (this.server !== undefined) return;
    const port = await this.args.ports.choose("secret-manager", 8087);
    const server = secretManagerServer({ secrets: this, access: this.args.access, store: this.args.store });
    await listenOn(server, port, "Secret Manager");
    this.server = server;
    this.port = port;
  }

  async stop(): Promise<void> {
    await this.server?.close();
    this.server = undefined;
  }

  exists(secret: string): boolean {
    return this.args.store.get(secretType, secret) !== undefined;
  }

  /**
   * The version that `version` ("latest" or a number) names. Raises Google's NOT_FOUND; "latest" is the newest one, whatever
   * its state. https://cloud.google.com/secret-manager/docs/access-secret-version
   */
  version(secret: string, version: string): SecretVersion {
    const name = numbered(secret);
    if (!this.exists(secret)) throw new GoogleError("NOT_FOUND", `Secret [${name}] not found or has no versions.`);
    if (version !== "latest" && !/^[1-9]\d*$/.test(version)) {
      throw new GoogleError("INVALID_ARGUMENT", `The provided Secret Version ID [${version}] is invalid.`);
    }
    const found = version === "latest" ? this.vault.latest(secret) : this.vault.version(secret, Number(version));
    if (found !== undefined) return found;
    throw new GoogleError(
      "NOT_FOUND",
      version === "latest"
        ? `Secret [${name}] not found or has no versions.`
        : `Secret Version [${name}/versions/${version}] not found.`,
    );
  }

  /** The payload of a version that is enabled. Raises Google's NOT_FOUND and FAILED_PRECONDITION; asks nobody's rights. */
  payload(secret: string, version: string): { number: number; payload: Buffer } {
    const found = this.version(secret, version);
    if (found.state !== "ENABLED") {
      const name = `${numbered(secret)}/versions/${found.number}`;
      throw new GoogleError("FAILED_PRECONDITION", `Secret Version [${name}] is in ${found.state} state.`);
    }
    return { number: found.number, payload: Buffer.from(found.data, "base64") };
  }

  /** How long a version of the secret goes on existing, disabled, after its destruction. */
  destroyDelayMs(secret: string): number {
    const delay = this.args.store.get(secretType, secret)?.inputs["versionDestroyTtl"];
    return typeof delay === "string" ? Number.parseFloat(delay) * 1000 : 0;
  }
}

/** `projects/P/secrets/S` of a secret named by its id, its path or its path with the project's number. */
export function secretPath(secret: string, project: string): string {
  return secret.includes("/") ? canonicalName(secret, project) : `projects/${project}/secrets/${secret}`;
}

/** The name as Secret Manager returns it: with the project's number. */
export function numbered(secret: string): string {
  return secret.replace(/^projects\/[^/]+/, `projects/${projectNumber}`);
}
