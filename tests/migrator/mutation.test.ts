// Whether the tests of planner and runner notice small faults. In the full suite: it runs other tests again and again.
import { describe, expect, it, jest } from "@jest/globals";
import { isKilled, type Mutant, mutantsOf, sampleOf } from "../support/mutants.ts";

const full = process.env["TEST_FULL"] === "1";
const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 100_000);
const minutes = 60_000;

jest.setTimeout(90 * minutes);

const planner = { files: ["migrator/plan.ts"], tests: ["tests/migrator/plan.test.ts"], sample: Infinity, least: 0.85 };
const runner = {
  files: ["up", "down", "run/run-transaction", "run/run-statements", "run/runner-lock"].map(
    (name) => `migrator/${name}.ts`,
  ),
  tests: ["engine", "sent-ahead", "outside-transaction", "pooled", "interruption", "history", "drift"].map(
    (name) => `tests/migrator/${name}.test.ts`,
  ),
  // Each takes up to two minutes.
  sample: 14,
  least: 0.85,
};

async function survivorsOf(mutants: readonly Mutant[], tests: readonly string[]): Promise<string[]> {
  const survivors: string[] = [];
  for (const mutant of mutants) {
    if (await isKilled(mutant, tests, 5 * minutes)) continue;
    survivors.push(`${mutant.file}:${String(mutant.line)}: ${JSON.stringify(mutant.text)}`);
  }
  return survivors;
}

describe("mutants", () => {
  it("are many, and each is another program", () => {
    for (const file of [...planner.files, ...runner.files]) {
      const mutants = mutantsOf(file);
      expect(mutants.length).toBeGreaterThan(5);
      expect(new Set(mutants.map(({ start, end, text }) => `${String(start)} ${String(end)} ${text}`)).size).toBe(
        mutants.length,
      );
    }
  });

  (full ? it : it.skip).each([
    { part: "planner", ...planner },
    { part: "runner", ...runner },
  ])("of the $part are noticed: at least $least of them", async ({ files, tests, sample, least }) => {
    const mutants = sampleOf(files.flatMap(mutantsOf), sample, seed);
    const survivors = await survivorsOf(mutants, tests);
    process.stdout.write(
      `mutants: ${String(survivors.length)} of ${String(mutants.length)} survive\n${survivors.join("\n")}\n`,
    );
    expect(1 - survivors.length / mutants.length).toBeGreaterThanOrEqual(least);
  });
});
