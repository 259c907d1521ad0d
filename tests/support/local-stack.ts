// A local stack of its own for tests: the real commands, the real engine, in a folder beside the developer's, gone at the end.
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stopCloud } from "../../local/control.ts";
import { LocalPaths, projectRoot } from "../../local/paths.ts";

export interface CommandResult {
  readonly code: number | null;
  /** Both streams in order. */
  readonly output: string;
}

const listeners = [
  ...["identity", "secret-manager", "storage", "management", "provider/gcp", "provider/random"],
  ...["sql/loist-music-library-db", "pooler/loist-music-library-tracks"],
];

/** Above the well-known ones and below those of outgoing connections. */
function anyPort(): number {
  return randomInt(20_000, 32_768);
}

export class LocalStack {
  readonly paths: LocalPaths;
  private readonly root: string;
  private readonly env: NodeJS.ProcessEnv;

  /** `root` is the project whose commands are run: this one, or a copy that a test may change. */
  constructor(extra: NodeJS.ProcessEnv = {}, root = projectRoot) {
    this.root = root;
    const shared = new LocalPaths();
    this.paths = new LocalPaths(mkdtempSync(join(shared.folder("tests"), "stack-")));
    // The tools are built once a checkout, and so is what Node has compiled.
    for (const name of ["tools", "cache"]) symlinkSync(shared.folder(name), join(this.paths.root, name));
    // Chosen before they are listened on: another stack that starts meanwhile would choose the same.
    const ports = Object.fromEntries(listeners.map((name) => [name, anyPort()]));
    writeFileSync(join(this.paths.root, "ports.json"), JSON.stringify(ports));
    // jest runs with module flags of its own, which the commands must not inherit.
    this.env = { ...process.env, ...extra, NODE_OPTIONS: "", MUSIC_LIBRARY_LOCAL_DIR: this.paths.root };
  }

  /** Runs `commands/NAME.ts` to its end, whatever its exit code. */
  async run(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
    return await this.launch(name, args, env).result;
  }

  /** Starts `commands/NAME.ts`; `onOutput` hears of every piece it prints. */
  launch(
    name: string,
    args: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
    onOutput: (text: string) => void = () => undefined,
  ) {
    return this.started([process.execPath, join(this.root, "commands", `${name}.ts`), ...args], env, onOutput);
  }

  /** Runs a line as it stands in the documentation, as `npm run verify -- --stack local`. */
  async shell(line: string): Promise<CommandResult> {
    return await this.started(["sh", "-c", line], {}, () => undefined).result;
  }

  private started(
    [program = "", ...args]: readonly string[],
    env: NodeJS.ProcessEnv,
    onOutput: (text: string) => void,
  ) {
    const child = spawn(program, args, {
      cwd: this.root,
      env: { ...this.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        onOutput(text);
      });
    }
    const result = once(child, "close").then(([code]): CommandResult => ({ code: code as number | null, output }));
    return { child, result };
  }

  /** All text files below a folder of the stack, joined: what a secret must not stand in. */
  textBelow(...parts: string[]): string {
    const folder = join(this.paths.root, ...parts);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")).join("\n");
  }

  async remove(): Promise<void> {
    await stopCloud(this.paths);
    rmSync(this.paths.root, { recursive: true, force: true });
  }
}
