// The Cloud Storage server of this machine. Built on node:http alone: bodies are streamed both ways and signatures cover the
// path as it was sent, so a framework's parsing of bodies and routes would only be in the way.
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { Access } from "../identity/access.ts";
import type { LocalPaths } from "../paths.ts";
import type { ResourceStore } from "../store.ts";
import { Buckets, type Bucket } from "./buckets.ts";
import { jsonApiHeaders, preflightHeaders } from "./cors.ts";
import { Exchange } from "./exchange.ts";
import { Gate } from "./gate.ts";
import { JsonApi, isJsonApi } from "./json-api.ts";
import { JsonBuckets } from "./json-buckets.ts";
import { runLifecycle, type LifecycleReport } from "./lifecycle-run.ts";
import { Operations } from "./operations.ts";
import { ResumableUploads } from "./resumable-upload.ts";
import { StorageError } from "./storage-error.ts";
import { XmlApi, xmlAddress } from "./xml-api.ts";

export interface StorageServerOptions {
  readonly paths: LocalPaths;
  readonly store: ResourceStore;
  readonly access: Access;
  /** Milliseconds since 1970; tests move it. */
  readonly clock?: () => number;
  /** On 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  /** Number of the project, as Google shows it in the bucket resource. */
  readonly projectNumber?: string;
}

/** How often lifecycle rules are looked at; Google promises no more than "within a day". */
const lifecycleIntervalMs = 60_000;

export class StorageServer {
  readonly buckets: Buckets;
  readonly projectNumber: string;
  private readonly clock: () => number;
  private readonly wantedPort: number;
  private readonly jsonApi: JsonApi;
  private readonly xmlApi: XmlApi;
  private server: Server | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor({ paths, store, access, clock = Date.now, port, projectNumber = "100000000001" }: StorageServerOptions) {
    this.clock = clock;
    this.wantedPort = port;
    this.projectNumber = projectNumber;
    this.buckets = new Buckets(paths, clock);
    const gate = new Gate(access, clock);
    const operations = new Operations(this.buckets, gate);
    const services = { buckets: this.buckets, gate, operations, endpoint: () => this.endpoint };
    const resumable = new ResumableUploads(this.buckets, operations);
    this.jsonApi = new JsonApi(services, new JsonBuckets(services, store, projectNumber), resumable);
    this.xmlApi = new XmlApi(services, resumable);
  }

  /** `http://127.0.0.1:PORT`. */
  get endpoint(): string {
    const address = this.server?.address();
    const port = typeof address === "object" && address !== null ? address.port : this.wantedPort;
    return `http://127.0.0.1:${port}`;
  }

  /** Listens and looks after the lifecycle; a second call changes nothing. */
  async start(): Promise<void> {
    if (this.server !== undefined) return;
    const server = createServer((request, response) => {
      void this.handle(new Exchange(request, response));
    });
    // A large upload over a slow line takes as long as it takes.
    server.requestTimeout = 0;
    // Longer than clients keep idle connections, so that none is closed under a request.
    server.keepAliveTimeout = 75_000;
    server.listen(this.wantedPort, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `storage server "127.0.0.1:${this.wantedPort}": cannot listen (${why}); expected a free port. Stop what holds it and start again.`,
        { cause },
      );
    }
    this.server = server;
    this.timer = setInterval(() => {
      this.runLifecycleInBackground();
    }, lifecycleIntervalMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  }

  /** One round of all buckets' rules, now. */
  runLifecycle(): Record<string, LifecycleReport> {
    const now = this.clock();
    return Object.fromEntries(this.buckets.list().map((bucket) => [bucket.record.name, runLifecycle(bucket, now)]));
  }

  /** A disk that is full now may have room in a minute: the round is tried again then, and the servers go on. */
  private runLifecycleInBackground(): void {
    try {
      this.runLifecycle();
    } catch (error) {
      console.error(`storage: lifecycle: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }

  /**
   * Bytes that Google would charge for: live, noncurrent and soft-deleted versions and the parts of multipart uploads.
   * An unfinished resumable session is not charged.
   */
  billedBytes(bucketName: string): number {
    const { objects, uploads }: Bucket = this.buckets.get(bucketName);
    const versions = [...objects.names().flatMap((name) => objects.versions(name)), ...objects.softDeletedVersions()];
    const parts = uploads.list("multipart").flatMap(({ id }) => uploads.parts(id));
    return [...versions, ...parts].reduce((sum, { size }) => sum + size, 0);
  }

  private async handle(exchange: Exchange): Promise<void> {
    const api = isJsonApi(exchange) ? "json" : "xml";
    try {
      if (exchange.method === "OPTIONS") this.preflight(exchange, api);
      else if (api === "json") {
        const headers = jsonApiHeaders(exchange.header("origin"));
        for (const [name, value] of Object.entries(headers)) exchange.response.setHeader(name, value);
        await this.jsonApi.handle(exchange);
      } else await this.xmlApi.handle(exchange);
    } catch (error) {
      this.fail(exchange, error, api);
    }
  }

  private preflight(exchange: Exchange, api: "json" | "xml"): void {
    const origin = exchange.header("origin");
    const method = exchange.header("access-control-request-method");
    const headers = exchange.header("access-control-request-headers");
    if (api === "json") exchange.send(200, jsonApiHeaders(origin, { method, headers }));
    else {
      const cors = this.buckets.find(xmlAddress(exchange).bucket)?.record.configuration.cors ?? [];
      exchange.send(200, preflightHeaders(cors, { origin, method, headers }));
    }
  }

  private fail(exchange: Exchange, error: unknown, api: "json" | "xml"): void {
    const { request, response } = exchange;
    // Gone before the end: nobody is there to be told, and a half-sent body must not look whole.
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    // What is left of the body is read away, so that the client gets to see the answer.
    request.resume();
    if (error instanceof StorageError) {
      exchange.fail(error, api);
      return;
    }
    const message = "We encountered an internal error. Please try again.";
    const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.error(`storage: ${exchange.method} ${exchange.rawPath}: ${details}`);
    exchange.fail(new StorageError({ status: 500, reason: "backendError", code: "InternalError", message }), api);
  }
}
