// One deployed service: its instance, kept running, and its front.
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Identity } from "../identity/identity.ts";
import type { Ports } from "../ports.ts";
import { writeFileAtomically } from "../store.ts";
import { closeFront, openFront } from "./front.ts";
import {
  type InstanceAddress,
  type InstanceDeps,
  isRunning,
  processName,
  startInstance,
  stopInstance,
} from "./instance.ts";
import type { ServiceSpec } from "./service-spec.ts";
import { watchInstance } from "./watch.ts";

export interface ServiceDeps extends InstanceDeps {
  readonly ports: Ports;
  readonly identity: Identity;
}

/** What a deployed service is known by; kept on disk. */
export interface ServiceRecord {
  readonly uid: string;
  readonly createTime: string;
  readonly updateTime: string;
  readonly generation: number;
  readonly revision: string;
  /** Digest of the declaration that the running containers were started with. */
  readonly digest: string;
}

/** Between attempts to bring an instance back; doubled up to the limit, and begun anew after a quiet while. */
const firstBackoffMs = 250;
const longestBackoffMs = 30_000;
const quietMs = 60_000;
/** How long is waited for what is brought back before the rest goes on without it. */
const comeBackMs = 15_000;
const neverAborted = new AbortController().signal;

export class RunningService {
  private readonly deps: ServiceDeps;
  private readonly name: string;
  private spec: ServiceSpec | undefined;
  private address: InstanceAddress | undefined;
  private front: Server | undefined;
  private watch: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  private isReady = false;
  private last: Promise<unknown> = Promise.resolve();

  constructor(deps: ServiceDeps, name: string) {
    this.deps = deps;
    this.name = name;
  }

  /**
   * Makes the service run as declared and resolves with its record once every container has started. Containers that run so
   * already are kept. A revision that does not come up raises RevisionError, and the one before it is brought back.
   */
  deploy(spec: ServiceSpec, previous: ServiceSpec | undefined): Promise<ServiceRecord> {
    return this.serially(async () => {
      const before = this.spec ?? previous;
      const record = this.record();
      await this.openFront(spec);
      if (record?.digest === spec.digest && isRunning(this.deps.processes, spec)) {
        await this.adopt(spec, record);
        return record;
      }
      const next = record?.digest === spec.digest ? record : nextRecord(spec, record);
      await this.stopContainers(before);
      try {
        await this.startContainers(spec, next.revision);
      } catch (error) {
        if (before !== undefined && record !== undefined) await this.bringBack(before, record);
        else await this.closeFront();
        throw error;
      }
      this.save(next);
      this.keepRunning({ isUp: true });
      return next;
    });
  }

  /** Brings back what was declared, in the background where it does not come up at once. Containers that run are kept. */
  resume(spec: ServiceSpec): Promise<void> {
    return this.serially(async () => {
      await this.openFront(spec);
      const record = this.record() ?? nextRecord(spec, undefined);
      if (record.digest === spec.digest && isRunning(this.deps.processes, spec)) {
        await this.adopt(spec, record);
        return;
      }
      await this.stopContainers(spec);
      await this.bringBack(spec, { ...record, digest: spec.digest });
    });
  }

  /** Ends the watch and the front; the containers run on and are found again. */
  detach(): Promise<void> {
    return this.serially(async () => {
      await this.endWatch();
      await this.closeFront();
    });
  }

  /** Ends everything and forgets the service. */
  async remove(spec: ServiceSpec): Promise<void> {
    await this.detach();
    await this.serially(async () => {
      await this.stopContainers(spec);
      rmSync(this.recordFile(), { force: true });
      rmSync(this.deps.paths.folder("run", this.name), { recursive: true, force: true });
    });
  }

