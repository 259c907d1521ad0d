// `npm run pulumi -- ...`: the ordinary Pulumi command line in the local stack's environment. Other stacks can only be previewed
// here, in a throw-away state with nothing of the user's Google credentials: nobody migrates production by mistake.
import { ensureCloud } from "../local/control.ts";
import { LocalPaths } from "../local/paths.ts";
import { describe, UsageError } from "./command.ts";
import { prepareLocalStack } from "./local-stack.ts";
import { pulumi, pulumiInteractive } from "./pulumi-cli.ts";
import { localStack, withThrowAwayWorkspace } from "./stack-environment.ts";

/** Commands that take the stack by `--stack` and would otherwise ask which one. */
const stackCommands = new Set(["up", "update", "preview", "refresh", "destroy", "cancel", "import", "watch"]);

/** Which stack the arguments name; `local` when they name none. */
export function stackOf(args: readonly string[]): string {
  const index = args.findIndex((arg) => arg === "--stack" || arg === "-s");
  const inline = args.find((arg) => arg.startsWith("--stack="));
  return inline?.slice("--stack=".length) ?? (index >= 0 ? (args[index + 1] ?? localStack) : localStack);
}

async function main(args: readonly string[]): Promise<number> {
  const paths = new LocalPaths();
  const stack = stackOf(args);
  if (stack === localStack) {
    const { environment } = await prepareLocalStack(paths);
    const named = args.some((arg) => arg.startsWith("--stack") || arg === "-s");
    return await pulumiInteractive(
      environment,
      stackCommands.has(args[0] ?? "") && !named ? [...args, "--stack", localStack] : args,
    );
  }
  if (args[0] !== "preview") {
    throw new UsageError(
      `stack "${stack}": cannot be changed while the local cloud answers (command "${args[0] ?? ""}"); expected "preview", or the stack "${localStack}". ` +
        `For Google Cloud use "pulumi ${args.join(" ")}" itself, with your own backend and credentials.`,
    );
  }
  const { addresses } = await ensureCloud(paths);
  return await withThrowAwayWorkspace(paths, addresses, async (environment) => {
    await pulumi(environment, ["stack", "init", stack]);
    return await pulumiInteractive(environment, args);
  });
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
}
