// The table that `verify` prints: one row a promise, with its figure.
// cli-table3 prints it: the table printer that most command lines of this ecosystem use.
import Table from "cli-table3";
import { type WithoutEffect, withoutEffectLines } from "../without-effect.ts";

export interface Row {
  /** What is promised, as a sentence without a full stop. */
  readonly promise: string;
  readonly passed: boolean;
  /** What was measured or seen. */
  readonly figure: string;
}

export interface Report {
  /** Raised when rows change their meaning. */
  readonly version: 1;
  readonly stack: string;
  readonly passed: boolean;
  readonly rows: readonly Row[];
  /** What the local cloud only checks and keeps. */
  readonly withoutEffect: WithoutEffect;
}

/** A promise that was looked at and found broken; the message is the row's figure. */
export class BrokenPromiseError extends Error {
  override readonly name = "BrokenPromiseError";
}

/** Runs one check; whatever it raises becomes a failed row, so that all rows are always there. */
export async function row(promise: string, check: () => Promise<string>): Promise<Row> {
  try {
    return { promise, passed: true, figure: await check() };
  } catch (error) {
    return { promise, passed: false, figure: error instanceof Error ? error.message : String(error) };
  }
}

/** Raises BrokenPromiseError unless `holds`. */
export function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new BrokenPromiseError(otherwise);
}

/** The rows as a table. */
export function printRows(rows: readonly Row[], say: (line: string) => void): void {
  const table = new Table({
    head: ["promise", "", "figure"],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [52, 8, 62],
  });
  for (const { promise, passed, figure } of rows) table.push([promise, passed ? "passed" : "FAILED", figure]);
  say(table.toString());
}

export function printReport(report: Report, say: (line: string) => void): void {
  printRows(report.rows, say);
  for (const line of withoutEffectLines(report.withoutEffect)) say(line);
  const failed = report.rows.filter(({ passed }) => !passed).length;
  say(failed === 0 ? `verify: all ${report.rows.length} passed` : `verify: ${failed} of ${report.rows.length} FAILED`);
}
