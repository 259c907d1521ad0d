// How branches and commits are named: https://www.conventionalcommits.org/en/v1.0.0/ with the types of its usual convention.

export const commitTypes = [
  "feat",
  "fix",
  "docs",
  "test",
  "refactor",
  "perf",
  "build",
  "ci",
  "chore",
  "revert",
] as const;

/** Longest first line; git's own tools cut longer ones. */
const HEADER_LIMIT = 100;

const header = /^(?<type>[a-z]+)(\((?<scope>[a-z0-9-]+)\))?(?<breaking>!)?: (?<subject>.+)$/;

/** A change that breaks its users says so in its header and tells in a footer what they have to do. */
const breakingFooter = /^BREAKING[ -]CHANGE: \S/m;

/** What is wrong with a commit's message, one sentence each; empty when nothing is. Commits that git writes itself pass. */
export function commitProblems(message: string): string[] {
  const [first = "", second = ""] = message.split("\n");
  if (/^(Merge (branch|pull request|remote-tracking)|Revert ")/.test(first)) return [];
  const form = "expected TYPE(SCOPE): SUBJECT, as feat(search): find albums";
  const groups = header.exec(first)?.groups;
  if (groups === undefined) return [`commit "${first}": has no conventional first line; ${form}.`];
  const problems: string[] = [];
  const refuse = (wrong: string, expected: string): void => {
    problems.push(`commit "${first}": ${wrong}; expected ${expected}.`);
  };
  const { type = "", subject = "", breaking } = groups;
  if (!commitTypes.some((known) => known === type)) refuse(`has an unknown type (${type})`, commitTypes.join(", "));
  if (first.length > HEADER_LIMIT) {
    refuse(`has too long a first line (${first.length} characters)`, `at most ${HEADER_LIMIT} characters`);
  }
  if (subject.endsWith(".")) refuse("ends its first line with a full stop", "none");
  if (second.trim() !== "") refuse("has no empty second line", "a first line of its own");
  if (breaking === undefined && breakingFooter.test(message)) {
    refuse("breaks something without saying so in its first line", 'a "!" before the colon');
  }
  return problems;
}

/** What is wrong with a branch's name. Those of the dependency updater have their own form. */
export function branchProblems(branch: string): string[] {
  if (/^(feat|fix)\/[a-z0-9][a-z0-9-]*$/.test(branch) || branch.startsWith("dependabot/")) return [];
  return [
    `branch "${branch}": has another form; expected feat/TOPIC or fix/TOPIC in lower case, as feat/album-search.`,
  ];
}
