// `npm run migrate`: the migration engine by hand, against a deployed stack or any database.
import { join } from "node:path";
import pg from "pg";
import type { Contract } from "../client/contract.ts";
import type { ConnectionDescriptor } from "../connections/descriptor.ts";
import {
  down,
  loadMigrations,
  type MigrationSet,
  type MigratorOptions,
  planDown,
  status,
  type Status,
  up,
  verify,
} from "../migrator/index.ts";
import { roles } from "../naming.ts";
import { runCommand, UsageError } from "./command.ts";

const PENDING = 2;
/** Version of the shape that `--json` prints. */
const JSON_SCHEMA = 1;

const subcommands = ["plan", "up", "down", "status", "verify"] as const;
type Subcommand = (typeof subcommands)[number];

await runCommand(
  {
    usage: "npm run migrate -- plan|up|down|status|verify [--stack NAME] [--to VERSION] [--json]",
    summary:
      "Migrates a database by hand; `pulumi up` does the same. plan: what up would do. up: applies what is pending. " +
      "down: undoes everything above --to. status: every migration. verify: fails unless the database has exactly the " +
      "folder's migrations. Exit code 0 done, 1 failed, 2 something is pending.",
    options: {
      "--stack NAME": "the stack whose database it is (local)",
      "--to VERSION": "with down: the version to go back to; 0 is the empty database",
      "--dry-run": "with down: only show what would be undone",
      "--json": "one JSON object on standard output",
      "--database-url-env NAME": "instead of a stack: environment variable that holds postgresql://...",
    },
  },
  {
    stack: { type: "string", default: "local" },
    to: { type: "string" },
    "dry-run": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    "database-url-env": { type: "string" },
  },
  async (values, positionals) => {
    const subcommand = subcommandOf(positionals);
    const reads = subcommand === "plan" || subcommand === "status" || subcommand === "verify";
    // Files first: a wrong one needs no database to be told.
    const root = join(import.meta.dirname, "..");
    const set = await loadMigrations({ folder: join(root, "sql/migrations"), seedsFolder: join(root, "sql/seeds") });
    const urlVariable = values["database-url-env"];
    const options: MigratorOptions = {
      connect: urlVariable === undefined ? await byStack(values.stack, reads) : byUrl(urlVariable),
      ownerRole: roles.owner,
      historyReaders: urlVariable === undefined ? [roles.readonly] : [],
      onProgress: (progress) => {
        if (progress.step === "done")
          process.stderr.write(`${progress.file}: done in ${String(progress.durationMs)} ms\n`);
        else if (progress.step !== "starting") process.stderr.write(`${progress.message}\n`);
      },
    };
    const { text, json, code } = await run(subcommand, options, set, { to: values.to, dryRun: values["dry-run"] });
    const shown = values.json ? JSON.stringify({ schema: JSON_SCHEMA, command: subcommand, ...json }) : text;
    process.stdout.write(`${shown}\n`);
    return code;
  },
);

interface Answer {
  text: string;
  json: object;
  code: number;
}

async function run(
  subcommand: Subcommand,
  options: MigratorOptions,
  set: MigrationSet,
  { to, dryRun }: { to: string | undefined; dryRun: boolean },
): Promise<Answer> {
  switch (subcommand) {
    case "plan":
      return planAnswer(await status(options, set), set);
    case "status":
      return statusAnswer(await status(options, set));
    case "verify": {
      const found = await verify(options, set);
      return { text: `Database at ${found.version}: exactly the folder's migrations.`, json: found, code: 0 };
    }
    case "up": {
      const done = await up(options, set);
      const text = `Applied ${String(done.applied.length)}, seeded ${String(done.seeded.length)}; database at ${done.version}.`;
      return { text, json: done, code: 0 };
    }
    case "down":
      return await downAnswer(options, to, dryRun);
    default:
      return subcommand satisfies never;
  }
}

async function downAnswer(options: MigratorOptions, to: string | undefined, dryRun: boolean): Promise<Answer> {
  if (to === undefined) {
    throw new UsageError(`down: no version is given; expected --to VERSION. "npm run migrate -- status" shows them.`);
  }
  if (dryRun) {
    const files = await planDown(options, to);
    return { text: files.join("\n"), json: { wouldRun: files }, code: files.length > 0 ? PENDING : 0 };
  }
  const done = await down(options, to);
  const version = done.version === "" ? "nothing" : done.version;
  return { text: `Undid ${String(done.undone.length)}; database at ${version}.`, json: done, code: 0 };
}

function planAnswer(found: Status, set: MigrationSet): Answer {
  const pending = [...set.migrations, ...set.seeds].filter(({ file }) => found.pending.includes(file));
  const lines = pending.map(({ file, statements, transactional }) => {
    const how = transactional ? "one transaction" : "outside a transaction";
    return `+ ${file} (${String(statements.length)} statements, ${how})`;
  });
  const text = [...found.problems, ...(lines.length > 0 ? lines : ["Nothing is pending."])].join("\n");
  return { text, json: { pending: found.pending, problems: found.problems }, code: codeOf(found) };
}

function statusAnswer(found: Status): Answer {
  const lines = found.entries.map(
    ({ file, outcome, installedOn }) => `${outcome.padEnd(12)} ${(installedOn ?? "").padEnd(24)} ${file}`,
  );
  const interrupted = found.interrupted.map((file) => `interrupted  ${"".padEnd(24)} ${file}`);
  return { text: [...lines, ...interrupted, ...found.problems].join("\n"), json: found, code: codeOf(found) };
}

function codeOf({ problems, pending }: Status): number {
  if (problems.length > 0) return 1;
  return pending.length > 0 ? PENDING : 0;
}

function subcommandOf([name, ...rest]: readonly string[]): Subcommand {
  const found = subcommands.find((subcommand) => subcommand === name);
  if (found !== undefined && rest.length === 0) return found;
  const given = [name, ...rest].join(" ");
  throw new UsageError(
    `migrate: what to do is not understood (${given}); expected ${subcommands.join(", ")}. See --help.`,
  );
}

/** As the stack's own login: the one that can only read where that is enough. */
async function byStack(stack: string, reads: boolean): Promise<MigratorOptions["connect"]> {
  // Loaded here, since a run by URL needs none of Google's libraries.
  const { enterStack, readContract } = await import("./stack-outputs.ts");
  const { openClient } = await import("../connections/open.ts");
  await enterStack(stack);
  const { database, endpoints } = await readContract(stack);
  const user = reads ? database.logins.verifier : database.logins.migrator;
  const descriptor = descriptorOf(database, user, endpoints.secretManager);
  return () => openClient(descriptor, { applicationName: "music-library migrate" });
}

function descriptorOf(
  database: Contract["database"],
  user: string,
  secretManagerEndpoint: string,
): ConnectionDescriptor {
  const passwordSecret = database.passwordSecrets[user];
  if (passwordSecret === undefined) {
    throw new UsageError(`login "${user}": the contract names no secret for it; expected one. Deploy the stack again.`);
  }
  const login = { database: database.name, user, passwordSecret, secretManagerEndpoint };
  const { connection, connectionName } = database;
  return connection.mode === "direct" ? { ...login, ...connection } : { ...login, ...connection, connectionName };
}

function byUrl(variable: string): MigratorOptions["connect"] {
  const connectionString = process.env[variable];
  if (connectionString === undefined || connectionString === "") {
    throw new UsageError(
      `option "--database-url-env": ${variable} is not set; expected postgresql://... Export it first.`,
    );
  }
  return async () => {
    const client = new pg.Client({ connectionString, application_name: "music-library migrate" });
    await client.connect();
    return client;
  };
}
