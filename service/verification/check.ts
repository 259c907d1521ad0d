/** One promise of the deployment, tried. */
export interface VerificationRow {
  name: string;
  passed: boolean;
  /** What was measured or seen. */
  figure: string;
  /** Why it did not pass; absent when it did. */
  problem?: string;
  /** The figures behind the figure; absent where nothing was timed. */
  measured?: Measurements;
}

/** What a check measured; kept of one that fails, too. */
export interface Measurements {
  /** How long each call took, in milliseconds and in their order. */
  latenciesMs?: number[];
  /** A call that takes longer breaks the promise. */
  limitMs?: number;
  /** The pooler's own count while the calls were made; none where it did not let itself be asked. */
  occupancy?: PoolOccupancy[];
}

/** Connections at one moment. */
export interface PoolOccupancy {
  /** Milliseconds since the first call. */
  atMs: number;
  serversActive: number;
  serversIdle: number;
  clientsActive: number;
  clientsWaiting: number;
}

/** What was seen is not what was promised. */
export class PromiseBrokenError extends Error {
  constructor(subject: string, seen: string, expected: string) {
    super(`${subject}: is not as promised (${seen}); expected ${expected}.`);
    this.name = "PromiseBrokenError";
  }
}

/** A promise with the trial of it: `run` answers with the figure, or throws; what it measures it adds on its way. */
export interface Check {
  name: string;
  run: (measured: Measurements) => Promise<string>;
}

/** Runs checks one after the other, because each times itself; a failed one stops none. */
export async function runChecks(checks: readonly Check[]): Promise<VerificationRow[]> {
  const rows: VerificationRow[] = [];
  for (const { name, run } of checks) {
    const measured: Measurements = {};
    let row: VerificationRow;
    try {
      row = { name, passed: true, figure: await run(measured) };
    } catch (error) {
      row = { name, passed: false, figure: "-", problem: error instanceof Error ? error.message : String(error) };
    }
    rows.push(Object.keys(measured).length === 0 ? row : { ...row, measured });
  }
  return rows;
}

/** Milliseconds that `work` took, to a hundredth. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return Math.round((performance.now() - start) * 100) / 100;
}

/** The value below which the given share of `values` lies; 0 for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
