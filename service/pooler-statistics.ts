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

/** SHOW POOLS of the application's database; undefined where the pooler does not answer or does not let this login ask. */
export async function poolerStatistics(contract: Contract, password: string): Promise<PoolerStatistics | undefined> {
  const { pooler, name } = contract.database;
  const client = new pg.Client({
    ...{ host: pooler.host, port: pooler.port, user: pooler.user, password, database: "pgbouncer" },
    ...{ connectionTimeoutMillis: CONNECT_TIMEOUT_MS, query_timeout: CONNECT_TIMEOUT_MS },
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, string | number>>("show pools");
    const own = rows.filter(({ database }) => database === name);
    const sum = (column: string) => own.reduce((total, row) => total + Number(row[column] ?? 0), 0);
    return {
      ...{ clientsActive: sum("cl_active"), clientsWaiting: sum("cl_waiting") },
      ...{ serversActive: sum("sv_active"), serversIdle: sum("sv_idle") },
      maxWaitSeconds: Math.max(0, ...own.map((row) => Number(row["maxwait"] ?? 0))),
    };
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}
