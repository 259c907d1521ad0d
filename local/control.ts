// Starting and stopping the local cloud from outside: one daemon a folder, found again by pid and start time.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, openSync, closeSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LocalPaths, projectRoot } from "./paths.ts";
import { Processes, sendSignal, startTimeOf } from "./processes.ts";

/** Where the local cloud answers; all on 127.0.0.1. */
export interface CloudAddresses {
  /** Ports of the provider protocol, one a package. */
  readonly providers: { readonly gcp: number; readonly random: number };
  readonly storage: string;
  readonly iamCredentials: string;
  readonly secretManager: string;
  /** Answers for Cloud SQL's Admin API and for the resource manager. */
  readonly management: string;
  /** Credential file of the operator, for GOOGLE_APPLICATION_CREDENTIALS. */
  readonly operatorCredentials: string;
}

/** What the daemon leaves for others once it answers. */
export interface DaemonRecord {
  readonly pid: number;
  readonly startTime: string;
  /** Digest of the code it runs; another one means that it must be renewed. */
  readonly code: string;
  readonly addresses: CloudAddresses;
  /** What is checked and kept here without an effect, in whole or in part: type token -> what is not there. */
  readonly withoutEffect: Readonly<Record<"whole" | "inPart", Readonly<Record<string, string>>>>;
}

const startDeadlineMs = 60_000;

/** The running daemon's record, or undefined. */
export function runningDaemon(paths: LocalPaths): DaemonRecord | undefined {
  const file = daemonFile(paths);
  if (!existsSync(file)) return undefined;
  const record = JSON.parse(readFileSync(file, "utf8")) as DaemonRecord;
  return startTimeOf(record.pid) === record.startTime ? record : undefined;
}

export function daemonFile(paths: LocalPaths): string {
  return paths.at("cloud", "daemon.json");
}

/**
 * Makes sure that the local cloud runs with today's code and answers; servers that already run are adopted, not restarted.
 * Raises an error with the end of its log where it does not come up.
 */
export async function ensureCloud(paths: LocalPaths): Promise<DaemonRecord> {
  const running = runningDaemon(paths);
  if (running?.code === codeDigest()) return running;
  if (running !== undefined) await stopDaemon(paths);
  rmSync(daemonFile(paths), { force: true });
  const logFile = paths.at("logs", "local-cloud.log");
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "daemon.ts"), paths.root],
    {
      cwd: projectRoot,
      env: daemonEnvironment(),
      stdio: ["ignore", log, log],
      detached: true,
    },
  );
  closeSync(log);
  child.unref();
  for (const deadline = Date.now() + startDeadlineMs; ;) {
    await sleep(50);
    const record = runningDaemon(paths);
    if (record !== undefined) return record;
    if (child.exitCode !== null || Date.now() > deadline) {
      const tail = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-12).join("\n  ");
      throw new Error(`local cloud: did not come up; the end of ${logFile}:\n  ${tail}`);
    }
  }
}

/** Stops the daemon alone; PostgreSQL, PgBouncer and the applications go on. */
export async function stopDaemon(paths: LocalPaths): Promise<void> {
  const record = runningDaemon(paths);
  if (record === undefined) return;
  sendSignal(record.pid, "SIGTERM");
  for (const deadline = Date.now() + 15_000; startTimeOf(record.pid) === record.startTime;) {
    await sleep(20);
    if (Date.now() > deadline) sendSignal(record.pid, "SIGKILL");
  }
}

/** Stops everything: the daemon first, so that it starts nothing again, then the applications, then PostgreSQL. */
export async function stopCloud(paths: LocalPaths): Promise<string[]> {
  await stopDaemon(paths);
  const processes = new Processes(paths);
  const isDatabase = (name: string): boolean => name.startsWith("postgres/");
  const names = processes.names().filter((name) => processes.running(name) !== undefined);
  await Promise.all(names.filter((name) => !isDatabase(name)).map((name) => processes.stop(name)));
  // SIGINT is PostgreSQL's fast shutdown: sessions are ended, nothing needs recovery.
  await Promise.all(
    names.filter(isDatabase).map((name) => processes.stop(name, { signal: "SIGINT", timeoutMs: 60_000 })),
  );
  return names;
}

/** Nothing of the user's credentials reaches the daemon. */
function daemonEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR, MUSIC_LIBRARY_GRANT_DELAY_MS } = process.env;
  return { PATH, HOME, LANG, TMPDIR, MUSIC_LIBRARY_GRANT_DELAY_MS };
}

/** Digest over the code of local/, so that a changed checkout renews the daemon. */
export function codeDigest(): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).sort()) {
    if (/\.(ts|mjs|json)$/.test(name)) hash.update(name).update(readFileSync(join(import.meta.dirname, name)));
  }
  return hash.digest("hex");
}
