// PostgreSQL 15's own grammar: exact statement borders and kinds, syntax errors before a database is there.
import { hasSqlDetails, loadModule, parseSync } from "libpg-query";
import type { FileProblem } from "./errors.ts";
import { isOutsideTransaction, refusal } from "./statement-kinds.ts";
import type { SqlText, Statement } from "./migration.ts";
import { Place } from "./place.ts";

interface ParsedStatement {
  stmt: Record<string, ParseNode>;
  /** UTF-8 bytes from the file's start; left out when 0. */
  stmt_location?: number;
  /** UTF-8 bytes; left out when the statement runs to the end. */
  stmt_len?: number;
}

/** A node of the parse tree; only the kinds that matter are looked into. */
export interface ParseNode {
  [field: string]: unknown;
}

/** Loads the parser (WebAssembly, once a process, about 20 ms). */
export async function loadParser(): Promise<void> {
  await loadModule();
}

/** Fills `statements` of a file. Returns what is no SQL in it; needs `loadParser` before. */
export function parseFile(text: SqlText): FileProblem[] {
  if (text.sql.trim() === "") return [];
  try {
    text.statements = split(text.sql);
  } catch (error) {
    if (!hasSqlDetails(error)) throw error;
    const place = new Place(text.sql, Array.from(text.sql).slice(0, error.sqlDetails.cursorPosition).join("").length);
    return [{ file: text.file, ...place.position, message: `${error.message}${syntaxHint(text.sql, place)}` }];
  }
  return [];
}

/** What a file must not hold; needs its statements. */
export function checkStatements(text: SqlText): FileProblem[] {
  return text.statements.flatMap((statement) => check(text, statement));
}

function split(sql: string): Statement[] {
  const bytes = Buffer.from(sql, "utf8");
  const parsed = parseSync(sql) as { stmts?: ParsedStatement[] };
  return (parsed.stmts ?? []).map(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
    const end = length === undefined ? bytes.length : start + length;
    const raw = bytes.toString("utf8", start, end);
    const skipped = leadingBlank(raw);
    const offset = bytes.toString("utf8", 0, start).length + skipped;
    const [kind = "", node = {}] = Object.entries(stmt)[0] ?? [];
    return {
      text: raw.slice(skipped).trimEnd(),
      kind,
      offset,
      line: new Place(sql, offset).position.line,
      outsideTransaction: isOutsideTransaction(kind, node),
      lock: null,
      rewrites: false,
      ...concurrentIndex(kind, node),
    };
  });
}

/** Length of white space and comments before the first word. Block comments nest in PostgreSQL. */
function leadingBlank(text: string): number {
  let at = 0;
  let depth = 0;
  while (at < text.length) {
    if (text.startsWith("/*", at)) {
      depth += 1;
      at += 2;
    } else if (depth > 0) {
      if (text.startsWith("*/", at)) {
        depth -= 1;
        at += 2;
      } else at += 1;
    } else if (text.startsWith("--", at)) {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end + 1;
    } else if (/\s/.test(text.charAt(at))) at += 1;
    else break;
  }
  return at;
}

function concurrentIndex(kind: string, node: ParseNode): Pick<Statement, "concurrentIndex"> {
  if (kind !== "IndexStmt" || node["concurrent"] !== true || typeof node["idxname"] !== "string") return {};
  const relation = node["relation"] as { schemaname?: string; relname?: string } | undefined;
  return {
    concurrentIndex: { name: node["idxname"], schema: relation?.schemaname ?? "", table: relation?.relname ?? "" },
  };
}

function check(text: SqlText, statement: Statement): FileProblem[] {
  const place = { file: text.file, line: statement.line };
  const refused = refusal(statement.kind, statement.text);
  if (refused !== undefined) return [{ ...place, message: refused }];
  if (statement.outsideTransaction && text.transactional) {
    const first = statement.text.split(/\s+/, 3).join(" ");
    const message = `"${first} ..." cannot run inside a transaction; expected "-- migrator: no-transaction" as first line.`;
    return [{ ...place, message: `${message} Add it, with this statement alone in the file.` }];
  }
  return [];
}

function syntaxHint(sql: string, place: Place): string {
  const line = place.sourceLine.trimStart();
  if (line.startsWith("\\")) return ". Commands of psql are not SQL: leave them out.";
  if (/^\s*copy\b[^;]*\bfrom\s+stdin\b/im.test(sql)) return ". Data after COPY FROM STDIN is not SQL: use INSERT.";
  return ".";
}
