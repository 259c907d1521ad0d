// The backups of the instances of this machine: base backups, on demand and daily, with the archived log that brings them forward
// to a named second. What is kept is what the instance declares.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import { z } from "zod";
import { writeFileAtomically } from "../store.ts";
import { type BaseBackup, takeBaseBackup } from "./base-backup.ts";
import type { ClusterFiles } from "./cluster-files.ts";
import { pruneArchive } from "./log-archive.ts";

const dayMs = 86_400_000;

export interface BackupPolicy {
  readonly enabled: boolean;
  readonly pointInTimeRecovery: boolean;
  /** Daily backups that are kept. */
  readonly retained: number;
  /** Days of the log that are kept. */
  readonly logDays: number;
}

const backupRun = z.object({
  /** As Google's: milliseconds since 1970 at the time of the request. */
  id: z.string(),
  type: z.enum(["AUTOMATED", "ON_DEMAND"]),
  status: z.enum(["RUNNING", "SUCCESSFUL", "FAILED"]),
  description: z.string(),
  /** RFC 3339, as both times. */
  startTime: z.string(),
  endTime: z.string().optional(),
  timeline: z.number().optional(),
  firstSegment: z.string().optional(),
  problem: z.string().optional(),
});
export type BackupRun = z.infer<typeof backupRun>;
export type SuccessfulRun = BackupRun & { endTime: string; timeline: number; firstSegment: string };

interface BackupsArgs {
  readonly files: (instance: string) => ClusterFiles;
  readonly login: (instance: string) => pg.ClientConfig;
  readonly clock: () => number;
}

/** There is no such backup, or none that leads to the time asked for. */
export class NoBackupError extends Error {
  override readonly name = "NoBackupError";
}

export class Backups {
  private readonly args: BackupsArgs;
  private readonly running = new Map<string, Promise<BackupRun>>();
  private lastId = 0;

  constructor(args: BackupsArgs) {
    this.args = args;
  }

  /** All runs of an instance, the newest first. */
  list(instance: string): BackupRun[] {
    const { backups } = this.args.files(instance);
    const files = readdirOrNothing(backups).filter((file) => file.endsWith(".json"));
    const runs = files.map((file) => backupRun.parse(JSON.parse(readFileSync(join(backups, file), "utf8"))));
    // A run of a local cloud that was killed meanwhile never ends.
    const ended = runs.map((run) =>
      run.status === "RUNNING" && !this.running.has(instance) ? { ...run, status: "FAILED" as const } : run,
    );
    return ended.sort((a, b) => Number(b.id) - Number(a.id));
  }

  get(instance: string, id: string): BackupRun | undefined {
    return this.list(instance).find((run) => run.id === id);
  }

  /** The folder of a base backup. Throws NoBackupError where it is not there. */
  folder(instance: string, id: string): string {
    const run = this.get(instance, id);
    if (run?.status !== "SUCCESSFUL") {
      throw new NoBackupError(
        `backup "${id}" of instance "${instance}": is not there or did not succeed; expected one of its list.`,
      );
    }
    return join(this.args.files(instance).backups, id);
  }

  /** Takes one; one at a time, as Google. `run` is known at once, `ended` when the copy is there or has failed. */
  begin(instance: string, type: BackupRun["type"], description = ""): { run: BackupRun; ended: Promise<BackupRun> } {
    this.lastId = Math.max(this.args.clock(), this.lastId + 1);
    const startTime = new Date(this.args.clock()).toISOString();
    const run: BackupRun = { id: String(this.lastId), type, status: "RUNNING", description, startTime };
    this.record(instance, run);
    const before = this.running.get(instance) ?? Promise.resolve();
    const ended = before.then(
      async () => await this.take(instance, run),
      async () => await this.take(instance, run),
    );
    this.running.set(instance, ended);
    const forget = (): void => {
      if (this.running.get(instance) === ended) this.running.delete(instance);
    };
    ended.then(forget, forget);
    return { run, ended };
  }

  /** Resolves when no backup of the instance is being taken. */
  async settled(instance: string): Promise<void> {
    await this.running.get(instance)?.catch(() => undefined);
  }

