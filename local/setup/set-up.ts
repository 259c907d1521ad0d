// Everything that a stack of this machine needs besides the packages, each step skipped when it is already done.
import { accessSync, constants } from "node:fs";
import { LocalPaths, projectRoot } from "../paths.ts";
import { postgresBinary } from "../postgres/binaries.ts";
import { serverUser } from "../unprivileged.ts";
import { withLock } from "./lock.mjs";
import { ensurePgbouncer } from "./pgbouncer.ts";
import { ensurePostgresqlPlugin } from "./postgresql-plugin.ts";
import { ensurePulumiEngine } from "./pulumi-engine.ts";
import { outputOf, SetUpError, Step } from "./step.ts";

/** Brings everything up to date, one process at a time. Raises SetUpError with what to install where a step cannot be done here. */
export async function setUp(paths: LocalPaths, say: (line: string) => void): Promise<void> {
  checkWritable(paths);
  await withLock(
    paths.at("locks", "set-up"),
    async () => {
      await ensureServersCanRun();
      await ensurePulumiEngine(new Step(paths, "Pulumi engine", say));
      await ensurePostgresqlPlugin(new Step(paths, "postgresql plugin", say), paths);
      await ensurePostgres();
      await ensurePgbouncer(new Step(paths, "PgBouncer", say), paths);
    },
    (pid: number) => {
      say(`set-up: waiting for the set-up that process ${pid} runs`);
    },
  );
}

function checkWritable(paths: LocalPaths): void {
  try {
    accessSync(paths.folder(), constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetUpError(
      `folder "${paths.root}": cannot be written (${reason}); expected a folder of yours on a disk with room. Give yourself the right or move the checkout.`,
    );
  }
}

/** As root, servers run as `nobody`, by setpriv of util-linux. */
async function ensureServersCanRun(): Promise<void> {
  if (serverUser() !== undefined && (await outputOf("setpriv", ["--version"])) === undefined) {
    throw new SetUpError(
      'user "root": PostgreSQL refuses to run as root, and setpriv to change the user with is missing. Install util-linux, or run as another user.',
    );
  }
}

async function ensurePostgres(): Promise<void> {
  const version = await outputOf(postgresBinary("postgres"), ["--version"]);
  if (version?.includes(" 15.") !== true) {
    throw new SetUpError(
      `PostgreSQL 15: its binaries from npm do not run here (${version?.trim() ?? "no answer"}). Remove ${projectRoot}/node_modules and run the command again; ` +
        "where npm is told to ignore install scripts, allow those named in package.json.",
    );
  }
}
