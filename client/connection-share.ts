import type { Contract } from "./contract.ts";

/** What one pooler of a consumer may hold of the server: settings of PgBouncer. */
export interface PoolShare {
  /** default_pool_size */
  poolSize: number;
  /** reserve_pool_size */
  reservePoolSize: number;
  /** max_db_connections: pool and reserve. */
  maxDbConnections: number;
}

/** A consumer that has no share, or wants more instances than its share has. */
export class ConnectionShareError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConnectionShareError";
  }
}

/**
 * The pooler's settings for a consumer with so many instances at the most. Call it where the consumer is declared, so that asking
 * for too much fails in its own preview. Throws ConnectionShareError.
 */
export function poolFor({ database }: Contract, consumer: string, instances: number): PoolShare {
  const share = database.connectionShares[consumer];
  const names = Object.keys(database.connectionShares).join(", ");
  if (share === undefined) {
    throw new ConnectionShareError(
      `consumer "${consumer}": has no share of the database's connections (${consumer}); expected one of ${names}. ` +
        "Name it in connectionShares of the library's stack, and update that first.",
    );
  }
  if (!Number.isInteger(instances) || instances < 1 || instances > share.maxInstances) {
    throw new ConnectionShareError(
      `consumer "${consumer}": asks for other than its share of instances (${String(instances)}); expected 1 to ${String(share.maxInstances)}. ` +
        "Lower its instances, or raise its share in connectionShares of the library's stack and update that first.",
    );
  }
  const { poolSize, reservePoolSize, maxDbConnections } = share;
  return { poolSize, reservePoolSize, maxDbConnections };
}
