// `npm run restore`: brings the library, or one table of it, back to a moment.
import type { Contract } from "../client/contract.ts";
import { openClient } from "../connections/open.ts";
import { runCommand, UsageError } from "./command.ts";
import { MomentClone } from "./recovery/moment-clone.ts";
import { restoreInstance } from "./recovery/restore-instance.ts";
import { restoredRows } from "./recovery/restored-rows.ts";
import { restoreTable, type TableRows } from "./recovery/restore-table.ts";
import { sendAsOperator, SqlAdmin } from "./recovery/sql-admin.ts";
import { enterStack, readDeployment } from "./stack-outputs.ts";
import { connectionAs } from "./verify/context.ts";
import { printRows } from "./verify/report.ts";

interface Options {
  readonly contract: Contract;
  readonly moment: Date;
  readonly yes: boolean;
  readonly json: boolean;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function restoreAll({ contract, moment, yes, json }: Options): Promise<number> {
  const admin = new SqlAdmin({ project: contract.project, send: sendAsOperator(contract) });
  const restored = await restoreInstance({ contract, admin, moment, replace: yes, check: restoredRows, say });
  if (json) print(JSON.stringify(restored, null, 2));
  else {
    const { passed, recoverySeconds, replaced, rows } = restored;
    printRows(rows, print);
    print(`recovery: ${recoverySeconds} s to ${restored.pointInTime}, ${passed ? "whole" : "FAILED"}`);
    if (replaced) print(`what was there before: backup ${restored.formerBackup}`);
    else print("nothing was replaced: run it again with --yes, and everything written since then is gone");
  }
  return restored.passed ? 0 : 1;
}

async function restoreRows(options: Options, table: string, overwrite: boolean): Promise<number> {
  const { contract, moment, yes, json } = options;
  const admin = new SqlAdmin({ project: contract.project, send: sendAsOperator(contract) });
  const clone = new MomentClone({ contract, admin, mark: "-restore-", at: new Date(), say });
  let rows: TableRows;
  try {
    rows = await copyRows(await clone.create(moment), contract, { table, overwrite, commit: yes });
  } finally {
    await clone.remove();
  }
  if (json) print(JSON.stringify({ version: 1, table, pointInTime: moment.toISOString(), committed: yes, ...rows }));
  else {
    const { then, broughtBack, different } = rows;
    print(
      `table ${table} at ${moment.toISOString()}: ${then} rows, ${broughtBack} missing now, ${different} different`,
    );
    if (yes) print(`brought back: ${broughtBack}; ${overwrite ? "overwritten" : "left as they are"}: ${different}`);
    else print("nothing was changed: run it again with --yes");
  }
  return 0;
}

async function copyRows(
  clone: Contract,
  live: Contract,
  what: { table: string; overwrite: boolean; commit: boolean },
): Promise<TableRows> {
  const { logins, roles } = live.database;
  const from = await openClient(connectionAs(clone, logins.migrator), { applicationName: "restore" });
  try {
    const into = await openClient(connectionAs(live, logins.migrator), { applicationName: "restore" });
    try {
      return await restoreTable({ ...what, from, into, owner: roles.owner });
    } finally {
      await into.end();
    }
  } finally {
    await from.end();
  }
}

function pastMoment(to: string | undefined): Date {
  const time = new Date(to ?? "");
  if (!Number.isNaN(time.getTime()) && time.getTime() <= Date.now()) return time;
  throw new UsageError(
    `option "--to": is no moment of the past (${to ?? "not given"}); expected one as 2026-01-31T12:00:00Z. Give one.`,
  );
}

await runCommand(
  {
    usage: "npm run restore -- --to TIME [--stack NAME] [--table NAME [--overwrite]] [--yes] [--json]",
    summary:
      "Brings the library back to a moment: clones the instance to it, looks at the clone, and with --yes puts it in place of what " +
      "the instance holds (a backup of that is taken before). With --table brings back the missing rows of one table instead. " +
      "Without --yes nothing changes. Exit code 1 if what was restored is not whole.",
    options: {
      "--to TIME": "the moment, as 2026-01-31T12:00:00Z",
      "--stack NAME": "the stack (local)",
      "--table NAME": "a table of schema library; its rows alone are restored, while the library is in use",
      "--overwrite": "rows that are there with another content get the one of then",
      "--yes": "really do it",
      "--json": "one JSON object on standard output",
    },
  },
  {
    to: { type: "string" },
    stack: { type: "string", default: "local" },
    table: { type: "string" },
    overwrite: { type: "boolean", default: false },
    yes: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
  async ({ to, stack, table, overwrite, yes, json }) => {
    const moment = pastMoment(to);
    await enterStack(stack);
    const { contract } = await readDeployment(stack);
    const options = { contract, moment, yes, json };
    return table === undefined ? await restoreAll(options) : await restoreRows(options, table, overwrite);
  },
);
