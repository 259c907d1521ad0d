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

/**
 * One message of PostgreSQL's simple protocol with several statements. Unlike `client.query(text)` it tells how many
 * statements finished when one fails, and hears of each as it finishes. Result rows are passed over.
 */
class ScriptQuery implements pg.Submittable {
  readonly #text: string;
  readonly #onStatement: (completed: number) => void;
  readonly #settle: (outcome: ScriptOutcome) => void;
  #completed = 0;

  constructor(text: string, settle: (outcome: ScriptOutcome) => void, onStatement: (completed: number) => void) {
    this.#text = text;
    this.#settle = settle;
    this.#onStatement = onStatement;
  }

  submit(connection: Wire): void {
    connection.query(this.#text);
  }

  handleCommandComplete(): void {
    this.#completed += 1;
    this.#onStatement(this.#completed);
  }

  handleError(error: Error): void {
    this.#settle({ completed: this.#completed, error });
  }

  handleReadyForQuery(): void {
    this.#settle({ completed: this.#completed });
  }

  handleRowDescription(): void {
    // Rows of a script are nobody's.
  }

  handleDataRow(): void {
    // As above.
  }

  handleEmptyQuery(): void {
    // A script of comments only.
  }
}

/** Sends a script and waits for its end. Never rejects: a failure is part of the outcome. */
export function runScript(
  client: pg.Client,
  text: string,
  onStatement: (completed: number) => void = () => undefined,
): Promise<ScriptOutcome> {
  return new Promise((resolve) => {
    client.query(new ScriptQuery(text, resolve, onStatement));
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
