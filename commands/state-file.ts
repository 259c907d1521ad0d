// The checkpoint of the local stack in the engine's file backend, and what a killed engine may have done to it.
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LocalPaths } from "../local/paths.ts";
import { localStack } from "./stack-environment.ts";

export function stateFile(paths: LocalPaths): string {
  return join(paths.folder("state"), ".pulumi", "stacks", "music-library", `${localStack}.json`);
}

/** Makes the state readable after a kill or a power cut in the middle of a write. Harmless while an engine is at work. */
export function recoverState(paths: LocalPaths): void {
  const file = stateFile(paths);
  // The backend writes a file's attributes beside it, and a half-written one makes it refuse the file. They hold nothing.
  const folder = dirname(file);
  const attributes = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".attrs")) : [];
  for (const broken of attributes.map((name) => join(folder, name)).filter((path) => !isWhole(path))) rmSync(broken);
  // The checkpoint before the last event, which stands in it as under way.
  const backup = `${file}.bak`;
  if (isWhole(file) || !isWhole(backup)) return;
  copyFileSync(backup, `${file}.restored`);
  renameSync(`${file}.restored`, file);
}

/** A killed engine leaves the lock of its backend behind; callers hold the lock of `npm start`, so nobody else is at work. */
export function releaseStaleLocks(paths: LocalPaths): void {
  rmSync(join(paths.folder("state"), ".pulumi", "locks"), { recursive: true, force: true });
}

function isWhole(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}
