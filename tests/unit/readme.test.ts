// What the README tells people to type exists. Its configuration table is held by stack-files.test.ts.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { configKeys } from "../../config/schema.ts";

const root = join(import.meta.dirname, "..", "..");
const text = (file: string): string => readFileSync(join(root, file), "utf8");
const readmes = globSync(["*.md", "sql/*.md", "docs/**/*.md", "examples/*/*.md"], { cwd: root });
const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };

describe.each(readmes)("%s", (file) => {
  const readme = text(file);

  it("names only commands that package.json has", () => {
    const named = [...readme.matchAll(/npm run ([a-z:-]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it("links only to files that are there", () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => !existsSync(join(root, dirname(file), link)))).toEqual([]);
  });
});

describe("README.md", () => {
  const readme = text("README.md");

  it("tells of every command that people use", () => {
    const hidden = new Set(["golden:update", "workflow"]);
    const own = Object.keys(scripts).filter((name) => !name.startsWith("pre") && !hidden.has(name));
    const told = (name: string): boolean => new RegExp(`npm (?:run )?${name}\\b`).test(readme);
    expect(own.filter((name) => !told(name))).toEqual([]);
  });

  it("names only configuration keys that exist", () => {
    const outsideTable = readme.replace(/<!-- config:begin -->[^]*<!-- config:end -->/, "");
    const named = [...outsideTable.matchAll(/\bset `(\w+)`/g)].map(([, name = ""]) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in configKeys))).toEqual([]);
  });
});
