// Subcommands that write files and need no database.
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readMigrations, writeSum } from "../../migrator/index.ts";
import { UsageError } from "../command.ts";
import { foldersOf } from "./database.ts";
import type { Answer, Invocation } from "./invocation.ts";

/** The pair with the next number; each holds a comment that says what belongs there. */
export async function newMigration(invocation: Invocation): Promise<Answer> {
  const { operand: name } = invocation;
  const { folder, format } = foldersOf(invocation);
  if (format !== "native") {
    throw new UsageError(
      `new: writes native folders only (${String(format)}); expected no --format. Use that tool's own command.`,
    );
  }
  if (!/^[a-z0-9]+(_[a-z0-9]+)*$/.test(name)) {
    throw new UsageError(
      `new: "${name}" is no name; expected lower-case words joined by single "_", as add_playlists.`,
    );
  }
  const last = readMigrations({ folder }).migrations.at(-1)?.version ?? "0";
  const version = String(BigInt(last) + 1n).padStart(Math.max(last.length, 4), "0");
  const words = name.replaceAll("_", " ");
  const files = [
    { file: `V${version}__${name}.up.sql`, text: `-- ${words}: one step, each name with its schema.\n` },
    { file: `V${version}__${name}.down.sql`, text: `-- The way back from ${words}.\n` },
  ];
  for (const { file, text } of files) writeFileSync(join(folder, file), text, { flag: "wx" });
  const sum = writeSum({ folder });
  const written = [...files.map(({ file }) => join(folder, file)), sum].map((path) => relative(process.cwd(), path));
  const text = `${written.map((path) => `wrote ${path}`).join("\n")}\nWrite both, then "migrate sum" and "migrate plan".`;
  return Promise.resolve({ text, json: { version, files: written }, code: 0 });
}

export async function summed(invocation: Invocation): Promise<Answer> {
  const path = relative(process.cwd(), writeSum({ folder: foldersOf(invocation).folder }));
  return Promise.resolve({ text: `wrote ${path}`, json: { files: [path] }, code: 0 });
}
