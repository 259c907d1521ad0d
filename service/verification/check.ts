/** One promise of the deployment, tried. */
export interface VerificationRow {
  name: string;
  passed: boolean;
  /** What was measured or seen. */
  figure: string;
  /** Why it did not pass; absent when it did. */
  problem?: string;
}

/** What was seen is not what was promised. */
export class PromiseBrokenError extends Error {
  constructor(subject: string, seen: string, expected: string) {
    super(`${subject}: is not as promised (${seen}); expected ${expected}.`);
    this.name = "PromiseBrokenError";
  }
}

/** A promise with the trial of it: `run` answers with the figure, or throws. */
export interface Check {
  name: string;
  run: () => Promise<string>;
}

/** Runs checks one after the other, because each times itself; a failed one stops none. */
export async function runChecks(checks: readonly Check[]): Promise<VerificationRow[]> {
  const rows: VerificationRow[] = [];
  for (const { name, run } of checks) {
    try {
      rows.push({ name, passed: true, figure: await run() });
    } catch (error) {
      rows.push({ name, passed: false, figure: "-", problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return rows;
}

/** Milliseconds that `work` took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The value below which the given share of `values` lies; 0 for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
