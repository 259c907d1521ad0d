// Lint over a parsed set: the own rules look at statements while they are parsed; squawk runs afterwards, and what a file says to
// ignore goes.
import type { Finding, Linter, MigrationSet } from "../migrator/index.ts";
import { allTexts } from "../migrator/files/load.ts";
import { withoutIgnored } from "./ignore.ts";
import { ownRules } from "./own-rules.ts";
import { squawk } from "./squawk.ts";

/** Which rules run: the project's own, which cost nothing; or squawk's too, where `squawk-cli` is installed. */
export type LintScope = "own" | "all";

/**
 * For one `loadMigrations`. Findings come by file and line. Squawk reads the ways up only: a way back drops what its migration
 * made. Where squawk is not installed, one warning says so. Files must not touch `historySchema`.
 */
export function linter(scope: LintScope, historySchema = "migrations"): Linter {
  const own: Finding[] = [];
  return {
    inspect: (text, repeated) => ownRules({ text, repeated, historySchema }, own),
    findings: async (folder, set) => {
      const texts = allTexts(set);
      const found = scope === "all" ? await squawk(folder, linted(set)) : [];
      const order = new Map(texts.map(({ file }, index) => [file, index]));
      const place = ({ file }: Finding): number => order.get(file) ?? -1;
      return withoutIgnored([...own, ...found], texts).sort(
        (left, right) => place(left) - place(right) || left.line - right.line || left.column - right.column,
      );
    },
  };
}

function linted({ migrations, repeatables }: MigrationSet): Parameters<typeof squawk>[1] {
  const versioned = migrations.map((text) => ({ text, linesOfWayUp: lastLineOfWayUp(text) }));
  return [...versioned, ...repeatables.map((text) => ({ text, linesOfWayUp: Infinity }))];
}

/** Where both ways stand in one file, the way back begins after blank lines for what is before it. */
function lastLineOfWayUp({ file, down }: MigrationSet["migrations"][number]): number {
  if (down?.file !== file) return Infinity;
  return /^\n*/.exec(down.sql)?.[0].length ?? Infinity;
}
