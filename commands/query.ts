// `npm run query`: looks into a stack's database as one of its logins, wherever the stack runs.
import Table from "cli-table3";
import type { Contract } from "../client/contract.ts";
import { runCommand, UsageError } from "./command.ts";
import { enterStack, readContract } from "./stack-outputs.ts";
import { connectionAs } from "./verify/context.ts";
import { openClient } from "../connections/open.ts";

await runCommand(
  {
    usage: 'npm run query -- [--stack NAME] [--replica NAME] [--login NAME] [--json] "SQL"',
    summary:
      "Runs SQL that changes nothing: each call is one read-only transaction. Passwords come from Secret Manager and are not shown.",
    options: {
      "--stack NAME": "the stack (local)",
      "--replica NAME": "a read replica as readReplicas names it (the primary is asked)",
      "--login NAME": "who asks (music_library_verifier, which can read); a login can end sessions of its own",
      "--json": "one JSON object a row",
    },
  },
  {
    stack: { type: "string", default: "local" },
    replica: { type: "string" },
    login: { type: "string", default: "music_library_verifier" },
    json: { type: "boolean", default: false },
  },
  async ({ stack, replica, login, json }, [sql, ...more]) => {
    if (sql === undefined || more.length > 0) {
      throw new UsageError(
        `query: has ${more.length + (sql === undefined ? 0 : 1)} texts of SQL; expected one. Quote it: npm run query -- "select 1".`,
      );
    }
    await enterStack(stack);
    const contract = atReplica(await readContract(stack), replica);
    const known = Object.keys(contract.database.passwordSecrets);
    if (!known.includes(login)) {
      throw new UsageError(
        `login "${login}": is none of the stack's; expected ${known.join(", ")}. Choose one of them.`,
      );
    }
    const client = await openClient(connectionAs(contract, login), { applicationName: "query" });
    try {
      await client.query("begin read only");
      const { rows, fields } = await client.query<Record<string, unknown>>(sql);
      await client.query("rollback");
      print({ rows, columns: fields.map(({ name }) => name), json });
    } finally {
      await client.end();
    }
    return 0;
  },
);

/** The contract as it leads to one of its replicas. */
function atReplica(contract: Contract, name: string | undefined): Contract {
  if (name === undefined) return contract;
  const { instance, replicas } = contract.database;
  const replica = replicas.find((one) => one.instance === `${instance}-${name}`);
  if (replica !== undefined) return { ...contract, database: { ...contract.database, ...replica } };
  const known = replicas.map((one) => one.instance.slice(instance.length + 1)).join(", ");
  throw new UsageError(
    `replica "${name}": is none of the stack's; expected ${known === "" ? "none, for it has no replica" : known}. Declare it in readReplicas.`,
  );
}

interface Answer {
  rows: readonly Record<string, unknown>[];
  columns: readonly string[];
  json: boolean;
}

function print({ rows, columns, json }: Answer): void {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  if (json) for (const row of rows) say(JSON.stringify(row));
  else {
    const table = new Table({ head: [...columns], style: { head: [], border: [], compact: true } });
    for (const row of rows) table.push(columns.map((column) => shown(row[column])));
    say(table.toString());
    say(`query: ${rows.length} rows`);
  }
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  return typeof value === "string" ? value : JSON.stringify(value);
}
