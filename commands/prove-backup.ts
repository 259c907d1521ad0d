// `npm run prove-backup`: proves that the stack's backups restore, and how long that takes.
import { GoogleAuth } from "google-auth-library";
import type { Contract } from "../client/contract.ts";
import { runCommand, UsageError } from "./command.ts";
import type { Send } from "./prove-backup/clone.ts";
import { proveBackup } from "./prove-backup/prove.ts";
import { enterStack, readDeployment } from "./stack-outputs.ts";
import { apiAddress, verifyContext } from "./verify/context.ts";
import { databaseRows } from "./verify/database-rows.ts";
import { readInstance } from "./verify/instance.ts";
import { instanceRows } from "./verify/instance-rows.ts";
import { printRows, type Row } from "./verify/report.ts";

/** Log records reach Google's storage with a delay of minutes. */
const RECENT_MS = 10 * 60_000;

function sender({ endpoints }: Contract): Send {
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
  const address = apiAddress("https://sqladmin.googleapis.com", endpoints.management);
  return async (method, path, body) => {
    const { data } = await auth.request<unknown>({
      url: `${address}${path}`,
      method,
      ...(body === undefined ? {} : { data: body }),
    });
    return data;
  };
}

/** The rows of `verify` that need the server alone: the service does not run on the clone. */
async function check(contract: Contract): Promise<Row[]> {
  const context = verifyContext(contract, "", {});
  const instance = readInstance(context);
  return [...(await databaseRows(context, instance)), ...(await instanceRows(context, instance))];
}

function moment(to: string | undefined): Date {
  const time = to === undefined ? new Date(Date.now() - RECENT_MS) : new Date(to);
  if (!Number.isNaN(time.getTime()) && time.getTime() <= Date.now()) return time;
  throw new UsageError(
    `option "--to": is no moment of the past (${to ?? ""}); expected one as 2026-01-31T12:00:00Z. Give one.`,
  );
}

await runCommand(
  {
    usage: "npm run prove-backup -- [--stack NAME] [--to TIME] [--json]",
    summary:
      "Clones the stack's instance to a point in time, verifies the clone, prints the recovery time and deletes the clone. " +
      "Takes a quarter of an hour or more and costs one instance meanwhile. Exit code 1 if a row fails or the clone stays.",
    options: {
      "--stack NAME": "the stack (prod)",
      "--to TIME": "the moment to restore, as 2026-01-31T12:00:00Z (ten minutes ago)",
      "--json": "one JSON object on standard output",
    },
  },
  { stack: { type: "string", default: "prod" }, to: { type: "string" }, json: { type: "boolean", default: false } },
  async ({ stack, to, json }) => {
    const pointInTime = moment(to);
    await enterStack(stack);
    const { contract } = await readDeployment(stack);
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const proof = await proveBackup({ contract, pointInTime, send: sender(contract), check, say });
    if (json) process.stdout.write(`${JSON.stringify(proof, null, 2)}\n`);
    else {
      const print = (line: string): void => void process.stdout.write(`${line}\n`);
      printRows(proof.rows, print);
      print(`recovery: ${proof.recoverySeconds} s to ${proof.pointInTime}, ${proof.passed ? "whole" : "FAILED"}`);
    }
    return proof.passed ? 0 : 1;
  },
);
