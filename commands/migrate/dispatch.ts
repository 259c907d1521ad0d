// Which subcommand is meant, its help, and how it ends. What a subcommand needs is loaded only when it runs.
import { describe, runCommand, UsageError } from "../command.ts";
import type { Answer, Invocation } from "./invocation.ts";
import { connectionOptions, subcommands } from "./options.ts";

/** Version of the shape that `--json` prints. */
const SCHEMA_VERSION = 1;

const [name = ""] = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const subcommand = subcommands.find((candidate) => candidate.name === name);

await runCommand(
  subcommand === undefined
    ? {
        usage: "npm run migrate -- COMMAND [--help]",
        summary:
          "Migrates a database by hand; `pulumi up` does the same. Exit code 0 done, 1 failed, 2 something is pending.\n\n" +
          subcommands.map((each) => `  ${each.name.padEnd(14)} ${each.summary}`).join("\n"),
        options: connectionOptions.help,
      }
    : {
        usage: `npm run migrate -- ${subcommand.usage}`,
        summary: subcommand.summary,
        options: {
          ...subcommand.help,
          ...(subcommand.offline ? connectionOptions.offlineHelp : connectionOptions.help),
        },
      },
  connectionOptions.parse,
  async (values, [, ...rest]) => {
    if (subcommand === undefined) throw notUnderstood(name);
    const given = Object.keys(values).filter((option) => !(option in connectionOptions.defaults));
    const unknown = given.filter((option) => !subcommand.takes.includes(option));
    if (unknown.length > 0) {
      const takes = subcommand.takes.map((option) => `--${option}`).join(", ");
      throw new UsageError(
        `migrate ${subcommand.name}: takes no --${unknown.join(", --")}; expected ${takes || "no options of its own"}. See --help.`,
      );
    }
    if (rest.length !== (subcommand.operand === undefined ? 0 : 1)) {
      throw new UsageError(
        `migrate ${subcommand.name}: got "${rest.join(" ")}"; expected ${subcommand.operand ?? "nothing more"}. See --help.`,
      );
    }
    const invocation: Invocation = { ...values, operand: rest[0] ?? "" };
    const answer = await answerOf(subcommand.load, invocation);
    const shown = values.json
      ? JSON.stringify({ schemaVersion: SCHEMA_VERSION, command: subcommand.name, ...answer.json })
      : answer.text;
    process.stdout.write(`${shown}\n`);
    return answer.code;
  },
);

/** With `--json` a failure is an answer too; a bug still shows its stack on standard error. */
async function answerOf(
  load: () => Promise<(invocation: Invocation) => Promise<Answer>>,
  invocation: Invocation,
): Promise<Answer> {
  try {
    return await (
      await load()
    )(invocation);
  } catch (error) {
    if (!invocation.json || !(error instanceof Error)) throw error;
    process.stderr.write(`${describe(error)}\n`);
    return { text: "", json: { error: { name: error.name, message: error.message } }, code: 1 };
  }
}

function notUnderstood(given: string): UsageError {
  const names = subcommands.map((each) => each.name).join(", ");
  return new UsageError(`migrate: what to do is not understood (${given}); expected ${names}. See --help.`);
}
