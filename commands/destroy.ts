// `npm run destroy`: removes the local stack with its data, after asking, and refuses before the first step when a lock is set.
import { createInterface } from "node:readline/promises";
import { ensureCloud, stopCloud } from "../local/control.ts";
import { LocalPaths } from "../local/paths.ts";
import { withLock } from "../local/setup/lock.mjs";
import { destroyLocks, type ExportedResource } from "./destroy-locks.ts";
import { runCommand, UsageError } from "./command.ts";
import { pulumi } from "./pulumi-cli.ts";
import { localEnvironment, localStack } from "./stack-environment.ts";
import { UpdateOutput } from "./update-output.ts";

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function destroy(yes: boolean): Promise<number> {
  const paths = new LocalPaths();
  return await withLock(paths.at("locks", "start"), async () => {
    const { addresses } = await ensureCloud(paths);
    const environment = localEnvironment(paths, addresses);
    const state = JSON.parse(await pulumi(environment, ["stack", "export", "--stack", localStack])) as {
      deployment: { resources?: ExportedResource[] };
    };
    const resources = state.deployment.resources ?? [];
    const locks = destroyLocks(resources);
    if (locks.length > 0) {
      throw new UsageError(
        `stack "${localStack}": is locked against deletion:\n${locks.map((lock) => `  ${lock}`).join("\n")}\nexpected no lock. ` +
          "Set the named keys to false in the stack's configuration, run an update, and destroy again.",
      );
    }
    if (!yes && !(await confirmed(resources.length))) return 1;
    const output = new UpdateOutput(say);
    await pulumi(environment, ["destroy", "--yes", "--skip-preview", "--stack", localStack, "--color", "never"], {
      onOutput: (text) => output.write(text),
    });
    await stopCloud(paths);
    say(`destroy: stack ${localStack} is gone; logs and tools stay in ${paths.root}`);
    return 0;
  });
}

async function confirmed(count: number): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'command "destroy": needs an answer and there is no terminal to ask on; expected "--yes". Run "npm run destroy -- --yes".',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(
    `Destroy the local stack: ${count} resources, its database and every object? Type "yes": `,
  );
  terminal.close();
  return answer === "yes";
}

await runCommand(
  {
    usage: "npm run destroy -- [--yes]",
    summary: "Removes the local stack and its data.",
    options: { "--yes": "do not ask" },
  },
  { yes: { type: "boolean", default: false } },
  async ({ yes }) => await destroy(yes),
);
