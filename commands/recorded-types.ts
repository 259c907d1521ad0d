// Resource types of the stack that the local cloud only checks and keeps: said aloud, because the local cloud never pretends.
import { runningDaemon } from "../local/control.ts";
import type { LocalPaths } from "../local/paths.ts";
import { ResourceStore } from "../local/store.ts";

/** The declared types without an effect on this machine. */
export function recordedTypes(paths: LocalPaths): string[] {
  const store = new ResourceStore(paths);
  return (runningDaemon(paths)?.recordedTypes ?? []).filter((type) => store.list(type).length > 0);
}
