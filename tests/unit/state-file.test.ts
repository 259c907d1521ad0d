import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { recoverState, stateFile } from "../../commands/state-file.ts";
import { LocalPaths } from "../../local/paths.ts";

let paths: LocalPaths;
let file: string;
beforeEach(() => {
  paths = new LocalPaths(mkdtempSync(join(new LocalPaths().folder("tests"), "state-")));
  paths.folder("state", ".pulumi", "stacks", "music-library");
  file = stateFile(paths);
});
afterEach(() => {
  rmSync(paths.root, { recursive: true, force: true });
});

/** Writes the three files that the engine's backend keeps; undefined leaves one out. */
function left({ state, backup, attributes }: { state?: string; backup?: string; attributes?: string }): void {
  for (const [path, text] of [
    [file, state],
    [`${file}.bak`, backup],
    [`${file}.attrs`, attributes],
  ] as const) {
    if (text !== undefined) writeFileSync(path, text);
  }
}
const now = (): string | undefined => (existsSync(file) ? readFileSync(file, "utf8") : undefined);

describe("the state after a kill", () => {
  it.each([
    ["is whole: it stays", { state: '{"now":1}', backup: '{"before":1}' }, '{"now":1}'],
    ["is half-written: the one before it comes back", { state: '{"now":', backup: '{"before":1}' }, '{"before":1}'],
    ["is missing: the one before it comes back", { backup: '{"before":1}' }, '{"before":1}'],
    ["never was", {}, undefined],
    ["is broken and so is its predecessor: nothing is made up", { state: "{", backup: "{" }, "{"],
  ])("%s", (_case, files, expected) => {
    left(files);
    recoverState(paths);
    expect(now()).toBe(expected);
  });

  it("loses half-written attributes, which would make the engine refuse it, and keeps whole ones", () => {
    left({ state: "{}", attributes: "" });
    recoverState(paths);
    expect(existsSync(`${file}.attrs`)).toBe(false);
    left({ attributes: "{}" });
    recoverState(paths);
    expect(existsSync(`${file}.attrs`)).toBe(true);
  });
});
