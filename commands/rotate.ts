// `npm run rotate`: another password for the application, without a moment in which none works.
import { LocalPaths } from "../local/paths.ts";
import { withLock } from "../local/setup/lock.mjs";
import { runCommand, UsageError } from "./command.ts";
import { pulumi } from "./pulumi-cli.ts";
import { deployedStack } from "./rotate/deployed-stack.ts";
import { rotateKeys } from "./rotate/key-rotation.ts";
import { rotate } from "./rotate/rotation.ts";
import { localStack } from "./stack-environment.ts";
import { enterStack, readContract } from "./stack-outputs.ts";
import { UpdateOutput } from "./update-output.ts";

/** A request of Cloud Run lasts at most 300 s here, and a pooled session is given back 60 s after it. */
const OVERLAP_SECONDS = 360;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function renewKeys(stack: string): Promise<number> {
  const done = rotateKeys(stack, new Date().toISOString().slice(0, 10));
  const output = new UpdateOutput(say);
  await pulumi(await enterStack(stack), ["up", "--yes", "--skip-preview", "--stack", stack], {
    onOutput: (text) => output.write(text),
  });
  say(`rotate: ${done}`);
  return 0;
}

async function run(stack: string, overlap: string | undefined): Promise<number> {
  // Locally the revision before has ended when the update has.
  const overlapSeconds = overlap === undefined ? (stack === localStack ? 0 : OVERLAP_SECONDS) : Number(overlap);
  if (!Number.isInteger(overlapSeconds) || overlapSeconds < 0) {
    throw new UsageError(`--overlap: is no number of seconds (${overlap ?? ""}); expected a whole number from 0.`);
  }
  await enterStack(stack);
  const output = new UpdateOutput(say);
  const paths = new LocalPaths();
  await rotate(deployedStack({ stack, paths, overlapSeconds, onOutput: (text) => output.write(text) }), say);
  const { user, passwordExpires } = (await readContract(stack)).database;
  say(`rotate: ${user} serves; its password is due again by ${passwordExpires.slice(0, 10)}`);
  if (stack !== localStack) say(`rotate: commit Pulumi.${stack}.yaml, which says so`);
  return 0;
}

await runCommand(
  {
    usage: "npm run rotate -- [--stack NAME] [--overlap SECONDS] [--keys]",
    summary:
      "Renews the application's password by turns of its two logins. Stop it whenever you like: the same command goes on.",
    options: {
      "--stack NAME": "the stack (local)",
      "--keys": "key files of the service's account instead, where serviceAccountKeyDates names any",
      "--overlap SECONDS": `how long the login before stays after the new revision (${OVERLAP_SECONDS}; 0 locally)`,
    },
  },
  {
    stack: { type: "string", default: localStack },
    overlap: { type: "string" },
    keys: { type: "boolean", default: false },
  },
  async ({ stack, overlap, keys }) => {
    const locks = new LocalPaths().at("locks", stack === localStack ? "start" : `rotate-${stack}`);
    return await withLock(
      locks,
      async () => (keys ? await renewKeys(stack) : await run(stack, overlap)),
      (pid: number) => {
        say(`rotate: waiting for process ${pid}, which changes the same stack`);
      },
    );
  },
);
