// `npm run deploy`: `pulumi up` of a stack in Google's cloud as a workflow runs it, patient with grants that still spread, and verified.
import { runCommand, UsageError } from "./command.ts";
import { pulumi } from "./pulumi-cli.ts";
import { GRANTS_WITHIN_MS, whileGrantsSpread } from "./spreading-grants.ts";
import { localStack } from "./stack-environment.ts";
import { enterStack, readDeployment } from "./stack-outputs.ts";
import { printReport } from "./verify/report.ts";
import { verify } from "./verify/run.ts";
import { writePage } from "./verify/write-page.ts";

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

await runCommand(
  {
    usage: "npm run deploy -- --stack NAME [--no-verify]",
    summary: "Brings a stack in Google's cloud up without asking, and verifies it.",
    options: {
      "--stack NAME": "dev or prod",
      "--no-verify": "for who may deploy and not verify: the identity matrix has two accounts for the two",
    },
  },
  { stack: { type: "string" }, "no-verify": { type: "boolean", default: false } },
  async ({ stack, "no-verify": unverified }) => {
    if (stack === undefined || stack === localStack) {
      throw new UsageError(
        `stack "${stack ?? ""}": is not deployed by this command; expected --stack dev or --stack prod. For this machine run npm start.`,
      );
    }
    const environment = await enterStack(stack);
    const args = ["up", "--yes", "--skip-preview", "--stack", stack];
    await whileGrantsSpread(() => pulumi(environment, args, { onOutput: (text) => process.stdout.write(text) }), say);
    if (unverified) return 0;
    const report = await verify(await readDeployment(stack), { grantsWithinMs: GRANTS_WITHIN_MS });
    printReport({ report, page: writePage(report), say });
    return report.passed ? 0 : 1;
  },
);
