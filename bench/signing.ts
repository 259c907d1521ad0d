// Signing beside what bounds it: a bare crypto.sign, OpenSSL's own speed test, and Google's library, in turn on one core.
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";

/** Prints a table; asserts nothing, for machines differ. */
export async function benchSigning(say: (line: string) => void): Promise<void> {
  const script = join(import.meta.dirname, "signing-contestant.ts");
  const pinned = spawnSync("taskset", ["--version"]).status === 0;
  const command = [...(pinned ? ["taskset", "-c", "0"] : []), process.execPath, "--expose-gc", script];
  const [program = "", ...args] = command;
  say(
    pinned ? "on one core, by processor time, medians of rounds in turn" : "not pinned to a core: taskset is not there",
  );
  say(execFileSync(program, args, { encoding: "utf8" }).trimEnd());
  return Promise.resolve();
}
