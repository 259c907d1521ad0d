import { loadParser, parseFile } from "../../migrator/grammar/sql-parser.ts";
import type { SqlText, Statement } from "../../migrator/index.ts";

/** The statements of a text, as the engine cuts it; throws where it is no SQL. */
export async function parsed(sql: string): Promise<Statement[]> {
  await loadParser();
  const text: SqlText = { file: "test.sql", sql, sha256: "", transactional: true, statements: [] };
  const problems = parseFile(text);
  if (problems.length > 0 && text.statements.length === 0) throw new Error(problems[0]?.message);
  return text.statements;
}

/** The one statement of a text. */
export async function parsedOne(sql: string): Promise<Statement> {
  const [statement, ...more] = await parsed(sql);
  if (statement === undefined || more.length > 0) throw new Error(`not one statement: ${sql}`);
  return statement;
}
