import type { FileProblem } from "../errors.ts";
import { Place } from "./place.ts";
import type { SqlFile } from "./sql-file.ts";

/** One direction of a file that holds both. */
export interface Section {
  /** The part from its mark on; blank lines stand for what is before, so that its lines have the file's numbers. */
  sql: string;
  /** What stands after the mark's word. */
  options: string;
}

/**
 * Cuts a file at its marks. `mark` is global and multi-line, its first group the direction, its second the options. Marks
 * inside a literal would leave a half that does not parse, so nothing is ever cut wrongly and run.
 */
export function cutAtMarks(
  { file, sql }: Pick<SqlFile, "file" | "sql">,
  { mark, example }: { mark: RegExp; example: string },
  problems: FileProblem[],
): { up?: Section; down?: Section } {
  const marks = [...sql.matchAll(mark)];
  const sections: { up?: Section; down?: Section } = {};
  const first = marks[0];
  if (first?.[1] !== "up") {
    problems.push({
      file,
      line: 1,
      message: `has no mark for its way up; expected a line "${example}" before its SQL.`,
    });
  }
  const stray = /^(?![ \t\r]*$|--)/m.exec(sql);
  if (first !== undefined && stray !== null && stray.index < first.index) {
    const message = `SQL stands before the first mark; expected only comments there. Move it below "${example}".`;
    problems.push({ file, line: new Place(sql, stray.index).position.line, message });
  }
  marks.forEach(({ index, 1: direction, 2: options = "" }, at) => {
    const { line } = new Place(sql, index).position;
    const key = direction === "up" ? "up" : "down";
    if (sections[key] !== undefined) {
      const message = `has a second mark for its way ${key}; expected one of each. Split the file.`;
      problems.push({ file, line, message });
      return;
    }
    sections[key] = { sql: "\n".repeat(line - 1) + sql.slice(index, marks[at + 1]?.index), options };
  });
  return sections;
}
