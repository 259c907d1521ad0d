// The Cloud SQL of this machine: every instance is a PostgreSQL 15 cluster of its own, with its certificates, its port and
// exactly the declared flags.
import { readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import type pg from "pg";
import { portName } from "./admin.ts";
import { Backups } from "./backups.ts";
import { buildCluster } from "./build-cluster.ts";
import { type ClientCertificate, clientCertificate } from "./certificates.ts";
import type { ClusterFiles } from "./cluster-files.ts";
import { applySettings, readFlags, refuseBadFlags, reload } from "./cluster-settings.ts";
import { CopyRefusedError, fillFromBackup, forgetReplica, keepLog, type Origin, promote } from "./copies.ts";
import { adminRole } from "./rights.ts";
import type { DatabaseFlag } from "./server-settings.ts";
import { type ClusterDeclaration, instanceType, Servers, type ServersArgs, unavailable } from "./servers.ts";

export interface ClustersArgs extends ServersArgs {
  readonly clock?: () => number;
}

export class Clusters {
  readonly backups: Backups;
  private readonly args: ClustersArgs;
  private readonly clock: () => number;
  private readonly servers: Servers;
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(args: ClustersArgs) {
    this.args = args;
    this.clock = args.clock ?? Date.now;
    this.servers = new Servers(args);
    this.backups = new Backups({
      files: (name) => this.servers.files(name),
      login: (name) => this.servers.source(name).login,
      clock: this.clock,
    });
  }

  /** Brings every declared instance up with its data. One error names all that do not come up; the others run. */
  async start(): Promise<void> {
    // An instance whose folder is gone is drift: `read` finds it, and no start can bring it back.
    const names = this.args.store.list(instanceType).map(({ id }) => id);
    const present = names.filter((name) => this.exists(name) && !this.isStopped(name));
    const results = await Promise.allSettled(present.map(async (name) => await this.servers.ensureRunning(name)));
    const failures = results.filter((result) => result.status === "rejected").map((result): unknown => result.reason);
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join("\n"));
  }

  /** Stops every server; the data stays. */
  async stop(): Promise<void> {
    const names = this.args.processes.names().filter((name) => name.startsWith("postgres/"));
    await Promise.all(
      names.map(async (name) => {
        const instance = name.slice("postgres/".length);
        await this.servers.process(instance).stop();
        await this.backups.settled(instance);
      }),
    );
  }

  exists(name: string): boolean {
    return this.servers.exists(name);
  }

  isRunning(name: string): boolean {
    return this.servers.isRunning(name);
  }

  /** Whether the instance is declared not to run (`activationPolicy` NEVER). */
  isStopped(name: string): boolean {
    return this.servers.isStopped(name);
  }

  /** The port of an instance. Throws InstanceUnavailableError when none was ever chosen. */
  port(name: string): number {
    return this.servers.port(name);
  }

  /** The instances that follow this one, sorted. */
  replicasOf(name: string): string[] {
    const folder = this.args.paths.folder("cloud", "sql");
    return readdirSync(folder)
      .filter((other) => this.servers.files(other).record?.primary === name)
      .sort();
  }

  /** The instance that this one follows. */
  primaryOf(name: string): string | undefined {
    return this.servers.files(name).record?.primary;
  }

  /** Makes the instance, or finishes one that a crash left half-made. What fails leaves nothing. */
  async create(declaration: ClusterDeclaration, origin: Origin = { kind: "empty" }): Promise<void> {
    const { name } = declaration;
    await this.exclusively(name, async () => {
      if (this.exists(name)) return;
      await this.args.ports.choose(portName(name), 5432);
      try {
        const { servers, backups, clock } = this;
        await buildCluster({ declaration, origin, servers, backups, clock });
      } catch (error) {
        await this.discard(name, origin.kind === "replica" ? origin.primary : undefined);
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
      const files = this.servers.files(name);
      await refuseBadFlags(declaration, files);
      if (!declaration.active) {
        this.servers.writeSettings(declaration);
        await this.servers.process(name).stop();
        return;
      }
      await this.servers.ensureRunning(name);
      files.complete();
      const service = this.servers.serviceText(declaration);
      await applySettings(
        { ...declaration, service },
        {
          files,
          connect: async () => await this.servers.open(name, adminRole),
          restart: async () => {
            await this.servers.process(name).stop();
            await this.servers.ensureRunning(name);
          },
        },
      );
    });
  }

  /** Makes a replica stand for itself. */
  async promote(name: string): Promise<void> {
    await this.exclusively(name, async () => {
      const files = this.servers.files(name);
      const { record } = files;
      if (record?.primary === undefined)
        throw new CopyRefusedError(`instance "${name}": follows no other; expected a replica.`);
      await promote(await this.servers.runningSource(name));
      const { primary, ...alone } = record;
      files.finish(alone);
      if (this.exists(primary)) await forgetReplica(name, await this.servers.runningSource(primary));
    });
  }

  /** Brings a backup, of this instance or of another, back into this one. What it held since is gone. */
  async restoreBackup(name: string, from: { instance: string; id: string }): Promise<void> {
    await this.exclusively(name, async () => {
      const folder = this.backups.folder(from.instance, from.id);
      const files = this.servers.files(name);
      const { record } = files;
      if (record === undefined) throw unavailable(name, "does not exist");
      await keepLog(await this.servers.runningSource(name));
      await this.backups.settled(name);
      await this.servers.process(name).stop();
      renameSync(files.data, files.former);
      try {
        await this.servers.process(name).start(this.port(name), await fillFromBackup(files, folder));
      } catch (error) {
        await this.servers.process(name).stop();
        await this.servers.ensureRunning(name);
        throw error;
      }
      rmSync(files.former, { recursive: true, force: true });
      files.writeAdminLogin({
        ...files.adminLogin(),
        password: this.servers.files(from.instance).adminLogin().password,
      });
      files.finish({ ...record, restoreTime: new Date(this.clock()).toISOString() });
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
    const files = this.servers.files(name);
    if (files.record === undefined) throw unavailable(name, "does not exist");
    return { createTime: files.record.createTime, serverAuthority: readFileSync(files.serverAuthority, "utf8") };
  }

  /**
   * An open client with the service's own login, over TLS, for `local/` only; the caller ends it. A server that has died is
   * started again, as in the cloud. Throws InstanceUnavailableError where there is none, or where it is declared not to run.
   */
  async connectAsAdmin(name: string, database: string = adminRole): Promise<pg.Client> {
    if (!this.isRunning(name) && this.isStopped(name)) throw unavailable(name, "does not run");
    await this.servers.ensureRunning(name);
    return await this.servers.open(name, database);
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
    return this.exists(name) ? this.servers.files(name).client(commonName) : undefined;
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

  private async discard(name: string, primary = this.primaryOf(name)): Promise<void> {
    await this.servers.process(name).stop();
    await this.backups.settled(name);
    this.servers.files(name).remove();
    if (primary !== undefined && this.isRunning(primary)) await forgetReplica(name, this.servers.source(primary));
  }

  private async changeClients(name: string, change: (files: ClusterFiles) => void): Promise<void> {
    await this.exclusively(name, async () => {
      const client = await this.connectAsAdmin(name);
      try {
        change(this.servers.files(name));
        await reload(client);
      } finally {
        await client.end();
      }
    });
  }
}