  /** Takes the daily backup where it is due, or the first one that the declared recovery needs; then drops what is not kept. */
  async keepUp(instance: string, policy: BackupPolicy): Promise<void> {
    if (!policy.enabled) return;
    const restored = this.args.files(instance).record?.restoreTime ?? "";
    const newest = this.successful(instance)[0];
    const isDue = newest === undefined || newest.endTime < restored || this.ageMs(newest) > dayMs;
    if (isDue && !this.running.has(instance)) await this.begin(instance, "AUTOMATED").ended;
    this.prune(instance, policy);
  }

  remove(instance: string, id: string): void {
    const { backups } = this.args.files(instance);
    rmSync(join(backups, `${id}.json`), { force: true });
    rmSync(join(backups, id), { recursive: true, force: true });
  }

  /** The base backup from which a time is reached. Throws NoBackupError with the earliest time that can be. */
  latestBefore(instance: string, time: Date): SuccessfulRun {
    const wanted = time.toISOString();
    const restored = this.args.files(instance).record?.restoreTime;
    // After a restore the instance's history is another one: a backup from before leads to the former history only.
    const runs = this.successful(instance).filter(
      ({ endTime }) => restored === undefined || wanted < restored || endTime >= restored,
    );
    const found = runs.find(({ endTime }) => endTime <= wanted);
    if (found !== undefined) return found;
    const earliest = runs.at(-1)?.endTime;
    throw new NoBackupError(
      `instance "${instance}": cannot be brought back to ${wanted}; expected ${earliest === undefined ? "a backup, and there is none yet" : `${earliest} or later`}. Choose another time.`,
    );
  }

  /** The successful ones, the newest first. */
  successful(instance: string): SuccessfulRun[] {
    return this.list(instance).flatMap((run) => {
      const { status, endTime, timeline, firstSegment } = run;
      const isWhole = endTime !== undefined && timeline !== undefined && firstSegment !== undefined;
      return status === "SUCCESSFUL" && isWhole ? [{ ...run, endTime, timeline, firstSegment }] : [];
    });
  }

  /** Drops daily backups beyond the number declared, and the log that no time within its days needs. */
  prune(instance: string, policy: BackupPolicy): void {
    const daily = this.list(instance).filter(({ type, status }) => type === "AUTOMATED" && status !== "RUNNING");
    const whole = daily.filter(({ status }) => status === "SUCCESSFUL");
    const kept = new Set([...whole.slice(0, policy.retained), ...daily.slice(0, 1)].map(({ id }) => id));
    for (const { id } of daily.filter((run) => !kept.has(run.id))) this.remove(instance, id);
    const left = this.successful(instance);
    if (left.length === 0) return;
    const reach = left.find((run) => this.ageMs(run) >= policy.logDays * dayMs) ?? left.at(-1);
    pruneArchive(this.args.files(instance).archive, policy.pointInTimeRecovery ? reach?.firstSegment : undefined);
  }

  private ageMs({ endTime }: SuccessfulRun): number {
    return this.args.clock() - Date.parse(endTime);
  }

  private async take(instance: string, run: BackupRun): Promise<BackupRun> {
    const files = this.args.files(instance);
    const folder = join(files.backups, run.id);
    let ended: BackupRun;
    try {
      const taken: BaseBackup = await takeBaseBackup(
        this.args.login(instance),
        `backup ${run.id}`,
        files.serverFolder(folder),
      );
      ended = { ...run, ...taken, status: "SUCCESSFUL", endTime: this.now() };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      rmSync(folder, { recursive: true, force: true });
      ended = { ...run, status: "FAILED", endTime: this.now(), problem };
    }
    // An instance that has gone meanwhile takes its backups along.
    if (files.record !== undefined) this.record(instance, ended);
    return ended;
  }

  private now(): string {
    return new Date(this.args.clock()).toISOString();
  }

  private record(instance: string, run: BackupRun): void {
    const { backups } = this.args.files(instance);
    mkdirSync(backups, { recursive: true, mode: 0o700 });
    writeFileAtomically(join(backups, `${run.id}.json`), JSON.stringify(run, null, 2));
  }
}

function readdirOrNothing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
