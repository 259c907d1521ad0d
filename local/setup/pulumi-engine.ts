// The Pulumi engine where the npm package `pulumi` looks for it: already there, else downloaded by that package, else built
// from its Go modules (tools/ pins what is built).
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../paths.ts";
import { outputOf, SetUpError, type Step } from "./step.ts";

const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  devDependencies: { pulumi: string };
};
export const pulumiVersion = manifest.devDependencies.pulumi;

/** Pulumi's own folder: engines, plugins, credentials. */
export const pulumiHome = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
const engineFolder = join(pulumiHome, "versions", pulumiVersion, "bin");
const engine = join(engineFolder, "pulumi");
const languageHost = join(engineFolder, "pulumi-language-nodejs");
const dynamicProvider = join(engineFolder, "pulumi-resource-pulumi-nodejs");

/** Whether the pinned engine stands where the npm package looks for it. */
export function engineInstalled(): boolean {
  return [engine, languageHost, dynamicProvider].every((file) => existsSync(file));
}

export async function ensurePulumiEngine(step: Step): Promise<void> {
  if (engineInstalled()) return;
  step.note(`${pulumiVersion}: downloading`);
  try {
    const cli = join(projectRoot, "node_modules", "pulumi", "run.js");
    await step.run(process.execPath, [cli, "version"], { what: "downloading", timeoutMs: 300_000 });
    if (existsSync(languageHost)) return;
  } catch {
    // No way to the download: built below.
  }
  await build(step);
}

async function build(step: Step): Promise<void> {
  const go = await outputOf("go", ["version"]);
  if (go === undefined) {
    throw new SetUpError(
      `Pulumi engine "${pulumiVersion}": is neither installed nor could it be downloaded, and there is no Go to build it with. ` +
        `Install Pulumi ${pulumiVersion} (https://www.pulumi.com/docs/install/) or Go 1.26 or newer, and run the command again.`,
    );
  }
  step.note(`${pulumiVersion}: cannot be downloaded here; building it from its Go modules (about 6 minutes, once)`);
  mkdirSync(engineFolder, { recursive: true });
  const folder = mkdtempSync(join(engineFolder, ".building-"));
  const version = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pulumiVersion}`;
  const goBuild = async (tool: string, package_: string, output: string): Promise<void> => {
    await step.run("go", ["build", "-trimpath", "-ldflags", `-s -w ${version}`, "-o", join(folder, output), package_], {
      cwd: join(projectRoot, "tools", tool),
      what: `building ${output}`,
    });
  };
  try {
    await goBuild(
      "pulumi-language-nodejs",
      "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      "pulumi-language-nodejs",
    );
    await goBuild("pulumi-engine", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "pulumi");
    const module = await outputOf("go", [
      "-C",
      join(projectRoot, "tools", "pulumi-engine"),
      "list",
      "-m",
      "-f",
      "{{.Dir}}",
      "github.com/pulumi/pulumi/sdk/v3",
    ]);
    if (module === undefined)
      throw new SetUpError('Pulumi SDK "go list": found no module folder. Run the command again.');
    const script = join(folder, "pulumi-resource-pulumi-nodejs");
    copyFileSync(join(module.trim(), "nodejs", "dist", "pulumi-resource-pulumi-nodejs"), script);
    chmodSync(script, 0o755);
    // The engine last: it is what the npm package looks for.
    for (const name of ["pulumi-resource-pulumi-nodejs", "pulumi-language-nodejs", "pulumi"])
      renameSync(join(folder, name), join(engineFolder, name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
