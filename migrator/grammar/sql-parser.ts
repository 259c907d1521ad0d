// PostgreSQL 15's own grammar: exact statement borders and kinds, syntax errors before a database is there.
import { setFlagsFromString } from "node:v8";
import { hasSqlDetails, loadModule, parseSync } from "libpg-query";
import type { FileProblem } from "../errors.ts";
import type { SqlText, Statement } from "../migration.ts";
import { listOf, nodeOf, type ParseNode } from "./parse-node.ts";
import { Place } from "../files/place.ts";
import { isOutsideTransaction, refusal } from "./statement-kinds.ts";
import { lockOf, rewrites } from "./statement-locks.ts";

/** Loads the parser (WebAssembly, once a process, about 20 ms). */
export async function loadParser(): Promise<void> {
  await loadModule();
}

/** Hears of each statement with the parser's tree of it, which nobody keeps. */
export type Inspect = (statement: Statement, node: ParseNode) => void;

/** Fills `statements` of a file. Returns what is no SQL in it, or must not stand in a file; needs `loadParser` before. */
export function parseFile(text: SqlText, inspect?: Inspect): FileProblem[] {
  if (text.sql.trim() === "") return [];
  const problems: FileProblem[] = [];
  try {
    text.statements = split(text.sql, (statement, node) => {
      const message = refusal(statement.kind, node, statement.text);
      if (message !== undefined) problems.push({ file: text.file, line: statement.line, message });
      inspect?.(statement, node);
    });
  } catch (error) {
    if (!hasSqlDetails(error)) throw error;
    const place = new Place(text.sql, Array.from(text.sql).slice(0, error.sqlDetails.cursorPosition).join("").length);
    problems.push({ file: text.file, ...place.position, message: `${error.message}${syntaxHint(text.sql, place)}` });
  }
  return problems;
}

/** Which statements cannot run as the file's head says; needs them parsed. */
export function checkTransaction({ file, transactional, statements }: SqlText): FileProblem[] {
  if (!transactional) return [];
  return statements
    .filter(({ outsideTransaction }) => outsideTransaction)
    .map(({ line, text }) => {
      const first = text.split(/\s+/, 3).join(" ");
      const message = `"${first} ..." cannot run inside a transaction; expected "-- migrator: no-transaction" as first line.`;
      return { file, line, message: `${message} Add it, with this statement alone in the file.` };
    });
}

function split(sql: string, inspect: Inspect): Statement[] {
  const bytes = Buffer.from(sql, "utf8");
  const parsed = nodeOf(parse(sql));
  // Places are kept up from one statement to the next: a long file is walked through once.
  let read = 0;
  let offset = 0;
  let line = 1;
  const advance = (to: number): void => {
    const passed = bytes.toString("utf8", read, to);
    offset += passed.length;
    for (let at = passed.indexOf("\n"); at >= 0; at = passed.indexOf("\n", at + 1)) line += 1;
    read = to;
  };
  return listOf(parsed["stmts"]).map((item) => {
    const { stmt, stmt_location: location, stmt_len: length } = nodeOf(item);
    const start = Number(location ?? 0);
    // Without a length it runs to the end of the text.
    const raw = bytes.toString("utf8", start, length === undefined ? bytes.length : start + Number(length));
    const text = raw.slice(leadingBlank(raw)).replace(/[ \t\n\r\f]+$/, "");
    advance(start + Buffer.byteLength(raw.slice(0, leadingBlank(raw))));
    const [[kind, value] = ["", {}]] = Object.entries(nodeOf(stmt));
    const node = nodeOf(value);
    const statement = {
      text,
      kind,
      offset,
      line,
      outsideTransaction: isOutsideTransaction(kind, node),
      lock: lockOf(kind, node),
      rewrites: rewrites(kind, node),
      ...concurrentIndex(kind, node),
    };
    inspect(statement, node);
    return statement;
  });
}

/**
 * The grammar is one function of a size over which V8's optimiser takes hundreds of megabytes and more time than it saves. The
 * parser answers at once, so nobody else's code is compiled while the optimiser is off.
 */
function parse(sql: string): unknown {
  const flags = ["wasm-tier-up", "wasm-dynamic-tiering"];
  for (const flag of flags) setFlagsFromString(`--no-${flag}`);
  try {
    return parseSync(sql);
  } finally {
    for (const flag of flags) setFlagsFromString(`--${flag}`);
  }
}

/** Length of white space and comments before the first word, as PostgreSQL's scanner sees them: block comments nest. */
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
      while (at < text.length && text[at] !== "\n" && text[at] !== "\r") at += 1;
    } else if (" \t\n\r\f".includes(text.charAt(at))) at += 1;
    else break;
  }
  return at;
}

function concurrentIndex(kind: string, node: ParseNode): Pick<Statement, "concurrentIndex"> {
  if (kind !== "IndexStmt" || node["concurrent"] !== true || typeof node["idxname"] !== "string") return {};
  const { schemaname: schema, relname: table } = nodeOf(node["relation"]);
  const named = (value: unknown): string => (typeof value === "string" ? value : "");
  return { concurrentIndex: { name: node["idxname"], schema: named(schema), table: named(table) } };
}

function syntaxHint(sql: string, place: Place): string {
  const line = place.sourceLine.trimStart();
  if (line.startsWith("\\")) return ". Commands of psql are not SQL: leave them out.";
  if (/\bcopy\b[^;]*\bfrom\s+stdin\b/i.test(sql)) return ". Data after COPY FROM STDIN is not SQL: use INSERT.";
  return ".";
}
