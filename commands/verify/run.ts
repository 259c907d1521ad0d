// The acceptance test of a deployed stack, local or in the cloud: one row a promise, nothing left behind.
import type { Deployment } from "../stack-outputs.ts";
import { operatorHeaders } from "../identity-token.ts";
import { withoutEffect } from "../without-effect.ts";
import { accountRows } from "./account-rows.ts";
import { bucketRows } from "./bucket-rows.ts";
import { verifyContext } from "./context.ts";
import { databaseRows } from "./database-rows.ts";
import { readInstance } from "./instance.ts";
import { instanceRows } from "./instance-rows.ts";
import type { Report } from "./report.ts";
import { serviceRows } from "./service-rows.ts";

/** Runs every row; the process must have entered the stack's environment before. */
export async function verify({ stack, contract, serviceUri }: Deployment): Promise<Report> {
  const context = verifyContext(contract, serviceUri, await operatorHeaders(contract, serviceUri));
  const instance = readInstance(context);
  // The timed rows run alone: search and load must not measure each other.
  const rows = [
    ...(await databaseRows(context, instance)),
    ...(await Promise.all([instanceRows(context, instance), bucketRows(context), accountRows(context)])).flat(),
    ...(await serviceRows(context)),
  ];
  return { version: 1, stack, passed: rows.every(({ passed }) => passed), rows, withoutEffect: withoutEffect(stack) };
}
