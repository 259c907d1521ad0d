import pg from "pg";
import type { Contract } from "./contract.ts";

/** One statement with its values bound; the name makes it a prepared statement, which PgBouncer carries over. */
export interface Statement {
  name: string;
  text: string;
  values: readonly unknown[];
}

/** Whatever runs statements: the pool, or one transaction of it. */
export interface Queries {
  query<Row extends pg.QueryResultRow>(statement: Statement): Promise<Row[]>;
}

/** The database did not take the statement, and the same call may succeed later. */
export class DatabaseUnavailableError extends Error {
  readonly retryable = true;

  constructor(problem: string, options?: ErrorOptions) {
    super(`database: is not available (${problem}); expected an answer through the pooler. Try again later.`, options);
    this.name = "DatabaseUnavailableError";
  }
}

export interface DatabaseOptions {
  contract: Contract;
  /** The pooler's password, from the secret that the contract names. */
  password: string;
  /** Shown in pg_stat_activity and in the pooler's SHOW CLIENTS. */
  applicationName: string;
  /** Connections to the pooler that this process holds at most; they cost the server nothing. 20 unless given. */
  maxConnections?: number;
  /** Called for connections that break while idle; the pool has replaced them already. */
  onIdleError?: (error: Error) => void;
}

/** The pooler gives up on a waiting client after 10 s (query_wait_timeout): this side must be earlier, with a clear error. */
const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 8_000;

/** A connection pool to PgBouncer, never to the server itself. */
export class Database implements Queries {
  readonly #pool: pg.Pool;

  constructor(options: DatabaseOptions) {
    const { pooler, name } = options.contract.database;
    this.#pool = new pg.Pool({
      host: pooler.host,
      port: pooler.port,
      user: pooler.user,
      database: name,
      password: options.password,
      application_name: options.applicationName,
      max: options.maxConnections ?? 20,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      // On this side: the pooler refuses statement_timeout as a start-up parameter.
      query_timeout: QUERY_TIMEOUT_MS,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
    });
    this.#pool.on("error", (error) => options.onIdleError?.(error));
  }

  /** Runs one statement and returns its rows. Throws DatabaseUnavailableError, and pg's DatabaseError for the rest. */
  query<Row extends pg.QueryResultRow>(statement: Statement): Promise<Row[]> {
    return run<Row>(this.#pool, statement);
  }

  /** Runs `work` in one transaction that is rolled back in any case: a trial that leaves nothing behind. */
  async withRollback<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    try {
      await client.query("begin");
      return await work({ query: (statement) => run(client, statement) });
    } finally {
      // A connection that cannot roll back is thrown away, and its transaction with it.
      const rolledBack = await client.query("rollback").then(
        () => true,
        () => false,
      );
      client.release(!rolledBack);
    }
  }

  /** `SELECT 1` through the pooler. */
  async ping(): Promise<void> {
    await this.query({ name: "ping", text: "select 1", values: [] });
  }

  /** Connections of this process to the pooler, now. */
  get connections(): { total: number; idle: number; waiting: number } {
    return { total: this.#pool.totalCount, idle: this.#pool.idleCount, waiting: this.#pool.waitingCount };
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw unavailability(error) ?? error;
    }
  }

  /** Waits for running statements, then closes every connection. */
  async close(): Promise<void> {
    await this.#pool.end();
  }
}

async function run<Row extends pg.QueryResultRow>(on: pg.Pool | pg.PoolClient, statement: Statement): Promise<Row[]> {
  try {
    const { name, text, values } = statement;
    return (await on.query<Row>({ name, text, values: [...values] })).rows;
  } catch (error) {
    throw unavailability(error) ?? error;
  }
}

/** The error as DatabaseUnavailableError where a later try may succeed. */
function unavailability(error: unknown): DatabaseUnavailableError | undefined {
  if (typeof error !== "object" || error === null || !("message" in error)) return undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // 08 connection, 53 out of resources, 57P01 to 57P05 shut down and not yet up; E... the operating system's codes.
  if (/^(08|53|57P0)/.test(code) || /^E[A-Z]+$/.test(code)) return new DatabaseUnavailableError(code, { cause: error });
  // node-postgres gives its own time-outs and broken connections no code.
  const message = String(error.message);
  if (/timeout|terminated|not queryable|ended/i.test(message) && code === "") {
    return new DatabaseUnavailableError(message, { cause: error });
  }
  return undefined;
}
