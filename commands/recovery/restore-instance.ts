// Brings the whole library back to a moment, in place: address, certificates and names stay, so that nothing has to be deployed
// again. Google restores an instance from a backup only: the moment is cloned, the clone is looked at, and its backup is restored.
import type { Contract } from "../../client/contract.ts";
import type { Row } from "../verify/report.ts";
import { MomentClone } from "./moment-clone.ts";
import type { SqlAdmin } from "./sql-admin.ts";

export interface RestoreArgs {
  readonly contract: Contract;
  readonly admin: SqlAdmin;
  readonly moment: Date;
  /** Whether the instance is really replaced; else the clone is looked at and deleted. */
  readonly replace: boolean;
  /** Checks the library that a contract leads to; with a moment, that nothing in it is younger. */
  readonly check: (contract: Contract, moment?: Date) => Promise<Row[]>;
  readonly say: (line: string) => void;
  readonly now?: () => Date;
}

export interface Restored {
  readonly version: 1;
  /** The moment that was restored, as 2026-01-31T12:00:00.000Z. */
  readonly pointInTime: string;
  readonly replaced: boolean;
  /** Id of the backup of what was there before; "" where nothing was replaced. */
  readonly formerBackup: string;
  /** From the request to an instance that serves the moment: the instance itself where it was replaced, else the clone. */
  readonly recoverySeconds: number;
  readonly passed: boolean;
  readonly rows: readonly Row[];
}

/** Raises RecoveryError, or the Admin API's own error; the clone is deleted before. */
export async function restoreInstance(args: RestoreArgs): Promise<Restored> {
  const { contract, admin, moment, say, now = () => new Date() } = args;
  const started = now();
  const clone = new MomentClone({ contract, admin, mark: "-restore-", at: started, say });
  const seconds = (): number => Math.round((now().getTime() - started.getTime()) / 100) / 10;
  const common = { version: 1, pointInTime: moment.toISOString() } as const;
  try {
    const rows = await args.check(await clone.create(moment), moment);
    const recoverySeconds = seconds();
    say(`clone ${clone.name}: runs and was looked at after ${recoverySeconds} s`);
    const passed = rows.every((row) => row.passed);
    if (!passed || !args.replace) {
      return { ...common, replaced: false, formerBackup: "", recoverySeconds, passed, rows };
    }
    return { ...common, ...(await replaceBy(clone, args)), recoverySeconds: seconds() };
  } finally {
    await clone.remove();
  }
}

async function replaceBy(
  clone: MomentClone,
  { contract, admin, moment, check, say }: RestoreArgs,
): Promise<Pick<Restored, "replaced" | "formerBackup" | "passed" | "rows">> {
  const { instance } = contract.database;
  const formerBackup = await admin.backUp(instance, `before the restore to ${moment.toISOString()}`);
  say(`instance ${instance}: what it holds now is backup ${formerBackup}`);
  const id = await admin.backUp(clone.name, `the library at ${moment.toISOString()}`);
  say(`instance ${instance}: being replaced, connections drop`);
  await admin.restore(instance, { instance: clone.name, id });
  say(`instance ${instance}: as it was at ${moment.toISOString()}`);
  const rows = await check(contract);
  return { replaced: true, formerBackup, passed: rows.every((row) => row.passed), rows };
}
