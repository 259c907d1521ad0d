// `npm run verify`: the acceptance test of a deployed stack.
import { runCommand } from "./command.ts";
import { enterStack, readDeployment } from "./stack-outputs.ts";
import { printReport, reportJson } from "./verify/report.ts";
import { verify } from "./verify/run.ts";
import { writePage } from "./verify/write-page.ts";

await runCommand(
  {
    usage: "npm run verify -- [--stack NAME] [--json]",
    summary:
      "Proves what the stack promises, one row a promise; ends with 1 if one fails. Leaves nothing behind but a page with plots.",
    options: { "--stack NAME": "the stack (local)", "--json": "one JSON object instead of the table" },
  },
  { stack: { type: "string", default: "local" }, json: { type: "boolean", default: false } },
  async ({ stack, json }) => {
    await enterStack(stack);
    const report = await verify(await readDeployment(stack));
    const page = writePage(report);
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    if (json) say(reportJson(report, page));
    else printReport({ report, page, say });
    return report.passed ? 0 : 1;
  },
);
