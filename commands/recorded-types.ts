// Resource types of the stack that the local cloud only checks and keeps: said aloud, because the local cloud never pretends.
import { runningDaemon } from "../local/control.ts";
import { LocalPaths } from "../local/paths.ts";
import { ResourceStore } from "../local/store.ts";
import { localStack } from "./stack-environment.ts";

/** The declared types without an effect on this machine, each with what is not there; none for a stack in Google Cloud. */
export function recordedTypes(stack: string, paths: LocalPaths = new LocalPaths()): Record<string, string> {
  if (stack !== localStack) return {};
  const store = new ResourceStore(paths);
  const notes = Object.entries(runningDaemon(paths)?.recordedTypes ?? {});
  return Object.fromEntries(notes.filter(([type]) => store.list(type).length > 0));
}

/** One sentence for people. */
export function recordedLine(types: Readonly<Record<string, string>>): string {
  const listed = Object.entries(types).map(([type, note]) => `${type.split(":").at(-1) ?? type} (${note})`);
  return `without effect here, only checked and kept: ${listed.join(", ")}`;
}
