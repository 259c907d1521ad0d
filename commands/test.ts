// `npm test`: set-up, then every tier with its time budget, and one closing line that counts them all.
// `npm run test:full` runs the exhaustive suites too; a tier that passed for the same tree is not run again (resumable).
import { spawn } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { LocalPaths, projectRoot } from "../local/paths.ts";
import { setUp } from "../local/setup/set-up.ts";
import { describe, runCommand } from "./command.ts";

/** Seconds that a tier may take on two cores; more is reported beside its result. */
const budgets = { check: 65, unit: 30, components: 15, stack: 25, migrator: 120, client: 80, local: 385 } as const;
type Tier = keyof typeof budgets;

interface TierResult {
  readonly tier: Tier;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Format, lint and types, side by side: one result each. */
async function runChecks(): Promise<{ passed: number; failed: number }> {
  const commands = [
    ["prettier", "--check", "--log-level=warn", "."],
    ["eslint", "--max-warnings", "0", "."],
    ["npm", "run", "--silent", "types"],
  ];
  const codes = await Promise.all(
    commands.map(async ([program = "", ...args]) => {
      const child = spawn(program, args, { cwd: projectRoot, stdio: "inherit" });
      const [code] = (await once(child, "exit")) as [number | null];
      say(`  ${code === 0 ? "passed" : "FAILED"}  ${program} ${args.join(" ")}`);
      return code;
    }),
  );
  const failed = codes.filter((code) => code !== 0).length;
  return { passed: commands.length - failed, failed };
}

/** Each brings up a whole stack for half a minute: by the seed one of them stays out, in the full suite none. */
const takingTurns = ["tests/local/destroy", "tests/local/runbooks"];

function leftOut(tier: Tier, { TEST_FULL, TEST_SEED }: NodeJS.ProcessEnv): string[] {
  const file = takingTurns[Number(TEST_SEED) % takingTurns.length];
  if (tier !== "local" || TEST_FULL === "1" || file === undefined) return [];
  say(`  by the seed not in this run: ${file}.test.ts`);
  return [`--testPathIgnorePatterns=${file}.test`];
}

async function runJest(
  tier: Tier,
  paths: LocalPaths,
  env: NodeJS.ProcessEnv,
): Promise<{ passed: number; failed: number }> {
  const report = paths.at("tests", `${tier}.json`);
  rmSync(report, { force: true });
  // Two at a time, for many tests wait more than they work; whole stacks one at a time, for they would choose the same ports.
  const workers = `--maxWorkers=${tier === "local" ? 1 : 2}`;
  const args = [
    "--selectProjects",
    tier,
    "--json",
    `--outputFile=${report}`,
    workers,
    "--silent=false",
    ...leftOut(tier, env),
  ];
  const child = spawn(process.execPath, [join("node_modules", "jest", "bin", "jest.js"), ...args], {
    cwd: projectRoot,
    env,
    // jest prints its own report on standard error; the JSON goes to the file.
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
    readFileSync(report, "utf8"),
  ) as Record<string, number>;
  const failed = (numFailedTests ?? 0) + (numRuntimeErrorTestSuites ?? 0);
  return { passed: numPassedTests ?? 0, failed: code === 0 ? failed : Math.max(failed, 1) };
}

async function runTier(tier: Tier, paths: LocalPaths, env: NodeJS.ProcessEnv): Promise<TierResult> {
  say(`\n${tier}`);
  const started = Date.now();
  const counts = tier === "check" ? await runChecks() : await runJest(tier, paths, env);
  return { tier, ...counts, seconds: (Date.now() - started) / 1000 };
}

/** A digest of the tree as it stands, tracked and untracked, so that a full run can go on where it stopped. */
function treeDigest(): string {
  const git = (args: string[]): string =>
    execFileSync("git", args, { cwd: projectRoot, encoding: "utf8", maxBuffer: 1 << 28 });
  const untracked = git(["ls-files", "--others", "--exclude-standard", "-z"])
    .split("\0")
    .filter((name) => name !== "");
  const hash = createHash("sha256")
    .update(git(["rev-parse", "HEAD"]))
    .update(git(["diff", "HEAD"]));
  for (const name of untracked) hash.update(name).update(readFileSync(join(projectRoot, name)));
  return hash.digest("hex");
}

async function test(full: boolean, seed: string, tiers: string[]): Promise<number> {
  const paths = new LocalPaths();
  try {
    await setUp(paths, say);
  } catch (error) {
    say(describe(error));
    say("0 passed, 1 failed");
    return 1;
  }
  say(`seed of sampled tests: ${seed} (repeat with: npm test -- --seed ${seed})`);
  const env = {
    ...process.env,
    NODE_OPTIONS: "--experimental-vm-modules --disable-warning=ExperimentalWarning",
    TEST_SEED: seed,
    ...(full ? { TEST_FULL: "1" } : {}),
  };
  const doneFile = paths.at("tests", "full-done.json");
  const digest = full ? treeDigest() : "";
  const done =
    full && existsSync(doneFile)
      ? (JSON.parse(readFileSync(doneFile, "utf8")) as { digest: string; results: TierResult[] })
      : undefined;
  const results: TierResult[] = done?.digest === digest ? [...done.results] : [];
  for (const tier of Object.keys(budgets) as Tier[]) {
    if ((tiers.length > 0 && !tiers.includes(tier)) || results.some((result) => result.tier === tier)) continue;
    const result = await runTier(tier, paths, env);
    results.push(result);
    if (full)
      writeFileSync(doneFile, JSON.stringify({ digest, results: results.filter(({ failed }) => failed === 0) }));
  }
  return report(results);
}

function report(results: readonly TierResult[]): number {
  say("\ntier         passed  failed   time  budget");
  for (const { tier, passed, failed, seconds } of results) {
    const over = seconds > budgets[tier] ? "  over its budget" : "";
    say(
      `${tier.padEnd(12)} ${String(passed).padStart(6)}  ${String(failed).padStart(6)}  ${seconds.toFixed(0).padStart(4)} s  ${String(budgets[tier]).padStart(4)} s${over}`,
    );
  }
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  say(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

await runCommand(
  {
    usage: "npm test -- [TIER ...] [--seed N]",
    summary: "Sets up this machine and runs every test; `npm run test:full` runs the exhaustive suites too.",
    options: {
      TIER: `one of ${Object.keys(budgets).join(", ")}; all without it`,
      "--seed N": "repeats the sample of an earlier run",
    },
  },
  { full: { type: "boolean", default: false }, seed: { type: "string", default: String(randomInt(1_000_000)) } },
  async ({ full, seed }, tiers) => await test(full, seed, tiers),
);
