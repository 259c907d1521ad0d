import type pg from "pg";
import { setTimeout as sleep } from "node:timers/promises";
import { DriftError } from "../errors.ts";
import type { Settings } from "../options.ts";
import { codeOf } from "../reason.ts";
import type { Run } from "../run/run.ts";
import { changeHistory } from "../run/run-transaction.ts";
import { type Difference, formatDifference } from "./compare.ts";
import { compareWithRecorded, type Drift, recordStatements } from "./recorded.ts";
import { surroundingKinds } from "./surroundings.ts";

/** internal_error ("cache lookup failed") and undefined objects: something was dropped while it was described. */
const unsettled = new Set(["XX000", "42P01", "42704", "42703", "42883", "55P03"]);
const ATTEMPTS = 4;

/** Compares the catalog with what the last run left. A difference is reported when it is there twice: not while a run commits. */
export async function readDrift(client: pg.Client, settings: Settings): Promise<Drift> {
  for (let attempt = 1, seen = false; ; attempt += 1) {
    try {
      const drift = await compareWithRecorded(client, settings);
      if (drift.state !== "found" || seen) return drift;
      seen = true;
    } catch (error) {
      if (!unsettled.has(codeOf(error)) || attempt >= ATTEMPTS) throw error;
      await sleep(100 * attempt);
    }
  }
}

/**
 * Does `work` (which changes the catalog as it should) under the runners' lock, and takes a snapshot afterwards. Throws
 * DriftError before anything is touched when others have changed the catalog: a snapshot would make it look intended.
 */
export async function keepingWatch<Result>(run: Run, work: () => Promise<Result>): Promise<Result> {
  const { settings, session } = run;
  const { objects } = await readDrift(session.client, settings);
  const foreign = objects.filter((difference) => !isHarmless(difference, settings));
  if (foreign.length > 0) throw driftError(foreign);
  try {
    return await work();
  } finally {
    // A snapshot that is missing is "unknown" to whoever asks, and the next run takes it: no reason to fail this one.
    await takeSnapshot(run).catch(() => undefined);
  }
}

/** INVALID indexes stay reported after the run, since no snapshot has them; whoever builds one again removes it first. */
function isHarmless({ kind, detail }: Difference, { acceptSurroundings }: Settings): boolean {
  if (kind === "index" && detail === "not valid") return true;
  return acceptSurroundings && surroundingKinds.includes(kind);
}

/** Takes the catalog as it is for what it should be; `also` goes into the same transaction. */
export async function takeSnapshot(run: Run, also: readonly string[] = []): Promise<void> {
  await changeHistory(run, "catalog", [...also, ...recordStatements(run.settings, run.runId)]);
}

/** Every object that differs, by name, and what to do about it. */
export function driftError(objects: readonly Difference[]): DriftError {
  const lines = objects.map((difference) => `  ${formatDifference(difference)}`);
  return new DriftError(
    `database: was changed by other hands than the migrations':\n${lines.join("\n")}\n` +
      "Expected it as the last run left it. Undo the changes by hand, or take them over: " +
      'npm run migrate -- accept-drift --reason "…". Then run this again.',
    objects,
  );
}
