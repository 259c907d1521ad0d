// A runbook's own commands, run as they stand in it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../local/paths.ts";
import type { LocalStack } from "./local-stack.ts";

/** Lines of the `sh` blocks of docs/runbooks/NAME.md; `console` blocks need Google. */
export function commandsOf(name: string): string[] {
  return shellLines(join("docs", "runbooks", `${name}.md`));
}

/** Lines of the `sh` blocks of a document. */
export function shellLines(file: string): string[] {
  const text = readFileSync(join(projectRoot, file), "utf8");
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = ""]) => block.trim().split("\n"));
}

export interface Followed {
  readonly command: string;
  readonly code: number | null;
  readonly output: string;
}

/** What the reader puts in for words in capitals; STACK is the local one. */
type Values = Readonly<Record<string, string>>;

/** Runs one line on the stack. */
export async function followed(stack: LocalStack, line: string, values: Values = {}): Promise<Followed> {
  const given = Object.entries({ STACK: "local", ...values });
  const command = given.reduce((text, [word, value]) => text.replaceAll(word, value), line);
  return { command, ...(await stack.shell(command)) };
}

/** Runs each command in order on the stack, to the end or to the first that fails; 2 says that something is pending. */
export async function follow(stack: LocalStack, name: string, values: Values = {}): Promise<Followed[]> {
  const all: Followed[] = [];
  const started = Date.now();
  for (const line of commandsOf(name)) {
    all.push(await followed(stack, line, values));
    if (all.at(-1)?.code === 1) break;
  }
  // How long it takes is for people to know, and differs by machine.
  process.stderr.write(`runbook ${name}: ${all.length} commands in ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
  return all;
}
