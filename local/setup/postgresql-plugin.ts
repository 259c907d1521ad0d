// The `postgresql` resource plugin: already there, else the published one, else built from its public Go parts.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LocalPaths, projectRoot } from "../paths.ts";
import { pulumiHome } from "./pulumi-engine.ts";
import { outputOf, SetUpError, type Step } from "./step.ts";

const manifest = JSON.parse(
  readFileSync(join(projectRoot, "node_modules", "@pulumi", "postgresql", "package.json"), "utf8"),
) as { version: string };
const version = manifest.version;

export function postgresqlPluginInstalled(): boolean {
  return existsSync(join(pulumiHome, "plugins", `resource-postgresql-v${version}`, "pulumi-resource-postgresql"));
}

export async function ensurePostgresqlPlugin(step: Step, paths: LocalPaths): Promise<void> {
  if (postgresqlPluginInstalled()) return;
  step.note(`${version}: downloading`);
  const cli = join(projectRoot, "node_modules", "pulumi", "run.js");
  const install = [cli, "plugin", "install", "resource", "postgresql", version];
  try {
    await step.run(process.execPath, install, { what: "downloading", timeoutMs: 300_000 });
    return;
  } catch {
    // No way to the download: built below.
  }
  if ((await outputOf("go", ["version"])) === undefined) {
    throw new SetUpError(
      `Pulumi plugin "postgresql ${version}": could not be downloaded, and there is no Go to build it with. Install Go 1.26 or newer, or run ` +
        `"pulumi plugin install resource postgresql ${version}" where the download is open, and run the command again.`,
    );
  }
  step.note(`${version}: cannot be downloaded here; building it from its Go modules (about a minute, once)`);
  const binary = join(paths.folder("tools", "plugins"), "pulumi-resource-postgresql");
  mkdirSync(join(binary, ".."), { recursive: true });
  await step.run("go", ["build", "-trimpath", "-ldflags", `-s -w -X main.version=${version}`, "-o", binary, "."], {
    cwd: join(projectRoot, "tools", "pulumi-resource-postgresql"),
    what: "building the plugin",
  });
  await step.run(process.execPath, [...install, "--file", binary, "--reinstall"], { what: "installing the plugin" });
}
