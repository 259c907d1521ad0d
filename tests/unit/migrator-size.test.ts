// The engine stays small enough to be read: its code, without blank lines and comments.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import ts from "typescript";

const room = join(import.meta.dirname, "../../migrator");

/** Lines on which a token stands. */
function codeLines(file: string): number {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    if (node.getChildCount(source) > 0) node.getChildren(source).forEach(visit);
    else if (node.getEnd() > node.getStart(source)) {
      const [first, last] = [node.getStart(source), node.getEnd()].map(
        (at) => source.getLineAndCharacterOfPosition(at).line,
      ) as [number, number];
      for (let line = first; line <= last; line += 1) lines.add(line);
    }
  };
  source.getChildren().forEach(visit);
  return lines.size;
}

describe("migrator/", () => {
  const files = readdirSync(room, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const sizes = files.map((file) => ({ file, lines: codeLines(join(room, file)) }));

  it("has at most 4,000 lines, in files of at most 250", () => {
    expect(sizes.filter(({ lines }) => lines > 250)).toEqual([]);
    expect(sizes.reduce((sum, { lines }) => sum + lines, 0)).toBeLessThanOrEqual(4_000);
  });

  it("keeps the readers of other tools' formats in one folder", () => {
    const others = /flyway|dbmate|node-pg-migrate|golang-migrate/i;
    expect(files.filter((file) => others.test(file) && !file.startsWith("foreign/"))).toEqual([]);
    expect(files.filter((file) => file.startsWith("foreign/")).length).toBeGreaterThan(5);
  });
});
