// actionlint, GitHub's workflows' linter: from PATH, or built once from its pinned Go module.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { LocalPaths, projectRoot } from "../../local/paths.ts";
import { outputOf } from "../../local/setup/step.ts";

/** Path of the program, or why there is none here. */
export async function actionlint(): Promise<{ program: string } | { reason: string }> {
  if ((await outputOf("actionlint", ["-version"])) !== undefined) return { program: "actionlint" };
  const program = join(new LocalPaths().folder("tools", "actionlint"), "actionlint-1.7.12");
  if (existsSync(program)) return { program };
  const build = ["-C", join(projectRoot, "tools", "actionlint"), "build", "-trimpath", "-o", program];
  const env = { ...process.env, GOFLAGS: "-mod=readonly" };
  if ((await outputOf("go", [...build, "github.com/rhysd/actionlint/cmd/actionlint"], env)) !== undefined) {
    return { program };
  }
  return { reason: "actionlint is not on PATH and could not be built with Go" };
}