  record(): ServiceRecord | undefined {
    const file = this.recordFile();
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ServiceRecord) : undefined;
  }

  /** The service's address, which is also the audience of its callers' ID tokens. */
  async uri(): Promise<string> {
    return `http://127.0.0.1:${await this.deps.ports.choose(`run/${this.name}`, 8080)}`;
  }

  private async openFront(spec: ServiceSpec): Promise<void> {
    this.spec ??= spec;
    if (this.front !== undefined) return;
    const uri = await this.uri();
    const current = (): ServiceSpec => this.spec ?? spec;
    const { identity } = this.deps;
    this.front = await openFront(
      {
        openToAll: () => current().invokerIamDisabled || identity.allowed(undefined, "run.routes.invoke", current().id),
        principalOf: (token) => identity.principalOfIdToken(token, [uri, ...current().customAudiences]),
        isInvoker: (principal) => identity.allowed(principal, "run.routes.invoke", current().id),
        target: (waitMs, signal) => this.target(waitMs, signal),
        timeoutMs: () => current().timeoutMs,
      },
      Number(new URL(uri).port),
      this.name,
    );
  }

  private async closeFront(): Promise<void> {
    const { front } = this;
    this.front = undefined;
    this.spec = undefined;
    if (front !== undefined) await closeFront(front);
  }

  /** The container's port once it takes requests; undefined when it does not in time, or nobody waits any more. */
  private async target(waitMs: number, signal: AbortSignal): Promise<number | undefined> {
    const deadline = Date.now() + waitMs;
    while (!this.takesRequests()) {
      if (Date.now() > deadline || signal.aborted) return undefined;
      await sleep(25);
    }
    return this.address?.port;
  }

  /** Looks at the processes too: a crash is noticed here sooner than by the watch. */
  private takesRequests(): boolean {
    return this.isReady && this.spec !== undefined && isRunning(this.deps.processes, this.spec);
  }

  private async startContainers(spec: ServiceSpec, revision: string, signal = neverAborted): Promise<void> {
    const address = await this.addressOf(spec, revision);
    await startInstance(this.deps, spec, address, signal);
    this.spec = spec;
    this.address = address;
  }

  private async stopContainers(spec: ServiceSpec | undefined): Promise<void> {
    await this.endWatch();
    if (spec !== undefined) await stopInstance(this.deps.processes, spec);
    // Containers of a revision that was interrupted while it started, under names of their own.
    const prefix = processName(this.name, "");
    const left = this.deps.processes.names().filter((name) => name.startsWith(prefix));
    await Promise.all(left.map((name) => this.deps.processes.stop(name)));
  }

  private async adopt(spec: ServiceSpec, record: ServiceRecord): Promise<void> {
    this.spec = spec;
    this.address = await this.addressOf(spec, record.revision);
    if (this.watch === undefined) this.keepRunning({ isUp: true });
  }

  /** Starts a revision that came up before; where it does not at once, the attempts go on in the background. */
  private async bringBack(spec: ServiceSpec, record: ServiceRecord): Promise<void> {
    this.spec = spec;
    this.address = await this.addressOf(spec, record.revision);
    this.save(record);
    this.keepRunning({ isUp: false });
    await this.target(comeBackMs, neverAborted);
  }

  private async addressOf(spec: ServiceSpec, revision: string): Promise<InstanceAddress> {
    const ingress = spec.containers.find(({ port }) => port !== undefined)?.name ?? "";
    const [port, metadata] = await Promise.all([
      this.deps.ports.choose(`run/${this.name}/${ingress}`, 8081),
      this.deps.identity.metadataFor(spec.serviceAccount, spec.location),
    ]);
    return { revision, port, metadataPort: metadata.port };
  }

  /** Watches the instance and replaces it whenever it fails, until the watch is ended. */
  private keepRunning({ isUp }: { isUp: boolean }): void {
    const abort = new AbortController();
    const done = this.superviseUntil(abort.signal, isUp).catch((error: unknown) => {
      console.error(`service "${this.name}": is not watched any more:`, error);
    });
    this.watch = { abort, done };
  }

  private async superviseUntil(signal: AbortSignal, isUpAlready: boolean): Promise<void> {
    const { spec, address } = this;
    if (spec === undefined || address === undefined) return;
    let isUp = isUpAlready;
    for (let backoffMs = firstBackoffMs; !signal.aborted; backoffMs = Math.min(backoffMs * 2, longestBackoffMs)) {
      isUp ||= await this.attempt(spec, address.revision, signal);
      if (isUp) {
        const since = Date.now();
        const failure = await watchInstance({
          spec,
          port: address.port,
          isAlive: ({ name }) => this.deps.processes.running(processName(this.name, name)) !== undefined,
          onReadiness: (ready) => (this.isReady = ready),
          signal,
        });
        this.isReady = false;
        if (failure === undefined) return;
        if (Date.now() - since > quietMs) backoffMs = firstBackoffMs;
        console.error(`service "${this.name}": ${failure}; a new instance starts in ${backoffMs} ms`);
        await stopInstance(this.deps.processes, spec);
        isUp = false;
      }
      await sleep(backoffMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async attempt(spec: ServiceSpec, revision: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.startContainers(spec, revision, signal);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      console.error(`service "${this.name}":`, error instanceof Error ? error.message : error);
      return false;
    }
  }

  private async endWatch(): Promise<void> {
    const { watch } = this;
    this.watch = undefined;
    watch?.abort.abort();
    await watch?.done;
    this.isReady = false;
  }

  private save(record: ServiceRecord): void {
    writeFileAtomically(this.recordFile(), JSON.stringify(record, null, 2));
  }

  private recordFile(): string {
    return this.deps.paths.at("cloud", "run", `${encodeURIComponent(this.name)}.json`);
  }

  private serially<T>(action: () => Promise<T>): Promise<T> {
    const result = this.last.then(action);
    this.last = result.catch(() => undefined);
    return result;
  }
}

function nextRecord(spec: ServiceSpec, record: ServiceRecord | undefined): ServiceRecord {
  const now = new Date().toISOString();
  const generation = (record?.generation ?? 0) + 1;
  // Three letters, as Cloud Run has them; the same for the same declaration.
  const letters = createHash("sha256").update(spec.digest).digest();
  const suffix = [0, 1, 2].map((index) => "bcdfghjklmnpqrstvwxz".charAt((letters[index] ?? 0) % 20)).join("");
  const numbered = `${spec.name}-${String(generation).padStart(5, "0")}-${suffix}`;
  return {
    uid: record?.uid ?? randomUUID(),
    createTime: record?.createTime ?? now,
    updateTime: now,
    generation,
    revision: spec.revision === "" ? numbered : spec.revision,
    digest: spec.digest,
  };
}
