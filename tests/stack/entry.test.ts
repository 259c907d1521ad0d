import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

const root = join(import.meta.dirname, "..", "..");

describe("the program's entry", () => {
  it("is what Pulumi.yaml names", () => {
    expect(parse(readFileSync(join(root, "Pulumi.yaml"), "utf8"))).toMatchObject({
      main: "main.js",
      runtime: { name: "nodejs", options: { typescript: false, nodeargs: "--max-semi-space-size=8" } },
    });
  });

  it("tells a Node that cannot strip types what to do, instead of a syntax error", () => {
    const { status, stderr } = spawnSync(process.execPath, ["--no-experimental-strip-types", "main.js"], {
      cwd: root,
      encoding: "utf8",
    });

    expect(status).not.toBe(0);
    expect(stderr).toContain("expected Node 22.18 or newer. Put a newer one first on PATH");
    expect(stderr).not.toContain("SyntaxError");
  });

  it("loads a program that fits on one screen", () => {
    expect(readFileSync(join(root, "index.ts"), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(80);
  });
});
