// `npm run contract`: the stack's contract for deployments that are not Pulumi programs.
import { contractVariables } from "./contract-variables.ts";
import { runCommand, UsageError } from "./command.ts";
import { readContract } from "./stack-outputs.ts";

await runCommand(
  {
    usage: "npm run contract -- [--stack NAME] [--format json|env]",
    summary: "Prints what application deployments need to know of a stack. It names secrets and holds none.",
    options: {
      "--stack NAME": "the stack (local)",
      "--format json|env": "JSON, or NAME=value lines for a shell (json)",
    },
  },
  { stack: { type: "string", default: "local" }, format: { type: "string", default: "json" } },
  async ({ stack, format }) => {
    if (format !== "json" && format !== "env") {
      throw new UsageError(`option "--format": is not known (${format}); expected json or env. Choose one of them.`);
    }
    const contract = await readContract(stack);
    const text = format === "json" ? JSON.stringify(contract, null, 2) : contractVariables(contract).join("\n");
    process.stdout.write(`${text}\n`);
    return 0;
  },
);
