// A backup is what has been restored: clone to a point in time, check the clone, delete it whatever happened.
import type { Contract } from "../../client/contract.ts";
import type { Row } from "../verify/report.ts";
import { BackupProofError, ProofClone, type Send } from "./clone.ts";

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
  readonly pointInTime: Date;
  readonly send: Send;
  /** Checks the library that a contract leads to. */
  readonly check: (contract: Contract) => Promise<Row[]>;
  readonly say: (line: string) => void;
  readonly now?: () => Date;
  /** Time between two questions after an operation. */
  readonly pollMs?: number;
}

/** Raises BackupProofError, or the Admin API's own error; the clone is deleted before. */
export async function proveBackup(args: ProofArgs): Promise<Proof> {
  const { contract, pointInTime, send, say, now = () => new Date() } = args;
  const { instance: source, connection } = contract.database;
  if (connection.mode === "direct") {
    throw new BackupProofError(
      `instance "${source}": is reached directly (direct); expected cloudSqlConnector, for a clone has certificates of its own. ` +
        "Restore to a new instance by hand.",
    );
  }
  const started = now();
  const poll = args.pollMs === undefined ? {} : { pollMs: args.pollMs };
  const clone = new ProofClone({ project: contract.project, source, at: started, send, ...poll });
  say(`clone ${clone.name}: restoring ${source} as it was at ${pointInTime.toISOString()}`);
  let rows: Row[];
  let recoverySeconds: number;
  try {
    const connectionName = await clone.create(pointInTime);
    recoverySeconds = Math.round((now().getTime() - started.getTime()) / 1000);
    say(`clone ${clone.name}: runs after ${recoverySeconds} s`);
    const database = { ...contract.database, instance: clone.name, connectionName };
    rows = await args.check({ ...contract, database });
  } catch (error) {
    await removed(clone, say);
    throw error;
  }
  const passed = (await removed(clone, say)) && rows.every((row) => row.passed);
  return { version: 1, clone: clone.name, pointInTime: pointInTime.toISOString(), recoverySeconds, passed, rows };
}

/** A clone that stays costs as much as its source: says so instead of raising, which would hide what came before. */
async function removed(clone: ProofClone, say: (line: string) => void): Promise<boolean> {
  try {
    await clone.remove();
    say(`clone ${clone.name}: deleted`);
    return true;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    say(
      `clone ${clone.name}: could not be deleted (${reason}). Where it exists it is billed: delete it in Google's console.`,
    );
    return false;
  }
}
