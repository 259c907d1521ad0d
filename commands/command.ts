// What every command shares: its options, its help, and how it ends.
import { parseArgs, type ParseArgsConfig } from "node:util";

export interface CommandHelp {
  /** e.g. `npm run verify -- [--stack NAME] [--json]` */
  readonly usage: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, string>>;
}

/** The message is for the user; no stack is shown. Exit code 1. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Parses the arguments, answers `--help`, runs the command, and ends the process with its code. A bug shows its stack. */
export async function runCommand<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  help: CommandHelp,
  options: Options,
  run: (
    values: ReturnType<typeof parseArgs<{ options: Options; allowPositionals: true }>>["values"],
    positionals: string[],
  ) => Promise<number>,
): Promise<never> {
  const text = [
    help.summary,
    "",
    `  ${help.usage}`,
    "",
    ...Object.entries(help.options).map(([name, meaning]) => `  ${name.padEnd(24)} ${meaning}`),
  ];
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    process.stdout.write(`${text.join("\n")}\n`);
    process.exit(0);
  }
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const code = await run(values, positionals);
    // A reader's pipe takes so much at a time: what is still on its way would be lost.
    await new Promise((resolve) => process.stdout.write("", resolve));
    process.exit(code);
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exit(1);
  }
}

/** Errors of ours and of the argument parser are sentences for the user; anything else is a bug and shows where. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isParseError = "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  const isOurs =
    error.name !== "Error" && !["TypeError", "RangeError", "ReferenceError", "SyntaxError"].includes(error.name);
  return isParseError || isOurs ? error.message : (error.stack ?? error.message);
}
