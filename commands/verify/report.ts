// The table that `verify` prints: one row a promise, with its figure.
// cli-table3 prints it: the table printer that most command lines of this ecosystem use.
import Table from "cli-table3";
import type { Contract } from "../../client/contract.ts";
import type { BucketRule } from "./bucket-lifecycle.ts";
import { type WithoutEffect, withoutEffectLines } from "../without-effect.ts";

export interface Row {
  /** What is promised, as a sentence without a full stop. */
  readonly promise: string;
  readonly passed: boolean;
  /** What was measured or seen. */
  readonly figure: string;
  /** The figures behind the figure, for the page; absent where nothing was measured. */
  readonly measured?: Measurements;
}

/** What a check measured on its way; kept of one that fails, too. */
export interface Measurements {
  /** How long each call took, in milliseconds and in their order. */
  latenciesMs?: readonly number[];
  /** A call that takes longer breaks the promise. */
  limitMs?: number;
  /** The pooler's own count while the calls were made; none where it did not let itself be asked. */
  occupancy?: readonly PoolOccupancy[];
  /** The bucket's rules in force, and the folders that they are for. */
  lifecycle?: { readonly rules: readonly BucketRule[]; readonly prefixes: Contract["bucket"]["prefixes"] };
}

/** Connections of the pooler at one moment. */
export interface PoolOccupancy {
  /** Milliseconds since the first call. */
  readonly atMs: number;
  readonly serversActive: number;
  readonly serversIdle: number;
  readonly clientsActive: number;
  readonly clientsWaiting: number;
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

/** Runs one check; whatever it raises becomes a failed row, so that all rows are always there. What it measures it adds. */
export async function row(promise: string, check: (measured: Measurements) => Promise<string>): Promise<Row> {
  const measured: Measurements = {};
  let found: Row;
  try {
    found = { promise, passed: true, figure: await check(measured) };
  } catch (error) {
    found = { promise, passed: false, figure: error instanceof Error ? error.message : String(error) };
  }
  return Object.keys(measured).length === 0 ? found : { ...found, measured };
}

/** The report for machines: what the table shows. */
export function reportJson(report: Report, page: string): string {
  const rows = report.rows.map(({ promise, passed, figure }) => ({ promise, passed, figure }));
  return JSON.stringify({ ...report, rows, page }, null, 2);
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

/** Rows, what has no effect here, where the page is, and the verdict. */
export function printReport({
  report,
  page,
  say,
}: {
  report: Report;
  page: string;
  say: (line: string) => void;
}): void {
  printRows(report.rows, say);
  for (const line of withoutEffectLines(report.withoutEffect)) say(line);
  say(`verify: the same with plots in ${page}`);
  const failed = report.rows.filter(({ passed }) => !passed).length;
  say(failed === 0 ? `verify: all ${report.rows.length} passed` : `verify: ${failed} of ${report.rows.length} FAILED`);
}
