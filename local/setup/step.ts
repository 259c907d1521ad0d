// A step of the set-up: says what it does, shows that it is alive, and leaves its output in a log of its own.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { LocalPaths } from "../paths.ts";

const execFileAsync = promisify(execFile);

/** The set-up cannot go on by itself; the message is the sentence that the user needs. */
export class SetUpError extends Error {
  override readonly name = "SetUpError";
}

export class Step {
  private readonly paths: LocalPaths;
  private readonly title: string;
  private readonly say: (line: string) => void;

  constructor(paths: LocalPaths, title: string, say: (line: string) => void) {
    this.paths = paths;
    this.title = title;
    this.say = say;
  }

  note(line: string): void {
    this.say(`set-up: ${this.title}: ${line}`);
  }

  /** Runs a program to its end, output to the step's log; a sign of life every ten seconds. Rejects with the log's end. */
  async run(
    program: string,
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv; what: string; timeoutMs?: number },
  ): Promise<void> {
    const logFile = this.logFile();
    const log = openSync(logFile, "a", 0o600);
    const started = Date.now();
    const alive = setInterval(() => {
      this.note(`${options.what} … ${Math.round((Date.now() - started) / 1000)} s`);
    }, 10_000);
    try {
      const child = spawn(program, [...args], {
        cwd: options.cwd,
        env: options.env ?? process.env,
        stdio: ["ignore", log, log],
        ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: "SIGKILL" }),
      });
      const [code] = (await Promise.race([
        once(child, "exit"),
        once(child, "error").then(([error]) => Promise.reject(error as Error)),
      ])) as [number | null];
      if (code !== 0) {
        const tail = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-8).join("\n  ");
        throw new Error(`${options.what}: ended with ${code ?? "a signal"}; the end of ${logFile}:\n  ${tail}`);
      }
    } finally {
      clearInterval(alive);
      closeSync(log);
    }
  }

  private logFile(): string {
    return this.paths.at("logs", `set-up-${this.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.log`);
  }
}

/** What a program prints, or undefined when it is missing or fails. */
export async function outputOf(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await execFileAsync(program, [...args], { env, timeout: 60_000 });
    return stdout === "" ? stderr : stdout;
  } catch {
    return undefined;
  }
}
