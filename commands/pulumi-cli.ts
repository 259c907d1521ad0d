// Calling the Pulumi command line: quietly for an answer, or with its output shown.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { StackEnvironment } from "./stack-environment.ts";

/** Pulumi ended with an error; `output` is what it printed. */
export class PulumiError extends Error {
  override readonly name = "PulumiError";
  readonly output: string;
  /** What it printed on its standard output alone. */
  readonly printed: string;

  constructor(args: readonly string[], code: number | null, { output, printed }: { output: string; printed: string }) {
    super(`pulumi ${args.join(" ")}: ended with ${code ?? "a signal"}\n${output.trim()}`);
    this.output = output;
    this.printed = printed;
  }
}

/** What the command prints; both streams, in order, reach `onOutput` while it runs. Raises PulumiError. */
export async function pulumi(
  environment: StackEnvironment,
  args: readonly string[],
  options: { onOutput?: (text: string) => void; signal?: AbortSignal } = {},
): Promise<string> {
  const child = spawn("pulumi", [...args, "--non-interactive"], {
    cwd: environment.cwd,
    env: environment.env,
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  let stdout = "";
  let all = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    all += text;
    options.onOutput?.(text);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    all += text;
    options.onOutput?.(text);
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new PulumiError(args, code, { output: all, printed: stdout });
  return stdout;
}

/** The ordinary command line with the terminal given through; resolves with its exit code. */
export async function pulumiInteractive(environment: StackEnvironment, args: readonly string[]): Promise<number> {
  // The program leaves its debug messages unsent where nobody reads them (local/program-runner.cjs).
  const debug = args.some((arg) => arg === "--debug" || arg === "-d") ? { MUSIC_LIBRARY_DEBUG: "1" } : {};
  const env = { ...environment.env, ...debug };
  const child = spawn("pulumi", [...args], { cwd: environment.cwd, env, stdio: "inherit" });
  const ignore = (): void => undefined;
  // Ctrl-C reaches Pulumi itself; this process waits for it to end in order.
  process.on("SIGINT", ignore);
  const [code] = (await once(child, "exit")) as [number | null];
  process.off("SIGINT", ignore);
  return code ?? 1;
}
