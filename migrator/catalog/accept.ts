import { MigrationError } from "../errors.ts";
import { noHistory, readForChange } from "../history/history.ts";
import { ensureHistory } from "../history/history-schema.ts";
import { recordEvent } from "../history/history-statements.ts";
import { type MigratorOptions, resolveOptions } from "../options.ts";
import { withRun } from "../run/run.ts";
import { withRunnerLock } from "../run/runner-lock.ts";
import { formatDifference } from "./compare.ts";
import { readDrift, takeSnapshot } from "./drift.ts";
import type { Drift } from "./recorded.ts";

/**
 * Takes the database as it is for what it should be, and writes to the log what differed and why that is meant. Returns what
 * was taken over; nothing where nothing differs. Throws MigrationError without a reason or without a history, and as `up`.
 */
export async function acceptDrift(options: MigratorOptions, reason: string): Promise<Drift["objects"]> {
  if (reason.trim() === "") {
    throw new MigrationError('accept-drift: no reason is given (""); expected a sentence, the log keeps it.');
  }
  const settings = resolveOptions(options);
  return await withRun(settings, (run) =>
    withRunnerLock(run, async () => {
      const { client } = run.session;
      if ((await readForChange(run)) === noHistory) {
        throw new MigrationError(`accept-drift: schema "${settings.historySchema}" has no history. Run up first.`);
      }
      await ensureHistory(run);
      const { objects } = await readDrift(client, settings);
      const message = `${reason}\n${objects.map(formatDifference).join("\n")}`;
      const event = { kind: "repaired", version: null, file: "catalog", message } as const;
      await takeSnapshot(run, objects.length === 0 ? [] : [recordEvent(settings, run.runId, event)]);
      return objects;
    }),
  );
}
