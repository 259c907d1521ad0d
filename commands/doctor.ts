// `npm run doctor`: what is wrong with this machine, this configuration, these credentials, this stack. Changes nothing.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { LocalPaths, projectRoot } from "../local/paths.ts";
import { runCommand, UsageError } from "./command.ts";
import { configurationFindings } from "./doctor/configuration.ts";
import { credentialFindings } from "./doctor/credentials.ts";
import type { Finding } from "./doctor/finding.ts";
import { machineFindings } from "./doctor/machine.ts";
import { stackFindings } from "./doctor/stack.ts";
import { progress } from "./progress.ts";
import { localStack } from "./stack-environment.ts";

/** In the order in which they are mended: without an engine nothing can be said of the stack. */
async function examined(stack: string): Promise<Finding[]> {
  const paths = new LocalPaths();
  progress("doctor: this machine");
  const machine = await machineFindings(paths, stack);
  const text = readFileSync(join(projectRoot, `Pulumi.${stack}.yaml`), "utf8");
  const configuration = configurationFindings(stack, text);
  progress("doctor: configuration and credentials");
  const credentials = stack === localStack ? [] : await credentialFindings(projectOf(text));
  progress(`doctor: stack ${stack}`);
  const noEngine = machine.some(({ code }) => code === "engine-missing");
  const deployed = noEngine && stack !== localStack ? [] : await stackFindings(paths, stack);
  return [...machine, ...configuration, ...credentials, ...deployed];
}

/** Whatever is wrong with the rest of the file. */
function projectOf(text: string): string {
  return String(parseDocument(text).getIn(["config", "gcp:project"]));
}

function print(stack: string, findings: readonly Finding[], say: (line: string) => void): void {
  for (const { area, severity, what, fix } of findings) {
    say(`${severity === "error" ? "wrong  " : "mind   "} ${area}: ${what}`);
    say(`        -> ${fix}`);
  }
  const errors = findings.filter(({ severity }) => severity === "error").length;
  say(
    findings.length === 0
      ? `${stack}: nothing is wrong`
      : `${stack}: ${errors} wrong, ${findings.length - errors} to mind`,
  );
}

await runCommand(
  {
    usage: "npm run doctor -- [--stack NAME] [--json]",
    summary:
      "Says what is wrong with this machine, the configuration, the credentials and the stack, each with its fix. Changes nothing. " +
      "Exit code 0 when nothing is wrong (there may be something to mind), 1 otherwise.",
    options: { "--stack NAME": "the stack (local)", "--json": "for machines: findings with stable codes" },
  },
  { stack: { type: "string", default: localStack }, json: { type: "boolean", default: false } },
  async ({ stack, json }) => {
    if (!/^[a-z]+$/.test(stack) || !existsSync(join(projectRoot, `Pulumi.${stack}.yaml`))) {
      throw new UsageError(
        `stack "${stack}": has no file (Pulumi.${stack}.yaml); expected dev, prod or local. Choose one.`,
      );
    }
    const findings = await examined(stack);
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    if (json) say(JSON.stringify({ version: 1, stack, findings }, null, 2));
    else print(stack, findings, say);
    return findings.some(({ severity }) => severity === "error") ? 1 : 0;
  },
);
