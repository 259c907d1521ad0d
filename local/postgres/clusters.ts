// The Cloud SQL of this machine: every instance is a PostgreSQL 15 cluster of its own, with its certificates, its port and
// exactly the declared flags.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type pg from "pg";
import type { LocalPaths } from "../paths.ts";
import type { Ports } from "../ports.ts";
import type { Processes } from "../processes.ts";
import { type ResourceStore, writeFileAtomically } from "../store.ts";
import { connectToCluster, portName } from "./admin.ts";
import { type ClientCertificate, clientCertificate, serverCertificates } from "./certificates.ts";
import { ClusterFiles } from "./cluster-files.ts";
import { applySettings, readFlags, refuseBadFlags, reload } from "./cluster-settings.ts";
import { initialiseData } from "./initdb.ts";
import { adminRole, grantServiceRights } from "./rights.ts";
import { isObject } from "../provider/schema.ts";
import { ServerProcess } from "./server-process.ts";
import { accessRules, type DatabaseFlag, flagSettings, type SslMode } from "./server-settings.ts";

export const instanceType = "gcp:sql/databaseInstance:DatabaseInstance";

/** A common name that no declared certificate can have. */
const adminCertificate = "local-cloud:admin";

export interface ClusterDeclaration {
  readonly name: string;
  readonly project: string;
  readonly sslMode: SslMode;
  readonly flags: readonly DatabaseFlag[];
  /** Whether the server runs (`activationPolicy` ALWAYS). */
  readonly active: boolean;
}

export interface ClustersArgs {
  readonly paths: LocalPaths;
  readonly ports: Ports;
  readonly processes: Processes;
  readonly store: ResourceStore;
  readonly clock?: () => number;
}

/** There is no such instance, or it does not run. */
export class InstanceUnavailableError extends Error {
  override readonly name = "InstanceUnavailableError";
}

export class Clusters {
  private readonly args: ClustersArgs;
  private readonly clock: () => number;
  private readonly queues = new Map<string, Promise<unknown>>();
  /** Starts that are under way: a second one waits for the first. */
  private readonly starts = new Map<string, Promise<void>>();

  constructor(args: ClustersArgs) {
    this.args = args;
    this.clock = args.clock ?? Date.now;
  }

