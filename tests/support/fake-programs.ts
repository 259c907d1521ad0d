// Programs that a workflow's step calls, replaced by scripts that write down their calls and answer as a test says.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { projectRoot } from "../../local/paths.ts";

const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

/**
 * `npm run` without npm, whose own start takes a second: the script that package.json names, with the packages' programs first
 * on PATH. Every other command of npm is answered as a test says.
 */
const npm = (answering: string): string => `#!/usr/bin/env bash
set -euo pipefail
if [ "$1" != run ]; then exec ${answering} "$@"; fi
shift
while [[ "$1" == --* ]]; do shift; done
name=$1; shift
if [ "\${1-}" = -- ]; then shift; fi
PATH="$PWD/node_modules/.bin:$PATH"
case "$name" in
${Object.entries(scripts)
  .map(([name, script]) => `  ${name}) exec ${/^[\w ./-]+$/.test(script) ? script : "false"} "$@" ;;`)
  .join("\n")}
  *) echo "Missing script: $name" >&2; exit 1 ;;
esac
`;

interface Answer {
  /** What the call's arguments begin with or contain. */
  readonly when: string;
  readonly stdout?: string;
  readonly code?: number;
}

const script = (folder: string, program: string): string => `#!/usr/bin/env node
const fs = require("node:fs");
const args = process.argv.slice(2);
const line = [${JSON.stringify(program)}, ...args].join(" ");
const input = args.includes("--password-stdin") ? " < " + fs.readFileSync(0, "utf8") : "";
fs.appendFileSync(${JSON.stringify(join(folder, "calls"))}, line + input + "\\n");
const answers = JSON.parse(fs.readFileSync(${JSON.stringify(join(folder, "answers.json"))}, "utf8"));
const answer = answers.find(({ when }) => line.includes(when)) ?? {};
process.stdout.write(answer.stdout ?? "");
process.exitCode = answer.code ?? 0;
`;

export class FakePrograms {
  private readonly folder: string;

  constructor(folder: string, programs: readonly string[]) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "commonjs" }));
    for (const program of programs) this.write(program, script(folder, program));
    this.write("npm-answers", script(folder, "npm"));
    this.write("npm", npm(join(folder, "npm-answers")));
    this.answer([]);
  }

  private write(program: string, text: string): void {
    writeFileSync(join(this.folder, program), text);
    chmodSync(join(this.folder, program), 0o755);
  }

  /** PATH with the programs first. */
  get path(): string {
    return [this.folder, process.env["PATH"] ?? ""].join(delimiter);
  }

  answer(answers: readonly Answer[]): void {
    writeFileSync(join(this.folder, "answers.json"), JSON.stringify(answers));
    rmSync(join(this.folder, "calls"), { force: true });
  }

  /** Every call since the last `answer`, in order. */
  get calls(): string[] {
    const file = join(this.folder, "calls");
    return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  }
}
