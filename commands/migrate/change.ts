// Subcommands that change the history, or go back.
import {
  acceptDrift,
  adopt,
  adoptableTools,
  type AdoptableTool,
  baseline,
  down,
  formatDifference,
  loadMigrations,
  planDown,
  repair,
  withSignals,
} from "../../migrator/index.ts";
import { UsageError } from "../command.ts";
import { databaseOf, foldersOf } from "./database.ts";
import { type Answer, type Invocation, PENDING } from "./invocation.ts";

export async function takenDown(invocation: Invocation): Promise<Answer> {
  const to = required(invocation, "down", "to", "VERSION");
  if (invocation["dry-run"]) {
    const files = await planDown(await databaseOf(invocation, { reads: true }), to);
    return { text: files.join("\n"), json: { wouldRun: files }, code: files.length > 0 ? PENDING : 0 };
  }
  const done = await withSignals(async (signal) => down(await databaseOf(invocation, { reads: false, signal }), to));
  const version = done.version === "" ? "nothing" : done.version;
  return { text: `Undid ${String(done.undone.length)}; database at ${version}.`, json: done, code: 0 };
}

export async function baselined(invocation: Invocation): Promise<Answer> {
  const [at, why] = [
    required(invocation, "baseline", "at", "VERSION"),
    required(invocation, "baseline", "reason", "TEXT"),
  ];
  const { made } = await baseline(await databaseOf(invocation, { reads: false }), at, why);
  const text = made ? `Baseline at ${at}: files up to it never run.` : `The baseline already is at ${at}.`;
  return { text, json: { version: at, made }, code: 0 };
}

export async function repaired(invocation: Invocation): Promise<Answer> {
  const dryRun = invocation["dry-run"];
  const reason = dryRun ? "" : required(invocation, "repair", "reason", "TEXT");
  const set = await loadMigrations(foldersOf(invocation));
  const repairs = await repair(await databaseOf(invocation, { reads: dryRun }), set, { reason, dryRun });
  const lines = repairs.map(({ kind, file, message }) => `${kind.padEnd(12)} ${file}: ${message}`);
  const text = lines.length > 0 ? lines.join("\n") : "Nothing to repair.";
  return { text, json: { repairs, dryRun }, code: dryRun && repairs.length > 0 ? PENDING : 0 };
}

export async function adopted(invocation: Invocation): Promise<Answer> {
  const dryRun = invocation["dry-run"];
  const from = toolOf(required(invocation, "adopt", "from", "TOOL"));
  const set = await loadMigrations(foldersOf(invocation));
  const files = await adopt(await databaseOf(invocation, { reads: dryRun }), set, { from, dryRun });
  const verb = dryRun ? "Would take over" : "Took over";
  return { text: `${verb} ${String(files.length)} files of ${from}.`, json: { from, files, dryRun }, code: 0 };
}

function toolOf(name: string): AdoptableTool {
  const tool = adoptableTools.find((candidate) => candidate === name);
  if (tool !== undefined) return tool;
  throw new UsageError(`adopt: --from is no tool ("${name}"); expected ${adoptableTools.join(", ")}.`);
}

export async function acceptedDrift(invocation: Invocation): Promise<Answer> {
  const reason = required(invocation, "accept-drift", "reason", "TEXT");
  const objects = await acceptDrift(await databaseOf(invocation, { reads: false }), reason);
  const lines = objects.map((difference) => `accepted     ${formatDifference(difference)}`);
  return { text: lines.length > 0 ? lines.join("\n") : "Nothing has drifted.", json: { accepted: objects }, code: 0 };
}

function required(
  invocation: Invocation,
  command: string,
  option: "to" | "at" | "from" | "reason",
  what: string,
): string {
  const value = invocation[option] ?? "";
  if (value.trim() !== "") return value;
  const next = option === "to" || option === "at" ? ' "npm run migrate -- status" shows them.' : " See --help.";
  throw new UsageError(
    `${command}: no ${option === "to" || option === "at" ? "version" : option} is given; expected --${option} ${what}.${next}`,
  );
}
