// A rotation of the application's password on a local stack, cut off by a kill and repeated.
import { readdirSync, readFileSync } from "node:fs";
import type { Contract } from "../../client/contract.ts";
import type { LocalStack } from "./local-stack.ts";

/** Lines that a whole rotation prints while it changes something: every one is a point to kill it at. */
export const ROTATION_LINES = 16;

/** What a command printed; raises that when it failed. */
export async function succeed(stack: LocalStack, name: string, ...args: string[]): Promise<string> {
  const { code, output } = await stack.run(name, args);
  if (code !== 0) throw new Error(output);
  return output;
}

/** The database's part of the contract before and after, and what the run that ended the rotation printed. */
export async function rotateKilledAfter(stack: LocalStack, line: number) {
  const database = async (): Promise<Contract["database"]> =>
    (JSON.parse(await succeed(stack, "contract")) as Contract).database;
  const before = await database();
  const first = await killAfter(stack, line);
  const output = first.code === 0 ? first.output : await succeed(stack, "rotate");
  return { before, after: await database(), output };
}

/** Runs `rotate` until it has printed so many lines, and kills it with its engine, as a power cut would. */
async function killAfter(stack: LocalStack, line: number): Promise<{ code: number | null; output: string }> {
  let [lines, killed] = [0, false];
  const { child, result } = stack.launch("rotate", [], {}, (text) => {
    lines += text.split("\n").length - 1;
    if (killed || lines < line) return;
    killed = true;
    for (const pid of family(child.pid ?? 0)) process.kill(pid, "SIGKILL");
  });
  return await result;
}

/** The process and its descendants; field 4 of /proc/PID/stat is the parent. */
function family(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const pids = [root];
  for (const parent of pids) pids.push(...[...parents].filter(([, of]) => of === parent).map(([pid]) => pid));
  return pids;
}

/** Every password that the stack's state holds now. */
export async function generatedPasswords(stack: LocalStack): Promise<string[]> {
  const text = await succeed(stack, "pulumi", "stack", "export", "--show-secrets", "--non-interactive");
  const { deployment } = JSON.parse(text) as {
    deployment: { resources: { type: string; outputs?: { result?: { plaintext?: string } } }[] };
  };
  return deployment.resources
    .filter(({ type }) => type === "random:index/randomPassword:RandomPassword")
    .map(({ outputs }) => JSON.parse(outputs?.result?.plaintext ?? '""') as string);
}
