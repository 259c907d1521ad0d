// Whether PostgreSQL takes the declared flags, asked of PostgreSQL itself before a server meets them.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { unprivileged } from "../unprivileged.ts";
import { postgresBinary } from "./binaries.ts";
import type { DatabaseFlag } from "./server-settings.ts";

const run = promisify(execFile);

/** Why flags cannot be had, one line each; PostgreSQL's own words where it refuses. */
export async function flagProblems(flags: readonly DatabaseFlag[], emptyFolder: string): Promise<string[]> {
  const types = await flagTypes();
  const problems = await Promise.all(
    flags.map(async (flag) => {
      const problem = foreignProblem(flag) ?? formProblem(flag, types.get(flag.name));
      return problem ?? (await refusal(flag, emptyFolder));
    }),
  );
  return problems.filter((problem) => problem !== undefined);
}

/** Flags of Cloud SQL's own and of extensions: PostgreSQL would keep any dotted name without a word and without effect. */
function foreignProblem({ name, value }: DatabaseFlag): string | undefined {
  if (!name.includes(".") || (name.startsWith("cloudsql.") && value === "off")) return undefined;
  const what = name.startsWith("cloudsql.")
    ? "what it turns on is Cloud SQL's own"
    : "its extension is not loaded here";
  return `flag "${name}": cannot be honoured by the local cloud (${value}): ${what}; expected it absent or off. Set it in the cloud's stacks only.`;
}

/** Cloud SQL takes bare numbers and on/off only, where PostgreSQL would also take units and yes/no. */
function formProblem({ name, value }: DatabaseFlag, type: string | undefined): string | undefined {
  const problem = (expected: string): string =>
    `flag "${name}": is not written as Cloud SQL takes it ("${value}"); expected ${expected}. Correct the value.`;
  if (type === "INTEGER" && !/^-?\d+$/.test(value)) return problem("a whole number in PostgreSQL's raw unit");
  if (type === "REAL" && !/^-?\d+(\.\d+)?$/.test(value)) return problem("a number");
  if (type === "BOOLEAN" && value !== "on" && value !== "off") return problem("on or off");
  return /[\r\n\0]/.test(value) ? problem("one line") : undefined;
}

async function refusal({ name, value }: DatabaseFlag, emptyFolder: string): Promise<string | undefined> {
  // `-C` prints one setting and leaves; before that it takes, or refuses, every setting that it is given.
  const args = ["-D", emptyFolder, "-c", `${name}=${value}`, "-C", "port"];
  const command = unprivileged(postgresBinary("postgres"), args);
  try {
    await run(command.program, command.args, { env: { LC_ALL: "C", PATH: process.env["PATH"] ?? "" } });
    return undefined;
  } catch (error) {
    return `flag "${name}": PostgreSQL refuses it: ${postgresWords(standardError(error))}`;
  }
}

/** What PostgreSQL says in its log or on standard error, without time stamps and prefixes. */
export function postgresWords(log: string): string {
  const said = log
    .split("\n")
    .map((line) => /\b(?:FATAL|PANIC|ERROR|DETAIL|HINT|WARNING):\s+(.*)$/.exec(line)?.[1])
    .filter((words) => words !== undefined);
  return (said.length > 0 ? said : log.trim().split("\n").slice(-10)).join(" ");
}

function standardError(error: unknown): string {
  const hasOutput = typeof error === "object" && error !== null && "stderr" in error;
  if (hasOutput && typeof error.stderr === "string" && error.stderr !== "") return error.stderr;
  throw error;
}

let types: Promise<Map<string, string>> | undefined;

/** Flag name -> BOOLEAN, INTEGER, REAL, STRING or ENUM. */
async function flagTypes(): Promise<Map<string, string>> {
  types ??= (async () => {
    const { stdout } = await run(postgresBinary("postgres"), ["--describe-config"], { maxBuffer: 4 << 20 });
    const rows = stdout.split("\n").map((line) => line.split("\t"));
    return new Map(rows.map(([name = "", , , type = ""]) => [name, type]));
  })();
  return await types;
}
