import type pg from "pg";

/**
 * A second connection that looks at the first from outside: who blocks it, how far it is, whether its backend still lives.
 * Opened at first use. Whatever fails here changes nothing for the run: there is just no answer.
 */
export class Companion {
  readonly #connect: () => Promise<pg.Client>;
  #opening: Promise<pg.Client | undefined> | undefined;
  #open: pg.Client | undefined;
  #asked: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(connect: () => Promise<pg.Client>) {
    this.#connect = connect;
  }

  /** The rows, or undefined where there is no answer; the next call then tries a new connection. One question at a time. */
  rows<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[] | undefined> {
    const answer = this.#asked.then(() => this.#ask<Row>(text, values));
    this.#asked = answer;
    return answer;
  }

  async #ask<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[] | undefined> {
    if (this.#ended) return undefined;
    this.#opening ??= this.#connect().then(
      (client) => {
        client.on("error", () => undefined);
        return (this.#open = client);
      },
      () => undefined,
    );
    const client = await this.#opening;
    try {
      if (client !== undefined) return (await client.query<Row>(text, [...values])).rows;
    } catch {
      void client?.end().catch(() => undefined);
    }
    this.#opening = undefined;
    this.#open = undefined;
    return undefined;
  }

  /** Waits for no attempt that is still under way; what comes of it is closed then. */
  async end(): Promise<void> {
    this.#ended = true;
    if (this.#open === undefined) void this.#opening?.then((client) => client?.end().catch(() => undefined));
    else await this.#open.end().catch(() => undefined);
  }
}
