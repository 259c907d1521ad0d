// Lint over a parsed set: the engine's own rules ran while it was parsed; squawk runs here, and what a file says to ignore goes.
import type { Finding, MigrationSet, SqlText } from "../migration.ts";
import { withoutIgnored } from "./ignore.ts";
import { squawk } from "./squawk.ts";

/** Which rules run: the engine's own, which cost nothing; or squawk's too, where `squawk-cli` is installed. */
export type LintScope = "own" | "all";

/**
 * Findings by file and line. Squawk reads the ways up only: a way back drops what its migration made. Where squawk is not
 * installed, one warning says so.
 */
export async function lint(
  { folder, set, texts }: { folder: string; set: MigrationSet; texts: readonly SqlText[] },
  own: readonly Finding[],
  scope: LintScope,
): Promise<Finding[]> {
  const versioned = set.migrations.map((text) => ({ text, linesOfWayUp: lastLineOfWayUp(text) }));
  const repeated = set.repeatables.map((text) => ({ text, linesOfWayUp: Infinity }));
  const found = scope === "all" ? await squawk(folder, [...versioned, ...repeated]) : [];
  const order = new Map(texts.map(({ file }, index) => [file, index]));
  const place = ({ file }: Finding): number => order.get(file) ?? -1;
  return withoutIgnored([...own, ...found], texts).sort(
    (left, right) => place(left) - place(right) || left.line - right.line || left.column - right.column,
  );
}

/** Where both ways stand in one file, the way back begins after blank lines for what is before it. */
function lastLineOfWayUp({ file, down }: MigrationSet["migrations"][number]): number {
  if (down?.file !== file) return Infinity;
  return /^\n*/.exec(down.sql)?.[0].length ?? Infinity;
}
