import type { Progress } from "../options.ts";

/** What a step says to people, in one line; "" where there is nothing to say. */
export function formatProgress(progress: Progress): string {
  switch (progress.step) {
    case "starting":
      return "";
    case "done":
      return `${progress.file}: done in ${String(progress.durationMs)} ms`;
    case "running": {
      const age = `${progress.file}: runs for ${String(Math.round(progress.ageMs / 1000))} s`;
      return progress.message === "" ? age : `${age}, ${progress.message}`;
    }
    case "retrying":
      return `${progress.file}: ${progress.message}`;
    case "waiting":
      return progress.message;
    default:
      return progress satisfies never;
  }
}
