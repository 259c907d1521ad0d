// `npm start`: from a fresh clone to a running, verified stack on this machine.
import { withLock } from "../local/setup/lock.mjs";
import { setUp } from "../local/setup/set-up.ts";
import { LocalPaths } from "../local/paths.ts";
import { runCommand } from "./command.ts";
import { fillEmptyLibrary } from "./demo.ts";
import { prepareLocalStack, updateLocalStack } from "./local-stack.ts";
import { GRANTS_WITHIN_MS } from "./spreading-grants.ts";
import { enterStack, type Deployment, readDeployment } from "./stack-outputs.ts";
import { localStack } from "./stack-environment.ts";
import { UpdateOutput } from "./update-output.ts";
import { printReport } from "./verify/report.ts";
import { verify } from "./verify/run.ts";
import { writePage } from "./verify/write-page.ts";

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function start(): Promise<number> {
  const paths = new LocalPaths();
  await setUp(paths, say);
  return await withLock(
    paths.at("locks", "start"),
    async () => await bringUp(paths),
    (pid: number) => {
      say(`start: waiting for the "npm start" that process ${pid} runs`);
    },
  );
}

async function bringUp(paths: LocalPaths): Promise<number> {
  say("start: local cloud");
  const { environment } = await prepareLocalStack(paths);
  say(`start: pulumi up --stack ${localStack}`);
  const output = new UpdateOutput(say);
  const summary = await updateLocalStack(paths, environment, (text) => output.write(text));
  const changed = Object.entries(summary.changes).filter(([operation]) => operation !== "unchanged");
  const words = changed.map(([operation, count]) => `${count} ${operation}`).join(", ");
  say(`start: ${changed.length === 0 ? "0 changes" : words} in ${(summary.durationMs / 1000).toFixed(1)} s`);

  await enterStack(localStack);
  const deployment = await readDeployment(localStack);
  const report = await verify(deployment, { grantsWithinMs: changed.length === 0 ? 0 : GRANTS_WITHIN_MS });
  printReport({ report, page: writePage(report), say });
  if (!report.passed) return 1;
  await fillEmptyLibrary(deployment, say);
  say("");
  for (const line of whereThingsAre(paths, deployment)) say(line);
  return 0;
}

function whereThingsAre(paths: LocalPaths, { contract, serviceUri }: Deployment): string[] {
  const { connection } = contract.database;
  const server =
    connection.mode === "direct" ? `${connection.host}:${connection.port}` : contract.database.connectionName;
  return [
    `  track service   ${serviceUri} (private: callers need an identity token)`,
    `  PgBouncer       ${contract.database.pooler.host}:${contract.database.pooler.port}, login ${contract.database.pooler.user}`,
    `  PostgreSQL 15   ${server}, database ${contract.database.name}`,
    `  bucket          ${contract.bucket.name} at ${contract.endpoints.storage}`,
    `  state and logs  ${paths.root}`,
    "",
    "  next: npm run demo · npm run verify · npm run logs · npm run pulumi -- preview --stack prod · npm run stop",
  ];
}

await runCommand(
  { usage: "npm start", summary: "Sets up this machine, brings up the stack `local` and verifies it.", options: {} },
  {},
  start,
);
