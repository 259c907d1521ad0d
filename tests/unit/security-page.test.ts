// The security page's threats are held by tests that exist under the names that the page gives.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { projectRoot } from "../../local/paths.ts";

const page = readFileSync(join(projectRoot, "docs", "security.md"), "utf8");
const threats = page
  .slice(page.indexOf("## Threats"), page.indexOf("Not held by a test"))
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (Threat|---)/.test(line))
  .map((line) => line.split(" | "));

/** `file "name"; "name of the same file"; file "name"` */
function named(cell: string): { file: string; name: string }[] {
  let file = "";
  return [...cell.matchAll(/`([^`]+)`|"((?:[^"\\]|\\")+)"/g)].flatMap(([, path, name]) => {
    if (path !== undefined) file = path;
    return name === undefined ? [] : [{ file, name }];
  });
}

it("has more than two dozen threats, each with what stands against it", () => {
  expect(threats.length).toBeGreaterThan(24);
  for (const cells of threats) expect(cells).toHaveLength(3);
});

it.each(threats.map(([threat = "", , cell = ""]): [string, string] => [threat.replace("| ", ""), cell]))(
  "%s: is held by tests that exist",
  (_threat, cell) => {
    const tests = named(cell);
    expect(tests.length).toBeGreaterThan(0);
    for (const { file, name } of tests) {
      expect(existsSync(join(projectRoot, file))).toBe(true);
      const source = readFileSync(join(projectRoot, file), "utf8");
      // As a test's name, not anywhere: behind the bracket of it(), it.each() or in a table of cases.
      expect({ file, name, found: source.includes(`"${name}"`) }).toEqual({ file, name, found: true });
    }
  },
);
