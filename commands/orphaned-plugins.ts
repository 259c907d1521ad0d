// A killed engine leaves its plugins behind: Node's dynamic providers never notice, the language host only after minutes.
import { readdirSync, readFileSync } from "node:fs";
import type { LocalPaths } from "../local/paths.ts";
import { isFree } from "../local/ports.ts";

const plugin = /\/(?:pulumi-language-nodejs|pulumi-resource-[a-z-]+|cmd\/dynamic-provider\/index\.js)$/;

/** Ends the plugins of this stack whose engine answers no more. Work that one is in the middle of is as safe as after a kill. */
export async function endOrphanedPlugins(paths: LocalPaths): Promise<void> {
  for (const name of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!fieldsOf(name, "environ").includes(`MUSIC_LIBRARY_LOCAL_DIR=${paths.root}`)) continue;
    const command = fieldsOf(name, "cmdline");
    const engine = command.find((argument) => /^127\.0\.0\.1:\d+$/.test(argument));
    if (engine === undefined || !command.some((argument) => plugin.test(argument))) continue;
    if (await isFree(Number(engine.split(":")[1]))) end(Number(name));
  }
}

function fieldsOf(pid: string, file: "environ" | "cmdline"): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
  } catch {
    // Gone by now, or another user's.
    return [];
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It ended by itself.
  }
}
