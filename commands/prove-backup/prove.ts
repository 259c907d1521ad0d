// A backup is what has been restored: clone to a point in time, check the clone, delete it whatever happened.
import type { Contract } from "../../client/contract.ts";
import { MomentClone } from "../recovery/moment-clone.ts";
import { type Send, SqlAdmin } from "../recovery/sql-admin.ts";
import type { Row } from "../verify/report.ts";

export interface Proof {
  readonly version: 1;
  readonly clone: string;
  /** The moment that was restored, as 2026-01-31T12:00:00.000Z. */
  readonly pointInTime: string;
  /** From the request to a clone that runs. */
  readonly recoverySeconds: number;
  /** Every row passed, and the clone is gone. */
  readonly passed: boolean;
  readonly rows: readonly Row[];
}

export interface ProofArgs {
  readonly contract: Contract;
  /** The moment to restore; the newest possible where it is left out. */
  readonly pointInTime?: Date | undefined;
  readonly send: Send;
  /** Checks the library, as it was at a moment, that a contract leads to. */
  readonly check: (contract: Contract, moment: Date) => Promise<Row[]>;
  readonly say: (line: string) => void;
  readonly now?: () => Date;
  /** Longest time between two questions after an operation. */
  readonly pollMs?: number;
}

/** Raises RecoveryError, or the Admin API's own error; the clone is deleted before. */
export async function proveBackup(args: ProofArgs): Promise<Proof> {
  const { contract, send, say, now = () => new Date() } = args;
  const poll = args.pollMs === undefined ? {} : { pollMs: args.pollMs };
  const admin = new SqlAdmin({ project: contract.project, send, ...poll });
  const moment = args.pointInTime ?? (await admin.latestRecoveryTime(contract.database.instance));
  const started = now();
  const clone = new MomentClone({ contract, admin, mark: "-proof-", at: started, say });
  let rows: Row[];
  let recoverySeconds: number;
  try {
    const restored = await clone.create(moment);
    recoverySeconds = secondsBetween(started, now());
    say(`clone ${clone.name}: runs after ${recoverySeconds} s`);
    rows = await args.check(restored, moment);
  } catch (error) {
    await clone.remove();
    throw error;
  }
  const passed = (await clone.remove()) && rows.every((row) => row.passed);
  return { version: 1, clone: clone.name, pointInTime: moment.toISOString(), recoverySeconds, passed, rows };
}

/** To the tenth. */
function secondsBetween(from: Date, to: Date): number {
  return Math.round((to.getTime() - from.getTime()) / 100) / 10;
}
