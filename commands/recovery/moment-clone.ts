// A clone of the stack's instance as it was at a moment: made, reached, and deleted whatever happened meanwhile.
import type { Contract } from "../../client/contract.ts";
import { holdSecret } from "../../connections/secrets.ts";
import type { SqlAdmin } from "./sql-admin.ts";

/** What stands in every clone's name behind that of its source: nothing else is ever deleted. */
export type Mark = "-proof-" | "-restore-";

interface CloneArgs {
  readonly contract: Contract;
  readonly admin: SqlAdmin;
  readonly mark: Mark;
  /** When it is made: Google keeps a deleted name for a week, so each has its own. */
  readonly at: Date;
  readonly say: (line: string) => void;
}

export class MomentClone {
  readonly name: string;
  private readonly args: CloneArgs;

  constructor(args: CloneArgs) {
    this.args = args;
    this.name = `${args.contract.database.instance}${args.mark}${args.at.toISOString().replaceAll(/\D/g, "").slice(2, 14)}`;
  }

  /** Resolves, once the clone runs, with a contract that leads to it. */
  async create(pointInTime: Date): Promise<Contract> {
    const { contract, admin, say } = this.args;
    const { instance, connection } = contract.database;
    say(`clone ${this.name}: restoring ${instance} as it was at ${pointInTime.toISOString()}`);
    await admin.clone(instance, this.name, pointInTime);
    const { connectionName, ipAddresses = [], localPort } = await admin.get(this.name);
    const database = { ...contract.database, instance: this.name, connectionName };
    if (connection.mode === "cloudSqlConnector") return { ...contract, database };
    // A clone has an address, an authority and certificates of its own; the client's is kept nowhere but in this process.
    const address = ipAddresses.find(({ type }) => type === "PRIVATE") ?? ipAddresses[0];
    const { host, port } = { host: address?.ipAddress ?? connection.host, port: localPort ?? connection.port };
    const tlsSecret = holdSecret(await admin.issueCertificate(this.name, "recovery"));
    return { ...contract, database: { ...database, connection: { mode: "direct", host, port, tlsSecret } } };
  }

  /** Deletes it; it has its source's lock, which goes first. A clone that stays is said, not raised: that would hide what came before. */
  async remove(): Promise<boolean> {
    const { admin, say } = this.args;
    try {
      await admin.unlock(this.name);
      await admin.delete(this.name);
      say(`clone ${this.name}: deleted`);
      return true;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      say(
        `clone ${this.name}: could not be deleted (${reason}). Where it exists it is billed: delete it in Google's console.`,
      );
      return false;
    }
  }
}
