// The one comment of a pull request: written once, then updated in place.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand, UsageError } from "../command.ts";
import { GitHub, markedBody, marker, WORKFLOW_AUTHOR } from "./github.ts";

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user: { login: string } | null;
}

const NAME = "preview";
const stacks = ["dev", "prod"];

/** Each stack's report in its order: the one from Google Cloud where there is one, else that of the local cloud. */
export function chosenReports(folder: string): string[] {
  const reports = stacks.flatMap((stack) => {
    const file = [`report-${stack}.md`, `report-${stack}-local.md`]
      .map((name) => join(folder, name))
      .find((candidate) => existsSync(candidate));
    return file === undefined
      ? [`### ${stack}\n\nNo report: its job failed, see the checks below.`]
      : [readFileSync(file, "utf8").trim()];
  });
  return reports;
}

async function comment(github: GitHub, pull: number, text: string): Promise<string> {
  const body = markedBody(NAME, text);
  const comments = await github.list<Comment>(`/issues/${pull}/comments`);
  // Anyone may write the marker; only what the workflow wrote is its own.
  const own = comments.find(
    ({ user, body: written }) => user?.login === WORKFLOW_AUTHOR && written?.startsWith(marker(NAME)) === true,
  );
  if (own === undefined) {
    await github.call("POST", `/issues/${pull}/comments`, { body });
    return "written";
  }
  if (own.body?.replaceAll("\r\n", "\n").trim() === body.trim()) return "unchanged";
  await github.call("PATCH", `/issues/comments/${own.id}`, { body });
  return "updated";
}

await runCommand(
  {
    usage: "npm run workflow -- comment --pull N --reports DIR",
    summary: "Writes the pull request's comment from the stacks' reports, or updates it in place.",
    options: {
      "--pull N": "number of the pull request",
      "--reports DIR": "folder with report-STACK.md or report-STACK-local.md",
    },
  },
  { pull: { type: "string", default: "" }, reports: { type: "string", default: "" } },
  async ({ pull, reports }) => {
    if (!/^[1-9]\d*$/.test(pull)) {
      throw new UsageError(`option "--pull": is no number (${pull}); expected that of a pull request. Give it.`);
    }
    const done = await comment(GitHub.fromEnvironment(), Number(pull), chosenReports(reports).join("\n\n"));
    process.stdout.write(`comment of pull request ${pull}: ${done}\n`);
    return 0;
  },
);