  /** Brings every declared instance up with its data. One error names all that do not come up; the others run. */
  async start(): Promise<void> {
    // An instance whose folder is gone is drift: `read` finds it, and no start can bring it back.
    const names = this.args.store.list(instanceType).map(({ id }) => id);
    const present = names.filter((name) => this.exists(name) && !this.isStopped(name));
    const results = await Promise.allSettled(present.map(async (name) => await this.ensureRunning(name)));
    const failures = results.filter((result) => result.status === "rejected").map((result): unknown => result.reason);
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join("\n"));
  }

  /** Stops every server; the data stays. */
  async stop(): Promise<void> {
    const names = this.args.processes.names().filter((name) => name.startsWith("postgres/"));
    await Promise.all(
      names.map(async (name) => {
        await this.server(name.slice("postgres/".length)).stop();
      }),
    );
  }

  exists(name: string): boolean {
    return this.files(name).record !== undefined;
  }

  isRunning(name: string): boolean {
    return this.server(name).running;
  }

  /** Whether the instance is declared not to run (`activationPolicy` NEVER). */
  isStopped(name: string): boolean {
    const settings = this.args.store.get(instanceType, name)?.inputs["settings"];
    return isObject(settings) && settings["activationPolicy"] === "NEVER";
  }

  /** The port of an instance. Throws InstanceUnavailableError when none was ever chosen. */
  port(name: string): number {
    const port = this.args.ports.recorded(portName(name));
    if (port === undefined) throw unavailable(name, "has no port yet");
    return port;
  }

  /** Makes the instance, or finishes one that a crash left half-made. What fails leaves nothing. */
  async create(declaration: ClusterDeclaration): Promise<void> {
    const { name } = declaration;
    await this.exclusively(name, async () => {
      if (this.exists(name)) return;
      await this.args.ports.choose(portName(name), 5432);
      try {
        await this.build(declaration);
      } catch (error) {
        await this.discard(name);
        throw error;
      }
    });
    // Also what an adopted instance was not told before the crash.
    await this.update(declaration);
  }

  /** Brings flags, access rules and state of the server to what is declared; restarts it when a flag needs that. */
  async update(declaration: ClusterDeclaration): Promise<void> {
    const { name } = declaration;
    await this.exclusively(name, async () => {
      if (!this.exists(name)) throw unavailable(name, "does not exist");
      const files = this.files(name);
      await refuseBadFlags(declaration, files);
      if (!declaration.active) {
        writeSettings(declaration, files);
        await this.server(name).stop();
        return;
      }
      await this.ensureRunning(name);
      await applySettings(declaration, {
        files,
        connect: async () => await this.openAsAdmin(name, adminRole),
        restart: async () => {
          await this.server(name).stop();
          await this.ensureRunning(name);
        },
      });
    });
  }

  /** Stops the server and removes its data, certificates and log. */
  async remove(name: string): Promise<void> {
    await this.exclusively(name, async () => {
      await this.discard(name);
    });
  }

  /** The flags in force by the server's files: the declared ones, and what ALTER SYSTEM has put over them. */
  async flags(name: string): Promise<DatabaseFlag[]> {
    return await this.exclusively(name, async () => {
      const admin = await this.connectAsAdmin(name);
      try {
        return await readFlags(admin);
      } finally {
        await admin.end();
      }
    });
  }

  /** When the instance was made (RFC 3339), and its server's authority, PEM. */
  identity(name: string): { createTime: string; serverAuthority: string } {
    const files = this.files(name);
    if (files.record === undefined) throw unavailable(name, "does not exist");
    return { createTime: files.record.createTime, serverAuthority: readFileSync(files.serverAuthority, "utf8") };
  }

  /**
   * An open client with the service's own login, over TLS, for `local/` only; the caller ends it. A server that has died is
   * started again, as in the cloud. Throws InstanceUnavailableError where there is none, or where it is declared not to run.
   */
  async connectAsAdmin(name: string, database: string = adminRole): Promise<pg.Client> {
    if (!this.isRunning(name) && this.isStopped(name)) throw unavailable(name, "does not run");
    await this.ensureRunning(name);
    return await this.openAsAdmin(name, database);
  }

  /** A client certificate that the server trusts from now on; one of the same name before it is trusted no more. */
  async issueClientCertificate(name: string, commonName: string): Promise<ClientCertificate> {
    const certificate = await clientCertificate(commonName, this.clock());
    await this.changeClients(name, (files) => {
      files.trustClient(commonName, certificate);
    });
    return certificate;
  }

  /** The trusted certificate of a name, PEM. */
  clientCertificate(name: string, commonName: string): string | undefined {
    return this.exists(name) ? this.files(name).client(commonName) : undefined;
  }

  async revokeClientCertificate(name: string, commonName: string): Promise<void> {
    if (!this.exists(name)) return;
    await this.changeClients(name, (files) => {
      files.distrustClient(commonName);
    });
  }

  /** One operation at a time on an instance, as in Cloud SQL. */
  async exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
    const result = (this.queues.get(name) ?? Promise.resolve()).then(work);
    this.queues.set(
      name,
      result.catch(() => undefined),
    );
    return await result;
  }

  private async ensureRunning(name: string): Promise<void> {
    if (!this.exists(name)) throw unavailable(name, "does not exist");
    const starting = this.starts.get(name) ?? this.server(name).start(this.port(name));
    this.starts.set(name, starting);
    try {
      await starting;
    } finally {
      this.starts.delete(name);
    }
  }

  private async build(declaration: ClusterDeclaration): Promise<void> {
    const { name, project } = declaration;
    const files = this.files(name);
    onDisk(name, () => {
      files.begin();
    });
    await refuseBadFlags(declaration, files);
    const password = randomBytes(24).toString("base64url");
    await initialiseData(name, files, password);
    const certificates = await serverCertificates({ project, instance: name }, this.clock());
    const admin = await clientCertificate(adminRole, this.clock());
    writeFileAtomically(files.serverAuthority, certificates.authority);
    writeFileAtomically(files.serverCertificate, certificates.server.cert);
    writeFileAtomically(files.serverKey, certificates.server.key);
    files.trustClient(adminCertificate, admin);
    files.writeAdminLogin({ password, cert: admin.cert, key: admin.key });
    writeSettings(declaration, files);
    await this.server(name).start(this.port(name));
    const client = await this.openAsAdmin(name, "postgres");
    try {
      await grantServiceRights(client);
    } finally {
      await client.end();
    }
    files.finish({ name, createTime: new Date(this.clock()).toISOString() });
  }

  private async discard(name: string): Promise<void> {
    await this.server(name).stop();
    this.files(name).remove();
  }

  private async changeClients(name: string, change: (files: ClusterFiles) => void): Promise<void> {
    await this.exclusively(name, async () => {
      const client = await this.connectAsAdmin(name);
      try {
        change(this.files(name));
        await reload(client);
      } finally {
        await client.end();
      }
    });
  }

  private async openAsAdmin(name: string, database: string): Promise<pg.Client> {
    return await connectToCluster({ name, files: this.files(name), port: this.port(name), database });
  }

  private files(name: string): ClusterFiles {
    return onDisk(name, () => new ClusterFiles(this.args.paths, name));
  }

  private server(name: string): ServerProcess {
    return new ServerProcess(name, this.files(name), this.args.processes);
  }
}

function writeSettings(declaration: ClusterDeclaration, files: ClusterFiles): void {
  writeFileAtomically(files.flags, flagSettings(declaration.flags));
  writeFileAtomically(files.accessRules, accessRules(declaration.sslMode));
}

/** A full or closed disk, said in one sentence. */
function onDisk<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const reason = typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";
    throw new Error(
      `instance "${name}": its files cannot be written (${reason}); expected a writable folder with room. Give it rights or room and start again.`,
      { cause: error },
    );
  }
}

function unavailable(name: string, what: string): InstanceUnavailableError {
  return new InstanceUnavailableError(
    `instance "${name}": ${what}; expected a running instance. Create it, or refresh the stack if it was removed.`,
  );
}
