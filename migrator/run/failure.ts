// A failure as people want to read it: file, line, caret, SQLSTATE, reason, next step; never a row's values.
import pg from "pg";
import { MigrationFailedError, type MigrationFailure } from "../errors.ts";
import type { SqlText } from "../migration.ts";
import { Place } from "../files/place.ts";

/** Hints for what happens most. */
const nextSteps: Record<string, string> = {
  "55P03": "Something holds a lock on the object. End it (pg_stat_activity shows it) and run up again.",
  "42501": "Grant the right to the owner's role, then run up again.",
  "3F000": "Name the schema: search_path is empty while a file runs.",
};

/** Whether PostgreSQL itself refused something (as opposed to a broken connection). */
export function isServerError(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && typeof error.code === "string";
}

export interface Circumstances {
  /** Index of the statement. */
  statement: number;
  /** The place that PostgreSQL points at, in UTF-16 units in the file, where it does. */
  offset: number | undefined;
  rolledBack: boolean;
  /** A sentence about who held the locks that it waited for. */
  blockers?: string;
}

/** Builds the error of a statement of `text` that failed. */
export function migrationFailed(
  text: Pick<SqlText, "file" | "sql" | "statements">,
  cause: pg.DatabaseError,
  { statement, offset, rolledBack, blockers = "" }: Circumstances,
): MigrationFailedError {
  const begin = text.statements[statement];
  const place = new Place(text.sql, offset ?? begin?.offset ?? text.sql.trimEnd().length);
  const sqlstate = cause.code ?? "";
  const reason = maskValues(cause);
  const failure: MigrationFailure = { file: text.file, ...place.position, sqlstate, reason };
  const at = begin === undefined && offset === undefined ? " at COMMIT" : "";
  const state = rolledBack ? "Nothing of this file is left" : "Statements before this one stay done";
  const step = nextSteps[sqlstate] ?? "Correct the file, then run up again.";
  const message =
    `${text.file}:${String(failure.line)}:${String(failure.column)}: ${reason} (SQLSTATE ${sqlstate})${at}\n` +
    `${place.excerpt()}\n${state}; the files before it are applied.${blockers} ${step}`;
  return new MigrationFailedError(failure, message, { cause: withoutValues(cause) });
}

/**
 * Messages of class 22 (data exception) quote values of rows, unless they point at a literal of the file itself; so may what
 * functions of the database raise. A value may hold quotation marks too.
 */
function maskValues({ code, message, position, routine }: pg.DatabaseError): string {
  const quotesRows = (code?.startsWith("22") === true && position === undefined) || routine === "exec_stmt_raise";
  return quotesRows ? message.replace(/"[^]*"/, '"…"') : message;
}

/** PostgreSQL's error without what may hold values of rows or of parameters. */
function withoutValues(error: pg.DatabaseError): Error {
  const clean = new Error(`SQLSTATE ${error.code ?? "?"}`);
  clean.name = "PostgresError";
  return clean;
}
