// Long-lived processes of the local cloud (PostgreSQL, PgBouncer, the application). They outlive the process that started
// them and are found again by pid and start time, so that a killed or renewed local cloud adopts them instead of doubling them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalPaths } from "./paths.ts";
import { writeFileAtomically } from "./store.ts";
import { unprivileged } from "./unprivileged.ts";

export interface ProcessSpec {
  /** Unique name, e.g. `postgres/loist-music-library-db`. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Standard output and error are appended here. */
  readonly logFile: string;
  /** Runs without root's rights when this process is root. */
  readonly unprivileged: boolean;
}

interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  /** Start time from the process table: a reused pid has another one. */
  readonly startTime: string;
}

export class Processes {
  private readonly folder: string;

  constructor(paths: LocalPaths) {
    this.folder = paths.folder("cloud", "processes");
  }

  /** The pid of the process recorded under `name` while it lives. */
  running(name: string): number | undefined {
    const record = this.record(name);
    return record !== undefined && startTimeOf(record.pid) === record.startTime ? record.pid : undefined;
  }

  /** All names with a record, alive or not. */
  names(): string[] {
    return readdirSync(this.folder)
      .filter((file) => file.endsWith(".json"))
      .map((file) => decodeURIComponent(file.slice(0, -".json".length)));
  }

  /** Starts the process, or adopts the one that runs under this name. Resolves once it is spawned, not once it is ready. */
  async start(spec: ProcessSpec): Promise<number> {
    const adopted = this.running(spec.name);
    if (adopted !== undefined) return adopted;
    const command = spec.unprivileged ? unprivileged(spec.program, spec.args) : spec;
    const log = openSync(spec.logFile, "a", 0o600);
    try {
      const child = spawn(command.program, [...command.args], {
        cwd: spec.cwd,
        env: { ...spec.env },
        stdio: ["ignore", log, log],
        detached: true,
      });
      child.on("error", () => undefined);
      await once(child, "spawn");
      child.unref();
      const pid = child.pid;
      if (pid === undefined) throw new Error(`process "${spec.name}": was not started`);
      const record: ProcessRecord = { name: spec.name, pid, startTime: startTimeOf(pid) ?? "" };
      writeFileAtomically(this.file(spec.name), JSON.stringify(record));
      return pid;
    } finally {
      closeSync(log);
    }
  }

  /** Sends `signal`, waits at most `timeoutMs`, then kills. Resolves when the process is gone. */
  async stop(
    name: string,
    { signal = "SIGTERM", timeoutMs = 10_000 }: { signal?: NodeJS.Signals; timeoutMs?: number } = {},
  ): Promise<void> {
    const pid = this.running(name);
    if (pid !== undefined) {
      sendSignal(pid, signal);
      for (const deadline = Date.now() + timeoutMs; this.running(name) !== undefined;) {
        if (Date.now() > deadline) sendSignal(pid, "SIGKILL");
        await sleep(20);
      }
    }
    rmSync(this.file(name), { force: true });
  }

  private record(name: string): ProcessRecord | undefined {
    const file = this.file(name);
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ProcessRecord) : undefined;
  }

  private file(name: string): string {
    return join(this.folder, `${encodeURIComponent(name)}.json`);
  }
}

/** Signals a process of ours; one that has ended since it was looked at needs no signal any more. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Field 22 of /proc/PID/stat; undefined when the process is gone or a zombie. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
