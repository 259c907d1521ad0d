// A pull request's branch and commits, held against CONTRIBUTING.md.
import { execFileSync } from "node:child_process";
import { projectRoot } from "../../local/paths.ts";
import { runCommand, UsageError } from "../command.ts";
import { branchProblems, commitProblems } from "./commit-rules.ts";

/** The messages of the commits that `head` has and `base` has not, oldest first. Raises UsageError where git knows one not. */
function messages(base: string, head: string): string[] {
  for (const revision of [base, head]) {
    if (!/^[\w./-]+$/.test(revision) || revision.startsWith("-")) {
      throw new UsageError(`revision "${revision}": is none; expected a commit or a branch. Give one.`);
    }
  }
  try {
    const args = ["log", "--reverse", "--format=%B%x00", `${base}..${head}`];
    const text = execFileSync("git", args, { cwd: projectRoot, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return text
      .split("\0")
      .map((message) => message.trim())
      .filter((message) => message !== "");
  } catch (cause) {
    throw new UsageError(
      `range "${base}..${head}": is unknown to git; expected two commits of this clone. Fetch the whole history (fetch-depth: 0).`,
      { cause },
    );
  }
}

await runCommand(
  {
    usage: "npm run workflow -- commits --base REVISION --head REVISION [--branch NAME]",
    summary: "Checks a branch's name and every commit of a range; the rules stand in CONTRIBUTING.md.",
    options: {
      "--base REVISION": "where the branch left main",
      "--head REVISION": "its last commit (HEAD)",
      "--branch NAME": "its name; unchecked without it",
    },
  },
  {
    base: { type: "string", default: "" },
    head: { type: "string", default: "HEAD" },
    branch: { type: "string" },
  },
  async ({ base, head, branch }) => {
    const commits = messages(base, head);
    const problems = [...(branch === undefined ? [] : branchProblems(branch)), ...commits.flatMap(commitProblems)];
    for (const problem of problems) process.stdout.write(`${problem}\n`);
    process.stdout.write(`${commits.length} commits, ${problems.length} problems\n`);
    return problems.length === 0 ? 0 : 1;
  },
);
