import pg from "pg";
import type { Contract } from "../client/index.ts";

/** PgBouncer's own figures; names are those of its SHOW POOLS. */
export interface PoolerStatistics {
  clientsActive: number;
  clientsWaiting: number;
  serversActive: number;
  serversIdle: number;
  /** Seconds that the first of those waiting has waited. */
  maxWaitSeconds: number;
}

const CONNECT_TIMEOUT_MS = 2_000;

/** One connection to PgBouncer's own tables. */
export class PoolerConsole {
  readonly #client: pg.Client;
  readonly #database: string;

  private constructor(client: pg.Client, database: string) {
    this.#client = client;
    this.#database = database;
  }

  /** Undefined where the pooler does not answer or does not let this login ask. */
  static async open({ database }: Contract, password: string): Promise<PoolerConsole | undefined> {
    const { host, port, user } = database.pooler;
    const client = new pg.Client({
      ...{ host, port, user, password, database: "pgbouncer" },
      ...{ connectionTimeoutMillis: CONNECT_TIMEOUT_MS, query_timeout: CONNECT_TIMEOUT_MS },
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return new PoolerConsole(client, database.name);
    } catch {
      await client.end().catch(() => undefined);
      return undefined;
    }
  }

  /** SHOW POOLS of the application's database; undefined where it is not answered. */
  async pools(): Promise<PoolerStatistics | undefined> {
    try {
      const { rows } = await this.#client.query<Record<string, string | number>>("show pools");
      const own = rows.filter(({ database }) => database === this.#database);
      const sum = (column: string) => own.reduce((total, row) => total + Number(row[column] ?? 0), 0);
      return {
        ...{ clientsActive: sum("cl_active"), clientsWaiting: sum("cl_waiting") },
        ...{ serversActive: sum("sv_active"), serversIdle: sum("sv_idle") },
        maxWaitSeconds: Math.max(0, ...own.map((row) => Number(row["maxwait"] ?? 0))),
      };
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }
}

/** SHOW POOLS asked once; undefined where the pooler does not answer or does not let this login ask. */
export async function poolerStatistics(contract: Contract, password: string): Promise<PoolerStatistics | undefined> {
  const console = await PoolerConsole.open(contract, password);
  try {
    return await console?.pools();
  } finally {
    await console?.close();
  }
}
