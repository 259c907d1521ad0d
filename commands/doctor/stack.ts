// What the state says of the stack: deployed, whole, understood, and not left in the middle of something.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ContractError, parseContract } from "../../client/contract.ts";
import { runningDaemon } from "../../local/control.ts";
import type { LocalPaths } from "../../local/paths.ts";
import { pulumi } from "../pulumi-cli.ts";
import { cloudEnvironment, localStack } from "../stack-environment.ts";
import { type Finding, firstLine } from "./finding.ts";

type Found = Omit<Finding, "area">;

const deploymentSchema = z.object({
  resources: z
    .array(z.looseObject({ type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }))
    .default([]),
  pending_operations: z.array(z.object({ type: z.string(), resource: z.object({ urn: z.string() }) })).default([]),
});
type Deployment = z.infer<typeof deploymentSchema>;

export async function stackFindings(paths: LocalPaths, stack: string): Promise<Finding[]> {
  const found = stack === localStack ? localFindings(paths) : await cloudFindings(stack);
  return found.map((finding) => ({ area: "stack", ...finding }));
}

/** From the files alone: asking the engine would start the local cloud. */
function localFindings(paths: LocalPaths): Found[] {
  const folder = join(paths.root, "state", ".pulumi");
  const file = join(folder, "stacks", "music-library", `${localStack}.json`);
  if (!existsSync(file)) return [undeployed("npm start")];
  let deployment: Deployment | undefined;
  try {
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest?: unknown } };
    deployment = deploymentSchema.parse(checkpoint.latest ?? {});
  } catch (error) {
    const what = `the state cannot be read (${firstLine(error)})`;
    return [{ severity: "error", code: "state-broken", what, fix: "npm start restores it from its backup" }];
  }
  const found = deploymentFindings(deployment, "npm start");
  if (deployment.resources.length > 0 && !runs(paths)) {
    const what = "the state names a stack, and the local cloud does not run";
    found.push({ severity: "warning", code: "cloud-stopped", what, fix: "npm start" });
  }
  if (hasLock(join(folder, "locks"))) {
    const what = "the state is locked by an update that is under way or was killed";
    found.push({
      severity: "warning",
      code: "state-locked",
      what,
      fix: "wait for it, or npm start, which takes the lock over",
    });
  }
  return found;
}

function runs(paths: LocalPaths): boolean {
  return existsSync(join(paths.root, "cloud", "daemon.json")) && runningDaemon(paths) !== undefined;
}

function hasLock(folder: string): boolean {
  return (
    existsSync(folder) &&
    readdirSync(folder, { recursive: true, encoding: "utf8" }).some((name) => name.endsWith(".json"))
  );
}

async function cloudFindings(stack: string): Promise<Found[]> {
  let text: string;
  try {
    text = await pulumi(cloudEnvironment(), ["stack", "export", "--stack", stack]);
  } catch (error) {
    const said = error instanceof Error && "output" in error ? String(error.output) : firstLine(error);
    if (/no stack named|not found/i.test(said)) return [undeployed("docs/quick-start.md, from its third step")];
    const fix = "pulumi login gs://PROJECT-pulumi-STACK, with credentials that may read it";
    return [
      { severity: "error", code: "state-unreachable", what: `the state cannot be read (${firstLine(said)})`, fix },
    ];
  }
  const { deployment } = JSON.parse(text) as { deployment?: unknown };
  return deploymentFindings(deploymentSchema.parse(deployment ?? {}), `pulumi up --stack ${stack}`);
}

function undeployed(fix: string): Found {
  return { severity: "warning", code: "not-deployed", what: "the stack has never been deployed", fix };
}

function deploymentFindings({ resources, pending_operations: pending }: Deployment, update: string): Found[] {
  if (resources.length === 0) return [undeployed(update)];
  const found: Found[] = [];
  if (pending.length > 0) {
    const names = pending.map(({ type, resource }) => `${type} ${resource.urn.split("::").at(-1) ?? ""}`);
    const what = `an update was cut off in the middle of ${names.join(", ")}`;
    const fix = update === "npm start" ? update : `pulumi refresh, which asks what became of each, then ${update}`;
    found.push({ severity: "error", code: "operations-pending", what, fix });
  }
  return [...found, ...contractFindings(resources, update)];
}

function contractFindings(resources: Deployment["resources"], update: string): Found[] {
  const contract = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs?.["contract"];
  if (contract === undefined) {
    const what = "the stack has no contract: its first update has not come to its end";
    return [{ severity: "error", code: "contract-missing", what, fix: update }];
  }
  try {
    parseContract(JSON.stringify(contract));
    return [];
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const what = `this checkout does not understand the deployed contract (${error.problems.join("; ")})`;
    return [
      {
        severity: "error",
        code: "contract-unknown",
        what,
        fix: `${update}, or check out the version that was deployed`,
      },
    ];
  }
}
