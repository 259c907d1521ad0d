// The postmaster of one cluster: started until it takes logins, stopped, and found again after a crash or a reboot.
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isFree } from "../ports.ts";
import { type Processes, sendSignal } from "../processes.ts";
import { writeFileAtomically } from "../store.ts";
import { postgresBinary } from "./binaries.ts";
import type { ClusterFiles } from "./cluster-files.ts";
import { postgresWords } from "./flag-values.ts";
import { portHolder } from "./port-holder.ts";
import { serverSettings } from "./server-settings.ts";

/** Recovery after a crash replays the log: that takes its time with much data. */
const startTimeoutMs = 10 * 60_000;
const stopTimeoutMs = 60_000;

/** A server that does not come up; the message carries PostgreSQL's own words. */
export class ServerStartError extends Error {
  override readonly name = "ServerStartError";
}

export class ServerProcess {
  private readonly name: string;
  private readonly files: ClusterFiles;
  private readonly processes: Processes;

  constructor(name: string, files: ClusterFiles, processes: Processes) {
    this.name = name;
    this.files = files;
    this.processes = processes;
  }

  get running(): boolean {
    return this.processes.running(this.processName) !== undefined;
  }

  /**
   * Returns once the server takes logins; at once when it already does. `settings` hold for this one start: how data that came
   * from a backup is recovered, and until when; it then takes logins when that is done. Throws ServerStartError.
   */
  async start(port: number, settings: Readonly<Record<string, string>> = {}): Promise<void> {
    if (this.running) {
      await this.ready(0);
      return;
    }
    await this.endOrphans();
    if (!(await isFree(port))) {
      throw new ServerStartError(
        `instance "${this.name}": its port is taken (${port}, by ${portHolder(port)}); expected it free, because the stack's configuration names it. Stop that program and start again.`,
      );
    }
    writeFileAtomically(this.files.settings, serverSettings(port, this.files));
    const logged = existsSync(this.files.log) ? statSync(this.files.log).size : 0;
    await this.processes.start({
      name: this.processName,
      program: postgresBinary("postgres"),
      args: [
        ...["-D", this.files.data, "-c", `config_file=${this.files.settings}`],
        ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      ],
      cwd: this.files.folder,
      env: { LC_ALL: "C.UTF-8", TZ: "UTC" },
      logFile: this.files.log,
      unprivileged: true,
    });
    await this.ready(logged);
  }

  /** PostgreSQL's fast shutdown: sessions are ended, everything is written. */
  async stop(): Promise<void> {
    await this.processes.stop(this.processName, { signal: "SIGINT", timeoutMs: stopTimeoutMs });
    await this.endOrphans();
  }

  private get processName(): string {
    return `postgres/${this.name}`;
  }

  /** The last line of `postmaster.pid` says `ready`, or `standby` where the server follows another, as `pg_ctl` reads it. */
  private async ready(logged: number): Promise<void> {
    const pidFile = join(this.files.data, "postmaster.pid");
    const awaited = this.files.isStandby ? ["ready", "standby"] : ["ready"];
    for (const deadline = Date.now() + startTimeoutMs; Date.now() < deadline;) {
      const pid = this.processes.running(this.processName);
      if (pid === undefined) {
        const log = readFileSync(this.files.log).subarray(logged).toString("utf8");
        throw new ServerStartError(`instance "${this.name}": PostgreSQL does not start: ${postgresWords(log)}`);
      }
      const lines = existsSync(pidFile) ? readFileSync(pidFile, "utf8").split("\n") : [];
      if (Number(lines[0]) === pid && awaited.includes(lines[7]?.trim() ?? "")) return;
      await sleep(20);
    }
    throw new ServerStartError(
      `instance "${this.name}": PostgreSQL takes no logins yet (${startTimeoutMs / 1000} s after its start); expected it ready. See ${this.files.log}.`,
    );
  }

  /**
   * After the postmaster was killed its children leave by themselves, unless they compute; and a postmaster whose record was lost
   * still serves. Both are recognised by their working folder and ended before another postmaster takes over the data.
   * A `postmaster.pid` that is left then is stale, whoever has its number by now.
   */
  private async endOrphans(): Promise<void> {
    const startedAt = Date.now();
    for (let orphans = processesIn(this.files.data); orphans.length > 0; orphans = processesIn(this.files.data)) {
      const waitedMs = Date.now() - startedAt;
      for (const pid of orphans) sendSignal(pid, waitedMs < 10_000 ? "SIGINT" : "SIGKILL");
      await sleep(100);
    }
    rmSync(join(this.files.data, "postmaster.pid"), { force: true });
  }
}

/** Pids of the processes that work in a folder, as every process of a PostgreSQL server does in its data folder. */
function processesIn(folder: string): number[] {
  if (!existsSync("/proc/self/cwd") || !existsSync(folder)) return [];
  const wanted = realpathSync(folder);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === wanted && pid !== String(process.pid);
      } catch {
        return false;
      }
    })
    .map(Number);
}
