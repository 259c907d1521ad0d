import { withSignals } from "../../migrator/run/signals.ts";
import type { UpResult } from "../../migrator/up.ts";
import { upToDate } from "../../migrator/up-to-date.ts";
import { databaseOf, foldersOf } from "./database.ts";
import type { Answer, Invocation } from "./invocation.ts";

/** Loads the engine and parses the files only when there may be something to run. */
export async function broughtUp(invocation: Invocation): Promise<Answer> {
  const folders = foldersOf(invocation);
  return await withSignals(async (signal) => {
    const options = await databaseOf(invocation, { reads: false, signal });
    const nothing = await upToDate(options, folders);
    if (nothing !== null) return answer(nothing);
    const { loadMigrations } = await import("../../migrator/files/load.ts");
    const { up } = await import("../../migrator/up.ts");
    return answer(await up(options, await loadMigrations(folders)));
  });
}

function answer(done: UpResult): Answer {
  const counts = `Applied ${String(done.applied.length)}, repeated ${String(done.repeated.length)}, seeded ${String(done.seeded.length)}`;
  return { text: `${counts}; database at ${done.version}.`, json: done, code: 0 };
}
