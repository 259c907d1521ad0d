import { recordStatements } from "./catalog/recorded.ts";
import { BaselineRefusedError } from "./errors.ts";
import { readForChange } from "./history/history.ts";
import { ensureHistory } from "./history/history-schema.ts";
import { recordEvent } from "./history/history-statements.ts";
import { tables } from "./history/history-tables.ts";
import { type MigratorOptions, resolveOptions } from "./options.ts";
import { type Run, withRun } from "./run/run.ts";
import { changeHistory } from "./run/run-transaction.ts";
import { withRunnerLock } from "./run/runner-lock.ts";
import { literal } from "./run/script-query.ts";

/** What Flyway writes as description and script of a baseline. */
const MARKER = "<< Flyway Baseline >>";

/**
 * Says that an existing database already is at `version`: files up to it are never run and never missed, `down` stops there.
 * `reason` goes to the log. Returns whether the baseline is new. Throws BaselineRefusedError when the history already has
 * migrations or another baseline; else as `up`.
 */
export async function baseline(options: MigratorOptions, version: string, reason: string): Promise<{ made: boolean }> {
  const settings = resolveOptions(options);
  if (!/^\d{1,18}$/.test(version)) {
    throw new BaselineRefusedError(`baseline: version is none ("${version}"); expected digits, as in the file's name.`);
  }
  let made = false;
  return await withRun(settings, (run) =>
    withRunnerLock(run, async () => {
      await ensureHistory(run);
      const history = await readForChange(run);
      // Made by this very call, when the answer got lost on the way.
      if (history.baseline === version) return { made };
      if (history.baseline !== null || history.applied.length > 0) {
        const there = history.applied.at(-1)?.version ?? history.baseline ?? "";
        throw new BaselineRefusedError(
          `baseline: the history already has migrations (at ${there}); expected none. Use repair where rows are wrong.`,
        );
      }
      made = true;
      // From now on others' changes are drift.
      const snapshot = recordStatements(settings, run.runId);
      await changeHistory(run, "baseline", [...recordBaseline(run, version, reason), ...snapshot]);
      return { made };
    }),
  );
}

/** Statements that write Flyway's row of a baseline, and the event. */
export function recordBaseline({ settings, runId }: Run, version: string, reason: string): string[] {
  const { history } = tables(settings);
  return [
    `INSERT INTO ${history} (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
     SELECT coalesce(max(installed_rank), 0) + 1, ${literal(version)}, ${literal(MARKER)}, 'BASELINE', ${literal(MARKER)},
            NULL, session_user, 0, true FROM ${history}`,
    recordEvent(settings, runId, { kind: "baselined", version, file: MARKER, message: reason }),
  ];
}
