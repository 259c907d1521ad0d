// `npm run prove-backup`: proves that the stack's backups restore, and how long that takes.
import { runCommand, UsageError } from "./command.ts";
import { proveBackup } from "./prove-backup/prove.ts";
import { restoredRows } from "./recovery/restored-rows.ts";
import { sendAsOperator } from "./recovery/sql-admin.ts";
import { enterStack, readDeployment } from "./stack-outputs.ts";
import { printRows } from "./verify/report.ts";

function moment(to: string | undefined): Date | undefined {
  if (to === undefined) return undefined;
  const time = new Date(to);
  if (!Number.isNaN(time.getTime()) && time.getTime() <= Date.now()) return time;
  throw new UsageError(
    `option "--to": is no moment of the past (${to}); expected one as 2026-01-31T12:00:00Z. Give one.`,
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
      "--to TIME": "the moment to restore, as 2026-01-31T12:00:00Z (the newest that can be restored)",
      "--json": "one JSON object on standard output",
    },
  },
  { stack: { type: "string", default: "prod" }, to: { type: "string" }, json: { type: "boolean", default: false } },
  async ({ stack, to, json }) => {
    const pointInTime = moment(to);
    await enterStack(stack);
    const { contract } = await readDeployment(stack);
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const proof = await proveBackup({
      contract,
      pointInTime,
      send: sendAsOperator(contract),
      check: restoredRows,
      say,
    });
    if (json) process.stdout.write(`${JSON.stringify(proof, null, 2)}\n`);
    else {
      const print = (line: string): void => void process.stdout.write(`${line}\n`);
      printRows(proof.rows, print);
      print(`recovery: ${proof.recoverySeconds} s to ${proof.pointInTime}, ${proof.passed ? "whole" : "FAILED"}`);
    }
    return proof.passed ? 0 : 1;
  },
);
