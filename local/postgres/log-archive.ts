// The archived log of an instance: what is needed to bring a base backup forward to any second after it.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";

const archivedWithinMs = 60_000;

/** The log of an instance is not archived. */
export class LogArchiveError extends Error {
  override readonly name = "LogArchiveError";
}

/**
 * Returns when everything up to now is archived, with one transaction more: recovery to a time ends at the first transaction
 * after it, and would otherwise not know that it has arrived.
 */
export async function archiveUpToNow(instance: string, admin: pg.Client, archive: string): Promise<void> {
  await admin.query("SELECT pg_current_xact_id()");
  const { rows } = await admin.query<{ segment: string }>("SELECT pg_walfile_name(pg_switch_wal()) AS segment");
  const segment = rows[0]?.segment ?? "";
  for (const deadline = Date.now() + archivedWithinMs; !existsSync(join(archive, segment));) {
    if (Date.now() > deadline) {
      throw new LogArchiveError(
        `instance "${instance}": its log is not archived (${segment} is missing after ${archivedWithinMs / 1000} s); expected it in ${archive}. See the instance's log.`,
      );
    }
    await sleep(20);
  }
}

/** Removes what lies before a file of the log; all of it where none is needed. Histories of timelines stay. */
export function pruneArchive(archive: string, firstNeeded: string | undefined): void {
  if (!existsSync(archive)) return;
  for (const file of readdirSync(archive)) {
    const isSegment = /^[0-9A-F]{24}/.test(file);
    // Without the timeline, which comes first in the name: an older one's files are as old as their position.
    if (isSegment && (firstNeeded === undefined || file.slice(8, 24) < firstNeeded.slice(8, 24))) {
      rmSync(join(archive, file), { force: true });
    }
  }
}
