// Identity of the local cloud: who there is, what they hold, and the tokens and signatures that prove it.
import { createHash, type KeyObject } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { LocalPaths } from "../paths.ts";
import type { Ports } from "../ports.ts";
import type { ResourceStore } from "../store.ts";
import type { Access } from "./access.ts";
import { AccountKeys, keyIdOf, type Signature } from "./account-keys.ts";
import { type AccessToken, AccessTokens } from "./access-tokens.ts";
import { Bindings } from "./bindings.ts";
import { IdTokens } from "./id-tokens.ts";
import { listenOn } from "./listen.ts";
import { metadataServer } from "./metadata-server.ts";
import { isSubjectToken, writeCredentials } from "./operator.ts";
import { accountName, operator, projectNumber } from "./project.ts";
import { type IdentityBackend, identityServer } from "./server.ts";

export interface IdentityArgs {
  readonly paths: LocalPaths;
  readonly store: ResourceStore;
  readonly ports: Ports;
  /** Milliseconds since 1970; tests move it. Default Date.now. */
  readonly clock?: () => number;
}

/** A token that the metadata server hands out again and again is renewed this long before it ends, as on Cloud Run. */
const renewBeforeMs = 300_000;
const accountPrefix = "serviceAccount:";

export class Identity implements Access, IdentityBackend {
  readonly bindings: Bindings;
  readonly keys: AccountKeys;
  private readonly args: IdentityArgs;
  private readonly clock: () => number;
  private readonly tokens: AccessTokens;
  private readonly idTokens: IdTokens;
  private readonly metadataTokens = new Map<string, { token: string; expiresAt: number }>();
  private readonly metadataServers = new Map<string, Promise<{ server: FastifyInstance; port: number }>>();
  private server: FastifyInstance | undefined;
  private port: number | undefined;

  constructor(args: IdentityArgs) {
    this.args = args;
    this.clock = args.clock ?? Date.now;
    this.bindings = new Bindings(args.store);
    this.keys = new AccountKeys(args.paths);
    this.tokens = new AccessTokens(args.paths, this.clock);
    this.idTokens = new IdTokens(this.keys, this.clock);
  }

  /** Address of token exchange, IAM Credentials and permission tests; known once started. */
  get url(): string {
    if (this.port === undefined) throw new Error("identity: has no address before it is started");
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    if (this.server !== undefined) return;
    const port = await this.args.ports.choose("identity", 8085);
    const server = identityServer(this);
    await listenOn(server, port, "identity");
    this.server = server;
    this.port = port;
  }

  async stop(): Promise<void> {
    const metadata = await Promise.all(this.metadataServers.values());
    this.metadataServers.clear();
    for (const { server } of metadata) await server.close();
    await this.server?.close();
    this.server = undefined;
  }

  principalOf(authorization: string | undefined): string | undefined {
    const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) return undefined;
    const principal = this.tokens.principalOf(token);
    if (principal?.startsWith(accountPrefix) !== true) return principal;
    return this.accountExists(principal.slice(accountPrefix.length)) ? principal : undefined;
  }

  allowed(principal: string | undefined, permission: string, resource: string): boolean {
    return this.bindings.allowed(principal, permission, resource);
  }

  publicKeysOf(email: string): KeyObject[] | undefined {
    const key = this.accountExists(email) ? this.keys.publicKey(email) : undefined;
    return key === undefined ? undefined : [key];
  }

  accountExists(email: string): boolean {
    return email.includes("@") && this.keys.has(email);
  }

  /** An access token for a principal in member form; good for an hour. */
  accessToken(principal: string): AccessToken {
    return this.tokens.issue(principal);
  }

  /** Writes the operator's credential file for GOOGLE_APPLICATION_CREDENTIALS and returns its path. */
  writeOperatorCredentials(): string {
    return writeCredentials(this.args.paths, this.url);
  }

  exchange(subjectToken: string): AccessToken | undefined {
    return isSubjectToken(this.args.paths, subjectToken) ? this.accessToken(operator) : undefined;
  }

  operatorIdToken(audience: string): string {
    return this.idTokenFor(operator.slice("user:".length), audience);
  }

  accountIdToken(email: string, audience: string): string {
    return this.idTokenFor(email.toLowerCase(), audience);
  }

  /**
   * The principal, in member form, that an ID token was issued to; undefined when it is not from here, has expired or was
   * made for none of `audiences`.
   */
  principalOfIdToken(token: string, audiences: readonly string[]): string | undefined {
    const email = this.idTokens.verified(token, audiences)?.email;
    if (email === undefined) return undefined;
    if (email === operator.slice("user:".length)) return operator;
    return this.accountExists(email) ? `${accountPrefix}${email}` : undefined;
  }

  signBlob(email: string, payload: Buffer): Signature {
    const signed = this.keys.sign(email, payload);
    if (signed === undefined) throw new Error(`service account "${email}": has no key`);
    return signed;
  }

  signingKeyId(email: string): string {
    const key = this.keys.publicKey(email);
    if (key === undefined) throw new Error(`service account "${email}": has no key`);
    return keyIdOf(key);
  }

  issuer(): string {
    return this.url;
  }

  keySet(): object {
    return this.idTokens.keySet();
  }

  /** The metadata server of a service account: for GCE_METADATA_HOST of its containers. The port is kept over restarts. */
  async metadataFor(email: string, region = "us-central1"): Promise<{ port: number }> {
    let serving = this.metadataServers.get(email);
    if (serving === undefined) {
      serving = this.serveMetadata(email, region);
      this.metadataServers.set(email, serving);
      serving.catch(() => this.metadataServers.delete(email));
    }
    return { port: (await serving).port };
  }

  private async serveMetadata(email: string, region: string): Promise<{ server: FastifyInstance; port: number }> {
    const port = await this.args.ports.choose(`metadata/${email}`, 8988);
    const server = metadataServer({
      email,
      project: accountName(email).split("/")[1] ?? "",
      projectNumber,
      region,
      accessToken: () => this.metadataToken(email),
      idToken: (audience) => this.accountIdToken(email, audience),
    });
    await listenOn(server, port, `metadata server of ${email}`);
    return { server, port };
  }

  private metadataToken(email: string): AccessToken {
    const kept = this.metadataTokens.get(email);
    const now = this.clock();
    if (kept !== undefined && kept.expiresAt - now > renewBeforeMs) {
      return { token: kept.token, expiresInSeconds: Math.floor((kept.expiresAt - now) / 1000) };
    }
    const issued = this.accessToken(`${accountPrefix}${email}`);
    this.metadataTokens.set(email, { token: issued.token, expiresAt: now + issued.expiresInSeconds * 1000 });
    return issued;
  }

  private idTokenFor(email: string, audience: string): string {
    return this.idTokens.issue({ issuer: this.url, email, subject: uniqueIdOf(email), audience });
  }
}

/** Twenty-one digits, as Google numbers accounts; the same for the same e-mail. */
export function uniqueIdOf(email: string): string {
  const digest = createHash("sha256").update(email.toLowerCase()).digest();
  return `1${(digest.readBigUInt64BE(0) % 10n ** 10n).toString().padStart(10, "0")}${(digest.readBigUInt64BE(8) % 10n ** 10n).toString().padStart(10, "0")}`;
}
