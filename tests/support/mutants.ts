// Small faults, one at a time, put into a source as it is loaded: tests that notice none of them test nothing.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { LocalPaths, projectRoot } from "../../local/paths.ts";

/** A replacement of a range (UTF-16 units) of a file; the transform of the tests applies it in memory. */
export interface Mutant {
  /** From the project's folder. */
  file: string;
  line: number;
  start: number;
  end: number;
  text: string;
}

const swaps: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: "!==",
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: "===",
  [ts.SyntaxKind.LessThanToken]: "<=",
  [ts.SyntaxKind.LessThanEqualsToken]: "<",
  [ts.SyntaxKind.GreaterThanToken]: ">=",
  [ts.SyntaxKind.GreaterThanEqualsToken]: ">",
  [ts.SyntaxKind.AmpersandAmpersandToken]: "||",
  [ts.SyntaxKind.BarBarToken]: "&&",
  [ts.SyntaxKind.PlusToken]: "-",
  [ts.SyntaxKind.MinusToken]: "+",
};

/** Every fault that the file can be given: other operators, decided conditions, negated facts, calls that are left out. */
export function mutantsOf(file: string): Mutant[] {
  const source = ts.createSourceFile(file, readFileSync(join(projectRoot, file), "utf8"), ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const put = (node: ts.Node, text: string): void => {
    const start = node.getStart(source);
    const line = source.getLineAndCharacterOfPosition(start).line + 1;
    mutants.push({ file, line, start, end: node.getEnd(), text });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node)) {
      const swap = swaps[node.operatorToken.kind];
      // Joined texts are messages.
      if (swap !== undefined && ![node.left, node.right].some(isText)) put(node.operatorToken, swap);
    } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      put(node, node.operand.getText(source));
    } else if (ts.isIfStatement(node)) {
      put(node.expression, "true");
      put(node.expression, "false");
    } else if (ts.isConditionalExpression(node)) {
      put(node.condition, "true");
      put(node.condition, "false");
    } else if (node.kind === ts.SyntaxKind.TrueKeyword && !ts.isLiteralTypeNode(node.parent)) put(node, "false");
    else if (node.kind === ts.SyntaxKind.FalseKeyword && !ts.isLiteralTypeNode(node.parent)) put(node, "true");
    else if (ts.isExpressionStatement(node)) put(node, ";");
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants;
}

function isText(node: ts.Expression): boolean {
  if (ts.isBinaryExpression(node)) return isText(node.left) || isText(node.right);
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

/** Runs the tests with the fault; resolves with whether they notice, be it by failing or by never ending. */
export async function isKilled(mutant: Mutant, tests: readonly string[], timeoutMs: number): Promise<boolean> {
  // Of its own, since a run that is broken or killed cleans nothing up.
  const folder = mkdtempSync(join(new LocalPaths().folder("tests"), "mutant-"));
  const jest = join(projectRoot, "node_modules", "jest", "bin", "jest.js");
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const child = spawn(
    process.execPath,
    [...flags, jest, ...tests, "--selectProjects", "migrator", "--bail", "--no-cache", "--forceExit"],
    {
      cwd: projectRoot,
      stdio: "ignore",
      detached: true,
      env: {
        ...process.env,
        ...{ NODE_OPTIONS: "", TEST_FULL: "", MUSIC_LIBRARY_LOCAL_DIR: folder, TEST_MUTANT: JSON.stringify(mutant) },
      },
    },
  );
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code !== 0;
  } finally {
    clearTimeout(timer);
    endGroup(child.pid);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Servers and processes that the tests had started and did not end. */
function endGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, "SIGKILL");
  } catch (error) {
    // ESRCH: there are none. The error is of another realm than the test's.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** `size` of a list, spread over it by the seed. */
export function sampleOf<Item>(items: readonly Item[], size: number, seed: number): Item[] {
  const step = items.length / Math.min(size, items.length);
  const indexes = Array.from({ length: Math.min(size, items.length) }, (_, at) => Math.floor(at * step));
  return indexes.flatMap((index) => items[(index + seed) % items.length] ?? []);
}
