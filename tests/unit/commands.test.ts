// What is common to all commands: help, and how they end when they are called wrongly.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { projectRoot } from "../../local/paths.ts";

const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
/** Commands of this project; what stands behind `npm run pulumi --` is the engine's own. */
const commands = Object.entries(scripts).flatMap(([name, script]) => {
  const file = /^node (commands\/[\w-]+\.m?[jt]s)( --full)?$/.exec(script)?.[1];
  return file === undefined || name === "pulumi" ? [] : [{ name, file }];
});
const seed = Number(process.env["TEST_SEED"] ?? 1);
/** Each starts a process: two of them in every run, all of them in the full suite. */
const chosen =
  process.env["TEST_FULL"] === "1" ? commands : [0, 1].map((more) => commands[(seed + more) % commands.length]!);

function run(file: string, ...args: string[]): { code: number | null; out: string; error: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    ...{ cwd: projectRoot, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
  });
  return { code: status, out: stdout, error: stderr };
}

describe.each(chosen)("npm run $name", ({ name, file }) => {
  it("says with --help how it is called, and does nothing", () => {
    const { code, out, error } = run(file, "--help");
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(out).toMatch(new RegExp(`npm (run )?${name.replace(":full", "")}`));
  }, 30_000);

  it("refuses an option that it does not know with code 1, in a sentence without a stack", () => {
    const { code, error } = run(file, "--no-such-option");
    expect({ code, hasStack: /^\s+at /m.test(error) }).toEqual({ code: 1, hasStack: false });
    expect(error).toContain("no-such-option");
  }, 30_000);
});

describe("commands", () => {
  it("are all found", () => {
    expect(commands.length).toBeGreaterThan(20);
  });
});
