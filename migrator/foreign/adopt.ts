import { recordBaseline } from "../baseline.ts";
import { AdoptionRefusedError } from "../errors.ts";
import { readForChange, sinceBaseline } from "../history/history.ts";
import { ensureHistory } from "../history/history-schema.ts";
import { recordApplied } from "../history/history-statements.ts";
import type { MigrationSet } from "../migration.ts";
import { type MigratorOptions, resolveOptions } from "../options.ts";
import { plan } from "../plan.ts";
import { type Run, withRun } from "../run/run.ts";
import { changeHistory } from "../run/run-transaction.ts";
import { withRunnerLock } from "../run/runner-lock.ts";
import { dbmate } from "./dbmate-history.ts";
import { flyway } from "./flyway-history.ts";
import { type ForeignHistory, type ForeignTool, requireTable } from "./foreign-history.ts";
import { golangMigrate } from "./golang-migrate-history.ts";
import { nodePgMigrate } from "./node-pg-migrate-history.ts";

const tools = { dbmate, flyway, "golang-migrate": golangMigrate, "node-pg-migrate": nodePgMigrate } as const;

/** Tools whose history can be taken over. */
export type AdoptableTool = keyof typeof tools;
/** Names for `adopt`. */
export const adoptableTools = Object.keys(tools) as readonly AdoptableTool[];

/**
 * Takes over what another tool has applied: its rows, matched to the folder's files, become rows of this history. The other
 * table is only read. Returns the files taken over, none when that was done before. Throws AdoptionRefusedError, with names,
 * when the table is another tool's, when a row is unfinished or fits no file, when a checksum differs, when an unapplied file
 * stands before an applied one, or when this history already has something else; else as `up`.
 */
export async function adopt(
  options: MigratorOptions,
  set: MigrationSet,
  { from, table, dryRun = false }: { from: AdoptableTool; table?: string; dryRun?: boolean },
): Promise<string[]> {
  const settings = resolveOptions(options);
  const tool: ForeignTool = tools[from];
  const place = table ?? tool.table;
  return await withRun(settings, async (run) => {
    const { client } = run.session;
    const foreign = await tool.read(client, await requireTable(client, place, tool.columns), set);
    refuseProblems(place, foreign, set);
    const files = foreign.rows.flatMap(({ file }) => (file === undefined ? [] : [file.file]));
    if (dryRun) return files;
    return await withRunnerLock(run, async () => {
      await ensureHistory(run);
      const history = await readForChange(run);
      const own = [...history.applied, ...history.repeatables].map(({ file }) => file);
      if (own.length > 0 || history.baseline !== null) {
        if (own.length === files.length && own.every((file) => files.includes(file))) return files;
        throw new AdoptionRefusedError(
          `history "${place}": this engine's history already has migrations (${own.join(", ")}); expected none.`,
        );
      }
      await changeHistory(run, "adoption", adoption(run, history.lastRank, foreign, `from ${from}, ${place}`));
      return files;
    });
  });
}

function refuseProblems(place: string, foreign: ForeignHistory, set: MigrationSet): void {
  const unmatched = foreign.rows.filter(({ file }) => file === undefined).map(({ name }) => `"${name}" fits no file`);
  const applied = foreign.rows.flatMap(({ file }) => (file !== undefined && "version" in file ? [file] : []));
  const files = sinceBaseline(set.migrations, { baseline: foreign.baseline ?? null, applied: [] });
  const { problems } = plan(files, applied);
  const wrong = [...foreign.problems, ...unmatched, ...problems.map(({ message }) => message)];
  if (wrong.length === 0) return;
  throw new AdoptionRefusedError(
    `history "${place}": cannot be taken over:\n  ${wrong.join("\n  ")}\nMend that with the other tool first.`,
  );
}

function adoption(run: Run, lastRank: number, { rows, baseline }: ForeignHistory, message: string): string[] {
  const { settings, runId } = run;
  let rank = lastRank + (baseline === undefined ? 0 : 1);
  const adopted = rows.flatMap(({ file, installedOn }) => {
    if (file === undefined) return [];
    const at = { rank: (rank += 1), durationMs: 0, installedOn };
    return [recordApplied(settings, runId, file, at, message)];
  });
  return [...(baseline === undefined ? [] : recordBaseline(run, baseline, message)), ...adopted];
}
