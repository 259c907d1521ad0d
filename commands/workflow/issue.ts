// One issue a subject: opened when something was found, updated while it lasts, closed when it is gone.
import { existsSync, readFileSync } from "node:fs";
import { runCommand, UsageError } from "../command.ts";
import { GitHub, markedBody, marker, WORKFLOW_AUTHOR } from "./github.ts";

interface Issue {
  readonly number: number;
  readonly body: string | null;
  readonly user: { login: string } | null;
  /** Lists of issues have pull requests among them. */
  readonly pull_request?: unknown;
}

interface Finding {
  /** Subject, as `drift-prod`: what stands in the marker. */
  readonly name: string;
  readonly title: string;
  /** "" when there is nothing to say. */
  readonly text: string;
}

async function report(github: GitHub, { name, title, text }: Finding): Promise<string> {
  const open = await github.list<Issue>("/issues?state=open");
  const own = open.find(
    (issue) =>
      issue.pull_request === undefined &&
      issue.user?.login === WORKFLOW_AUTHOR &&
      issue.body?.startsWith(marker(name)) === true,
  );
  const found = text.trim() !== "";
  if (own === undefined) {
    if (!found) return "nothing found, none open";
    const { number } = await github.call<Issue>("POST", "/issues", { title, body: markedBody(name, text) });
    return `opened #${number}`;
  }
  if (!found) {
    await github.call("POST", `/issues/${own.number}/comments`, { body: "Gone at the last look." });
    await github.call("PATCH", `/issues/${own.number}`, { state: "closed", state_reason: "completed" });
    return `closed #${own.number}`;
  }
  await github.call("PATCH", `/issues/${own.number}`, { title, body: markedBody(name, text) });
  return `updated #${own.number}`;
}

await runCommand(
  {
    usage: "npm run workflow -- issue --name NAME --title TEXT --text FILE",
    summary: "Opens or updates the one issue of a subject; closes it when FILE is empty.",
    options: {
      "--name NAME": "the subject, as drift-prod",
      "--title TEXT": "title of the issue",
      "--text FILE": "what was found, as Markdown; empty when nothing was",
    },
  },
  {
    name: { type: "string", default: "" },
    title: { type: "string", default: "" },
    text: { type: "string", default: "" },
  },
  async ({ name, title, text }) => {
    if (!/^[a-z][a-z-]*$/.test(name)) {
      throw new UsageError(`option "--name": is no subject (${name}); expected one as drift-prod. Give it.`);
    }
    // A missing file is a step that failed, and must never close an issue.
    if (!existsSync(text)) {
      throw new UsageError(`option "--text": is no file (${text}); expected what the step before wrote. Look at it.`);
    }
    const done = await report(GitHub.fromEnvironment(), { name, title, text: readFileSync(text, "utf8") });
    process.stdout.write(`issue ${name}: ${done}\n`);
    return 0;
  },
);
