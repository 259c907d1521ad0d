// `npm run destroy`: removes the local stack with its data, after asking, and refuses before the first step when a lock is set.
import { rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { ensureCloud, stopCloud } from "../local/control.ts";
import { LocalPaths } from "../local/paths.ts";
import { instanceType } from "../local/postgres/servers.ts";
import { ReservedNames } from "../local/reserved-names.ts";
import { ResourceStore } from "../local/store.ts";
import { withLock } from "../local/setup/lock.mjs";
import { destroyLocks, type ExportedResource } from "./destroy-locks.ts";
import { runCommand, UsageError } from "./command.ts";
import { pulumi } from "./pulumi-cli.ts";
import { localEnvironment, localStack, type StackEnvironment } from "./stack-environment.ts";
import { UpdateOutput } from "./update-output.ts";

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function destroy(yes: boolean): Promise<number> {
  const paths = new LocalPaths();
  return await withLock(paths.at("locks", "start"), async () => {
    const { addresses } = await ensureCloud(paths);
    const environment = localEnvironment(paths, addresses);
    const exported = await pulumi(environment, ["stack", "export", "--stack", localStack]);
    const state = JSON.parse(exported) as {
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
    try {
      await pulumi(environment, ["destroy", "--yes", "--skip-preview", "--stack", localStack, "--color", "never"], {
        onOutput: (text) => output.write(text),
      });
    } catch (error) {
      await putBack(paths, environment, { exported, resources });
      throw error;
    }
    await stopCloud(paths);
    removeForgottenInstances(paths);
    new ReservedNames(paths).forgetAll();
    say(`destroy: stack ${localStack} is gone; logs and tools stay in ${paths.root}`);
    return 0;
  });
}

/** Clones that nobody deleted: with the project they would go too. */
function removeForgottenInstances(paths: LocalPaths): void {
  const store = new ResourceStore(paths);
  for (const { id } of store.list(instanceType)) {
    say(`destroy: instance ${id} was not the stack's; it goes with it`);
    rmSync(paths.at("cloud", "sql", id), { recursive: true, force: true });
    store.remove(instanceType, id);
  }
}

/**
 * What lives in the instance leaves the state without a word to the server, before the instance itself is asked to go. When
 * that fails, everything is still there and the state knows nothing of it: it is put back, and then asked what is true.
 */
async function putBack(
  paths: LocalPaths,
  environment: StackEnvironment,
  before: { readonly exported: string; readonly resources: readonly ExportedResource[] },
): Promise<void> {
  say("destroy: failed; the state of before is put back and compared with what is there");
  const file = paths.at("before-destroy.json");
  writeFileSync(file, before.exported, { mode: 0o600 });
  await pulumi(environment, ["stack", "import", "--file", file, "--stack", localStack]);
  // These look into the database with passwords that may be gone from Secret Manager; the next update puts them there again.
  const lookers = before.resources.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/"));
  const without = lookers.flatMap(({ urn }) => ["--exclude", urn]);
  await pulumi(environment, [
    ...["refresh", "--yes", "--skip-preview", "--stack", localStack, "--color", "never"],
    ...without,
  ]);
  rmSync(file);
  say('destroy: open the lock that is named below and destroy again, or run "npm start" to have everything back');
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
