/** The database did not take the statement, and the same call may succeed later. */
export class DatabaseUnavailableError extends Error {
  readonly retryable = true;

  constructor(problem: string, options?: ErrorOptions) {
    super(`database: is not available (${problem}); expected an answer through the pooler. Try again later.`, options);
    this.name = "DatabaseUnavailableError";
  }
}

/** The statement's values are none that the database takes; the same call never succeeds. */
export class DatabaseRefusedError extends Error {
  readonly retryable = false;
  /** SQLSTATE. */
  readonly code: string;
  /** Name of the constraint that does not hold, where it was one. */
  readonly constraint: string | undefined;

  /** The server's own words are left out: they quote the values. */
  constructor(statement: string, code: string, constraint: string | undefined) {
    const where = constraint === undefined ? "" : `, constraint ${constraint}`;
    super(
      `statement "${statement}": was refused (SQLSTATE ${code}${where}); expected values that its table takes. ` +
        "Correct the values; npm run migrate and sql/ say what holds.",
    );
    this.name = "DatabaseRefusedError";
    this.code = code;
    this.constraint = constraint;
  }
}

/** Somebody would connect past the pooler, whose budget is the only thing that keeps the server from running out. */
export class DirectConnectionError extends Error {
  constructor(address: string, pooler: string) {
    super(
      `database: a connection past the pooler was asked for (${address}); expected the pooler that the contract declares ` +
        `(${pooler}). Connect there, or say allowDirect for what a transaction pooler cannot carry (LISTEN, session locks).`,
    );
    this.name = "DirectConnectionError";
  }
}

/** The failure as one of the errors above where it is one; anything else stays what it is. */
export function databaseError(error: unknown, statement: string): unknown {
  if (error instanceof DatabaseUnavailableError || typeof error !== "object" || error === null) return error;
  const code = textOf(error, "code");
  // 08 connection, 53 out of resources, 57P01 to 57P05 shut down and not yet up; E... the operating system's codes.
  if (/^(08|53|57P0)/.test(code) || /^E[A-Z]+$/.test(code)) return new DatabaseUnavailableError(code, { cause: error });
  if (/^2[23]/.test(code)) {
    return new DatabaseRefusedError(statement, code, textOf(error, "constraint") || undefined);
  }
  // node-postgres gives its own time-outs and broken connections no code.
  const message = textOf(error, "message");
  if (code === "" && /timeout|terminated|not queryable|ended/i.test(message)) {
    return new DatabaseUnavailableError(message, { cause: error });
  }
  return error;
}

/**
 * A prepared statement whose plan no longer fits: a migration changed the columns that it gives, or it is gone. It was not
 * run; the same text under another name is prepared anew.
 */
export function isStalePlan(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const code = textOf(error, "code");
  return code === "26000" || (code === "0A000" && textOf(error, "message").includes("cached plan"));
}

function textOf(error: object, property: string): string {
  const value: unknown = Reflect.get(error, property);
  return typeof value === "string" ? value : "";
}
