// `npm run graph`: a deployed stack's resources without its secrets, for whoever may see the one and not the other.
import { runCommand } from "./command.ts";
import { type Exported, withoutSecrets } from "./preview-report/exported-graph.ts";
import { pulumi } from "./pulumi-cli.ts";
import { environmentOf } from "./stack-outputs.ts";

await runCommand(
  {
    usage: "npm run graph -- [--stack NAME]",
    summary:
      "Prints a stack's state with every secret withheld: what `npm run preview-report -- --graph FILE` compares a change with.",
    options: { "--stack NAME": "the stack (local)" },
  },
  { stack: { type: "string", default: "local" } },
  async ({ stack }) => {
    const text = await pulumi(await environmentOf(stack), ["stack", "export", "--stack", stack]);
    process.stdout.write(`${JSON.stringify(withoutSecrets(JSON.parse(text) as Exported))}\n`);
    return 0;
  },
);
