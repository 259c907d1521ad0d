// The acceptance test of a deployed stack, local or in the cloud: one row a promise, nothing left behind.
import { setTimeout as sleep } from "node:timers/promises";
import { maySpread } from "../spreading-grants.ts";
import type { Deployment } from "../stack-outputs.ts";
import { operatorHeaders } from "../identity-token.ts";
import { progress } from "../progress.ts";
import { withoutEffect } from "../without-effect.ts";
import { accountRows } from "./account-rows.ts";
import { bucketRows } from "./bucket-rows.ts";
import { verifyContext } from "./context.ts";
import { databaseRows } from "./database-rows.ts";
import { readInstance } from "./instance.ts";
import { instanceRows } from "./instance-rows.ts";
import type { Report } from "./report.ts";
import { serviceRows } from "./service-rows.ts";

/** Between two attempts while grants spread. */
const PAUSE_MS = 5000;

/**
 * Runs every row; the process must have entered the stack's environment before. After grants were made, `grantsWithinMs` says for
 * how long rows that fail are tried again where Google denies what was just granted.
 */
export async function verify(deployment: Deployment, { grantsWithinMs = 0 } = {}): Promise<Report> {
  const deadline = Date.now() + grantsWithinMs;
  for (;;) {
    const isLast = Date.now() + PAUSE_MS > deadline;
    const report = await attempt(deployment, isLast);
    const failed = report?.rows.filter(({ passed }) => !passed) ?? [];
    const done = isLast || failed.length === 0 || !failed.every(({ figure }) => maySpread(figure));
    if (report !== undefined && done) return report;
    await sleep(PAUSE_MS);
  }
}

/** Undefined where not even the operator's own grants are in force yet, and there is time. */
async function attempt(deployment: Deployment, isLast: boolean): Promise<Report | undefined> {
  try {
    return await verifyOnce(deployment);
  } catch (error) {
    if (isLast || !(error instanceof Error) || !maySpread(error.message)) throw error;
    return undefined;
  }
}

async function verifyOnce({ stack, contract, serviceUri }: Deployment): Promise<Report> {
  const context = verifyContext(contract, serviceUri, await operatorHeaders(contract, serviceUri));
  const instance = readInstance(context);
  // The timed rows run alone: search and load must not measure each other.
  progress(`verify: database of ${stack}`);
  const database = await databaseRows(context, instance);
  progress("verify: instance, bucket and account");
  const settings = await Promise.all([instanceRows(context, instance), bucketRows(context), accountRows(context)]);
  progress("verify: service, its rights and the pool under load");
  const rows = [...database, ...settings.flat(), ...(await serviceRows(context))];
  return { version: 1, stack, passed: rows.every(({ passed }) => passed), rows, withoutEffect: withoutEffect(stack) };
}
