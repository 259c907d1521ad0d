import pg from "pg";

interface Wire {
  query(text: string): void;
}

/** What became of a script. */
export interface ScriptOutcome {
  /** How many statements finished before the end or the error. */
  completed: number;
  error?: Error;
}

const nothing = (): void => undefined;

/**
 * One message of PostgreSQL's simple protocol with several statements. Unlike `client.query(text)` it tells how many
 * statements finished when one fails. Result rows are passed over.
 */
class ScriptQuery implements pg.Submittable {
  // Rows of a script are nobody's, and one of comments only is none.
  readonly handleRowDescription = nothing;
  readonly handleDataRow = nothing;
  readonly handleEmptyQuery = nothing;
  readonly #text: string | null;
  readonly #settle: (outcome: ScriptOutcome) => void;
  #completed = 0;

  /** `text` null: it was sent already. */
  constructor(text: string | null, settle: (outcome: ScriptOutcome) => void) {
    this.#text = text;
    this.#settle = settle;
  }

  submit(connection: Wire): void {
    if (this.#text !== null) connection.query(this.#text);
  }

  handleCommandComplete(): void {
    this.#completed += 1;
  }

  handleError(error: Error): void {
    this.#settle({ completed: this.#completed, error });
  }

  handleReadyForQuery(): void {
    this.#settle({ completed: this.#completed });
  }
}

/** Sends a script and waits for its end. Never rejects: a failure is part of the outcome. */
export function runScript(client: pg.Client, text: string): Promise<ScriptOutcome> {
  return new Promise((resolve) => {
    client.query(new ScriptQuery(text, resolve));
  });
}

/** As runScript, behind the one script that is under way: the server goes on with this one before we hear of the other's end. */
export function runScriptBehind(client: pg.Client, text: string): Promise<ScriptOutcome> {
  (client as pg.Client & { connection: Wire }).connection.query(text);
  return new Promise((resolve) => {
    client.query(new ScriptQuery(null, resolve));
  });
}

/** Sends a script of the engine's own; rejects with PostgreSQL's error. */
export async function runOwnScript(client: pg.Client, text: string): Promise<void> {
  const { error } = await runScript(client, text);
  if (error !== undefined) throw error;
}

export const identifier = (name: string): string => pg.escapeIdentifier(name);
export const literal = (value: string | number | boolean | null): string =>
  value === null ? "NULL" : typeof value === "string" ? pg.escapeLiteral(value) : String(value);
