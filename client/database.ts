import { setTimeout as delay } from "node:timers/promises";
import type { ConnectionOptions } from "node:tls";
import pg from "pg";
import type { Contract } from "./contract.ts";
import { databaseError, DatabaseUnavailableError, DirectConnectionError, isStalePlan } from "./database-errors.ts";

/** One statement with its values bound; the name makes it a prepared statement, which PgBouncer carries over. */
export interface Statement {
  name: string;
  text: string;
  values: readonly unknown[];
  /** It may run twice: a read, or a write whose repeat changes nothing. Only such a one is tried again by itself. */
  safe?: boolean;
}

/** Whatever runs statements: the pool, or one transaction of it. */
export interface Queries {
  /** Rows of one statement. Throws DatabaseUnavailableError where a later try may succeed, DatabaseRefusedError where none will. */
  query<Row extends pg.QueryResultRow>(statement: Statement): Promise<Row[]>;
}

/** A server's own address, past the pooler. */
export interface DirectAddress {
  host: string;
  port: number;
  user: string;
  tls?: ConnectionOptions;
}

/** A pool to PgBouncer, or with `direct` and `allowDirect` to the server itself. */
export interface DatabaseOptions {
  /** Names the pooler's address and the database. */
  contract: Contract;
  /** The pooler's password, from the secret that the contract names; with `direct` the login's. */
  password: string;
  /** Shown in pg_stat_activity and in the pooler's SHOW CLIENTS. */
  applicationName: string;
  /** Connections to the pooler that this process holds at most; they cost the server nothing. 20 unless given. */
  maxConnections?: number;
  /** Called for connections that break while idle; the pool has replaced them already. */
  onIdleError?: (error: Error) => void;
  /** The server instead of the pooler; only together with `allowDirect`. */
  direct?: DirectAddress;
  /** Says that the way past the pooler is meant. */
  allowDirect?: boolean;
}

/** The pooler gives up on a waiting client after 10 s (query_wait_timeout): this side must be earlier, with a clear error. */
const CONNECT_TIMEOUT_MS = 5_000;
/** For a statement with all its tries. */
const QUERY_TIMEOUT_MS = 8_000;
/** First pause between two tries; it doubles, up to half a second. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/** node-postgres takes the time-out by statement too; its types do not say so. */
interface TimedQuery extends pg.QueryConfig {
  query_timeout: number;
}

/** A connection pool to PgBouncer. Throws DirectConnectionError where another address is asked for without saying so. */
export class Database implements Queries {
  readonly #pool: pg.Pool;
  /** Statements whose plan went stale -> how often; each time another text, which the pooler prepares anew. */
  readonly #renewed = new Map<string, number>();

  constructor(options: DatabaseOptions) {
    const { pooler, name } = options.contract.database;
    const { direct } = options;
    if (direct !== undefined && options.allowDirect !== true) {
      const at = (address: { host: string; port: number }) => `${address.host}:${String(address.port)}`;
      throw new DirectConnectionError(at(direct), at(pooler));
    }
    const { host, port, user } = direct ?? pooler;
    this.#pool = new pg.Pool({
      ...{ host, port, user, database: name, password: options.password },
      ...(direct?.tls === undefined ? {} : { ssl: direct.tls }),
      application_name: options.applicationName,
      max: options.maxConnections ?? 20,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      // On this side: the pooler refuses statement_timeout as a start-up parameter.
      query_timeout: QUERY_TIMEOUT_MS,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
    });
    // While a client is lent out nobody else listens: its statement fails, and the process must not.
    this.#pool.on("connect", (client) => client.on("error", () => undefined));
    this.#pool.on("error", (error) => options.onIdleError?.(error));
  }

  /**
   * Runs one statement and returns its rows. A `safe` one is tried again, within 8 s in all, when its connection breaks; any
   * other only where it cannot have reached the server. Throws DatabaseUnavailableError, DatabaseRefusedError, and pg's
   * DatabaseError for the rest.
   */
  async query<Row extends pg.QueryResultRow>(statement: Statement): Promise<Row[]> {
    const end = Date.now() + QUERY_TIMEOUT_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      let sent = false;
      try {
        const client = await this.#connect();
        sent = true;
        return await this.#runOn<Row>(client, statement, end - Date.now());
      } catch (error) {
        const jitteredMs = pauseMs * (0.5 + Math.random());
        const again = error instanceof DatabaseUnavailableError && (!sent || statement.safe === true);
        if (!again || Date.now() + jitteredMs >= end) throw error;
        await delay(jitteredMs);
      }
    }
  }

  /** Runs `work` in one transaction that is rolled back in any case: a trial that leaves nothing behind. */
  async withRollback<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    try {
      await client.query("begin");
      return await work({ query: (statement) => this.#run(client, statement, QUERY_TIMEOUT_MS) });
    } finally {
      // A connection that cannot roll back is thrown away, and its transaction with it.
      const rolledBack = await client.query("rollback").then(
        () => true,
        () => false,
      );
      client.release(!rolledBack);
    }
  }

  /** `SELECT 1` through the pooler, once: whoever asks for its health wants to know now. */
  async ping(): Promise<void> {
    await this.#runOn(await this.#connect(), { name: "ping", text: "select 1", values: [] }, QUERY_TIMEOUT_MS);
  }

  /** Connections of this process to the pooler, now. */
  get connections(): { total: number; idle: number; waiting: number } {
    return { total: this.#pool.totalCount, idle: this.#pool.idleCount, waiting: this.#pool.waitingCount };
  }

  /** Waits for running statements, then closes every connection. */
  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw databaseError(error, "connect");
    }
  }

  async #runOn<Row extends pg.QueryResultRow>(
    client: pg.PoolClient,
    statement: Statement,
    timeoutMs: number,
  ): Promise<Row[]> {
    // What is unavailable is not used again: its answer may still come.
    let broken = false;
    try {
      return await this.#run<Row>(client, statement, timeoutMs);
    } catch (error) {
      broken = error instanceof DatabaseUnavailableError;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async #run<Row extends pg.QueryResultRow>(
    client: pg.PoolClient,
    statement: Statement,
    timeoutMs: number,
  ): Promise<Row[]> {
    const query = async () => {
      const renewed = this.#renewed.get(statement.name) ?? 0;
      // The pooler knows a statement by its text, node-postgres by its name.
      const name = renewed === 0 ? statement.name : `${statement.name}~${String(renewed)}`;
      const text = statement.text + " ".repeat(renewed);
      const values = [...statement.values];
      const config: TimedQuery = { name, text, values, query_timeout: Math.max(1, timeoutMs) };
      return (await client.query<Row>(config)).rows;
    };
    try {
      return await query().catch((error: unknown) => {
        if (!isStalePlan(error)) throw error;
        this.#renewed.set(statement.name, (this.#renewed.get(statement.name) ?? 0) + 1);
        return query();
      });
    } catch (error) {
      throw databaseError(error, statement.name);
    }
  }
}
