// The project's files in a folder of their own, so that a test may change them.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { LocalPaths, projectRoot } from "../../local/paths.ts";

/** All files that git knows or would know, with the packages of this checkout. The caller removes the folder. */
export function copyOfProject(): string {
  const copy = mkdtempSync(join(new LocalPaths().folder("tests"), "project-"));
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { stdout } = spawnSync("git", args, { cwd: projectRoot, encoding: "utf8" });
  for (const file of stdout.split("\0").filter((name) => name !== "" && existsSync(join(projectRoot, name)))) {
    cpSync(join(projectRoot, file), join(copy, file));
  }
  symlinkSync(join(projectRoot, "node_modules"), join(copy, "node_modules"));
  return copy;
}
