// What connections/ asks Google for, answered on this machine: tokens, secrets, and Cloud SQL's API with its server side.
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import * as tls from "node:tls";
import { LocalPaths } from "../../local/paths.ts";
import { TestAuthority } from "./certificates.ts";

const TOKEN = "token-of-a-test";

export class FakeGoogle {
  /** Secret name -> content. */
  readonly secrets = new Map<string, string>();
  /** HTTP statuses that the next requests for secrets get instead of an answer. */
  readonly failures: number[] = [];
  /** Whether requests for Cloud SQL are left without an answer. */
  silent = false;
  /** Method and path of every request to secrets and to Cloud SQL. */
  readonly requests: string[] = [];
  /** Cloud SQL's instance `project:region:instance`, once `serveInstance` was called. */
  private instance: CloudSqlInstance | undefined;
  private readonly server: Server;
  private readonly folder = mkdtempSync(join(new LocalPaths().folder("tests"), "google-"));

  constructor() {
    this.server = createServer((request, response) => {
      void this.answer(request, response);
    });
  }

  /** Starts to listen and makes this process's Application Default Credentials those of the fake. */
  async start(): Promise<this> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    const subject = join(this.folder, "subject");
    writeFileSync(subject, "subject-token");
    const credentials = {
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/local/providers/local",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `${this.endpoint}/token`,
      credential_source: { file: subject },
    };
    const file = join(this.folder, "credentials.json");
    writeFileSync(file, JSON.stringify(credentials));
    process.env["GOOGLE_APPLICATION_CREDENTIALS"] = file;
    return this;
  }

  get endpoint(): string {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("not started");
    return `http://127.0.0.1:${String(address.port)}`;
  }

  /** Puts a Cloud SQL instance in front of a server: its API here, its TLS port on an own loopback address. */
  async serveInstance(connectionName: string, port: number): Promise<CloudSqlInstance> {
    this.instance?.stop();
    this.instance = await new CloudSqlInstance(connectionName).start(port);
    return this.instance;
  }

  async stop(): Promise<void> {
    delete process.env["GOOGLE_APPLICATION_CREDENTIALS"];
    this.instance?.stop();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const path = request.url ?? "";
    const send = (status: number, value: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    if (path === "/token") {
      const issued = { access_token: TOKEN, issued_token_type: "urn:ietf:params:oauth:token-type:access_token" };
      send(200, { ...issued, token_type: "Bearer", expires_in: 3600 });
      return;
    }
    this.requests.push(`${request.method ?? ""} ${path}`);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      send(401, { error: { code: 401, message: "no token" } });
    } else if (path.startsWith("/v1/projects/")) {
      this.answerSecret(path, send);
    } else if (this.silent) {
      // The client has to give up by itself.
    } else if (this.instance !== undefined) {
      send(200, this.instance.answer(path, body));
    } else send(404, {});
  }

  private answerSecret(path: string, send: (status: number, value: unknown) => void): void {
    const failure = this.failures.shift();
    const name = /^\/v1\/(projects\/[^/]+\/secrets\/[^/]+)\/versions\/latest:access$/.exec(path)?.[1] ?? "";
    const content = this.secrets.get(name);
    if (failure !== undefined) send(failure, { error: { code: failure, message: "as the test says" } });
    else if (content === undefined) send(404, { error: { code: 404, message: "not found" } });
    else send(200, { payload: { data: Buffer.from(content).toString("base64") } });
  }
}

/** The server side of Cloud SQL's connector: TLS 1.3 with a client certificate of its own authority, then plain PostgreSQL. */
class CloudSqlInstance {
  /** Common names of the client certificates that were presented. */
  readonly clients: string[] = [];
  /**
   * The connector always dials port 3307. A loopback address of its own keeps it free whatever else listens on this
   * machine: all of 127.0.0.0/8 is loopback.
   */
  readonly host = `127.${[1, 2, 3].map(() => String(1 + Math.floor(Math.random() * 253))).join(".")}`;
  private readonly project: string;
  private readonly region: string;
  private readonly name: string;
  private readonly serverAuthority = new TestAuthority("server authority");
  private readonly clientAuthority = new TestAuthority("client authority");
  private server: tls.Server | undefined;

  constructor(connectionName: string) {
    const [project = "", region = "", name = ""] = connectionName.split(":");
    this.project = project;
    this.region = region;
    this.name = name;
  }

  async start(port: number): Promise<this> {
    const options = { ...this.serverAuthority.issue(`${this.project}:${this.name}`), ca: this.clientAuthority.pem };
    this.server = tls.createServer({ ...options, requestCert: true, rejectUnauthorized: true }, (socket) => {
      this.clients.push(socket.getPeerCertificate().subject.CN);
      const upstream = connectTcp(port, "127.0.0.1");
      for (const end of [socket, upstream]) end.on("error", () => end.destroy());
      socket.pipe(upstream).pipe(socket);
    });
    this.server.listen(3307, this.host);
    await once(this.server, "listening");
    return this;
  }

  answer(path: string, body: string): unknown {
    if (!path.endsWith(":generateEphemeralCert")) {
      return {
        kind: "sql#connectSettings",
        region: this.region,
        databaseVersion: "POSTGRES_15",
        backendType: "SECOND_GEN",
        ipAddresses: [{ type: "PRIMARY", ipAddress: this.host }],
        serverCaCert: {
          cert: this.serverAuthority.pem,
          expirationTime: new Date(Date.now() + 3_600_000).toISOString(),
        },
        serverCaMode: "GOOGLE_MANAGED_INTERNAL_CA",
      };
    }
    const { public_key: publicKey } = JSON.parse(body) as { public_key: string };
    return { ephemeralCert: { cert: this.clientAuthority.certify(publicKey, "ephemeral") } };
  }

  /** Nothing answers on the TLS port any more; the API goes on. */
  refuseConnections(): void {
    this.server?.close();
  }

  stop(): void {
    this.refuseConnections();
    this.serverAuthority.remove();
    this.clientAuthority.remove();
  }
}
