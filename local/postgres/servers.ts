// The servers behind the instances of this machine: where each keeps what, whether it runs, how it is reached.
import type pg from "pg";
import type { LocalPaths } from "../paths.ts";
import type { Ports } from "../ports.ts";
import type { Processes } from "../processes.ts";
import { isObject } from "../provider/schema.ts";
import { type ResourceStore, writeFileAtomically } from "../store.ts";
import { connectToCluster, loginOptions, portName } from "./admin.ts";
import { ClusterFiles } from "./cluster-files.ts";
import { followingOf, type Source } from "./copies.ts";
import { adminRole } from "./rights.ts";
import { ServerProcess } from "./server-process.ts";
import { accessRules, type DatabaseFlag, flagSettings, serviceSettings, type SslMode } from "./server-settings.ts";

export const instanceType = "gcp:sql/databaseInstance:DatabaseInstance";

export interface ClusterDeclaration {
  readonly name: string;
  readonly project: string;
  readonly sslMode: SslMode;
  readonly flags: readonly DatabaseFlag[];
  /** Whether the server runs (`activationPolicy` ALWAYS). */
  readonly active: boolean;
  /** Whether its log is archived (point-in-time recovery). */
  readonly archiving: boolean;
}

export interface ServersArgs {
  readonly paths: LocalPaths;
  readonly ports: Ports;
  readonly processes: Processes;
  readonly store: ResourceStore;
}

/** There is no such instance, or it does not run. */
export class InstanceUnavailableError extends Error {
  override readonly name = "InstanceUnavailableError";
}

export class Servers {
  private readonly args: ServersArgs;
  /** Starts that are under way: a second one waits for the first. */
  private readonly starts = new Map<string, Promise<void>>();

  constructor(args: ServersArgs) {
    this.args = args;
  }

  files(name: string): ClusterFiles {
    return onDisk(name, () => new ClusterFiles(this.args.paths, name));
  }

  process(name: string): ServerProcess {
    return new ServerProcess(name, this.files(name), this.args.processes);
  }

  exists(name: string): boolean {
    return this.files(name).record !== undefined;
  }

  isRunning(name: string): boolean {
    return this.process(name).running;
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

  /** Starts an instance that is there, as it is declared or not; at once where it runs. */
  async ensureRunning(name: string): Promise<void> {
    if (!this.exists(name)) throw unavailable(name, "does not exist");
    const starting = this.starts.get(name) ?? this.start(name);
    this.starts.set(name, starting);
    try {
      await starting;
    } finally {
      this.starts.delete(name);
    }
  }

  /** An open client of the service's own login; the caller ends it. */
  async open(name: string, database: string): Promise<pg.Client> {
    return await connectToCluster({ name, files: this.files(name), port: this.port(name), database });
  }

  /** An instance as others are made of it. */
  source(name: string): Source {
    const files = this.files(name);
    const port = this.port(name);
    const connect = async (): Promise<pg.Client> => await this.open(name, adminRole);
    return { name, files, port, login: loginOptions(files, port, adminRole), archives: files.archivesLog, connect };
  }

  /** The same, and it runs. Throws InstanceUnavailableError where it is declared not to. */
  async runningSource(name: string): Promise<Source> {
    if (this.isStopped(name)) throw unavailable(name, "does not run");
    await this.ensureRunning(name);
    return this.source(name);
  }

  /** Writes what the server reads at its next start or reload. `primary` is given where no record names it yet. */
  writeSettings(declaration: ClusterDeclaration, primary?: string): void {
    const files = this.files(declaration.name);
    writeFileAtomically(files.flags, flagSettings(declaration.flags));
    writeFileAtomically(files.accessRules, accessRules(declaration.sslMode));
    writeFileAtomically(files.service, this.serviceText(declaration, primary));
  }

  /** What the service itself sets. */
  serviceText({ name, archiving }: ClusterDeclaration, primary = this.files(name).record?.primary): string {
    const files = this.files(name);
    const following = primary === undefined ? undefined : followingOf({ name, files }, this.source(primary));
    return serviceSettings({ archive: archiving ? files.archive : undefined, following });
  }

  private async start(name: string): Promise<void> {
    if (!this.isRunning(name)) this.files(name).bringFormerBack();
    await this.process(name).start(this.port(name));
  }
}

/** A full or closed disk, said in one sentence. */
export function onDisk<T>(name: string, work: () => T): T {
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

export function unavailable(name: string, what: string): InstanceUnavailableError {
  return new InstanceUnavailableError(
    `instance "${name}": ${what}; expected a running instance. Create it, or refresh the stack if it was removed.`,
  );
}
