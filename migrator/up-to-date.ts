import { holdsExactly } from "./files/unchanged.ts";
import type { MigrationFolders } from "./files/migration-files.ts";
import { readHistory } from "./history/history.ts";
import { type MigratorOptions, resolveOptions } from "./options.ts";
import { withSession } from "./run/session.ts";
import type { UpResult } from "./up.ts";

/**
 * The result of an `up` that has nothing to do, or null when it may have: then `up` says what, or what is wrong. Compares the
 * files' SHA-256 with the history's and looks at nothing else: no file is parsed, no lock taken, no way back read.
 */
export async function upToDate(options: MigratorOptions, folders: MigrationFolders): Promise<UpResult | null> {
  const settings = resolveOptions(options);
  return await withSession(settings, async ({ client }) => {
    const history = await readHistory(client, settings);
    if (history === null || !history.recorded || history.baseline !== null || history.unfinished.length > 0)
      return null;
    const { applied, repeatables, seeds } = history;
    const ran = new Map([...applied, ...repeatables, ...seeds].map(({ file, sha256 }) => [file, sha256]));
    if (applied.some(({ success }) => success === false) || !holdsExactly(folders, ran)) return null;
    return { version: applied.at(-1)?.version ?? "", applied: [], repeated: [], seeded: [], total: applied.length };
  });
}
