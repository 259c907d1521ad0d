// A runbook's own commands, run as they stand in it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../local/paths.ts";
import type { LocalStack } from "./local-stack.ts";

/** Lines of the `sh` blocks of docs/runbooks/NAME.md; `console` blocks need Google. */
export function commandsOf(name: string): string[] {
  const text = readFileSync(join(projectRoot, "docs", "runbooks", `${name}.md`), "utf8");
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = ""]) => block.trim().split("\n"));
}

export interface Followed {
  readonly command: string;
  readonly code: number | null;
  readonly output: string;
}

/** Runs each command in order on the stack, to the end or to the first that fails; 2 says that something is pending. */
export async function follow(stack: LocalStack, name: string): Promise<Followed[]> {
  const followed: Followed[] = [];
  for (const line of commandsOf(name)) {
    const command = line.replaceAll("STACK", "local");
    followed.push({ command, ...(await stack.shell(command)) });
    if (followed.at(-1)?.code === 1) break;
  }
  return followed;
}
