import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { branchProblems, commitProblems, commitTypes } from "../../commands/workflow/commit-rules.ts";
import { projectRoot } from "../../local/paths.ts";

describe("commits", () => {
  it.each([
    "feat: find albums",
    "fix(pooler): close idle connections",
    "feat(client)!: sign without a bucket\n\nBREAKING CHANGE: pass the bucket to the signer.",
    "docs: tell how to restore\n\nWith the figures of the last drill.",
    "Merge branch 'main' into feat/albums",
    'Revert "feat: find albums"\n\nThis reverts commit 0123.',
  ])("pass: %j", (message) => {
    expect(commitProblems(message)).toEqual([]);
  });

  it.each([
    ["Find albums", "has no conventional first line"],
    ["feat:find albums", "has no conventional first line"],
    ["feature: find albums", "has an unknown type (feature)"],
    ["feat: find albums.", "ends its first line with a full stop"],
    ["feat: find albums\nand artists", "has no empty second line"],
    [`feat: ${"a".repeat(95)}`, "has too long a first line (101 characters)"],
    ["feat: sign otherwise\n\nBREAKING CHANGE: everything", "breaks something without saying so"],
  ])("%j: %s", (message, problem) => {
    expect(commitProblems(message)).toEqual([expect.stringContaining(problem)]);
  });
});

describe("branches", () => {
  it.each(["feat/album-search", "fix/pool-leak", "dependabot/npm_and_yarn/pg-8.23.2"])("pass: %s", (branch) => {
    expect(branchProblems(branch)).toEqual([]);
  });

  it.each(["main", "album-search", "feat/Album", "feat/", "feat/a b", "feat/a/b"])("are refused: %s", (branch) => {
    expect(branchProblems(branch)).toEqual([expect.stringContaining("expected feat/TOPIC or fix/TOPIC")]);
  });
});

it("CONTRIBUTING.md names every type of commit", () => {
  const text = readFileSync(join(projectRoot, "CONTRIBUTING.md"), "utf8");
  for (const type of commitTypes) expect(text).toContain(`\`${type}\``);
});
