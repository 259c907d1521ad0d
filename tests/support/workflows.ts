// The workflows of .github/ as data, and their steps as commands that run here.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectRoot } from "../../local/paths.ts";

export interface Step {
  name?: string;
  if?: string;
  uses?: string;
  run?: string;
  shell?: string;
  env?: Record<string, string>;
  with?: Record<string, unknown>;
}
export interface Job {
  if?: string;
  uses?: string;
  needs?: string | string[];
  environment?: string;
  permissions?: Record<string, string>;
  concurrency?: { group: string; "cancel-in-progress": boolean };
  "timeout-minutes"?: number;
  "runs-on"?: string;
  env?: Record<string, string>;
  steps?: Step[];
  with?: Record<string, string>;
}
export interface Workflow {
  name: string;
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  defaults?: { run: { shell: string } };
  concurrency?: { group: string; "cancel-in-progress": boolean };
  jobs: Record<string, Job>;
}

const folder = join(projectRoot, ".github", "workflows");
export const workflowFiles = readdirSync(folder).sort();
export const workflowText = (file: string): string => readFileSync(join(folder, file), "utf8");
export const workflow = (file: string): Workflow => parse(workflowText(file)) as Workflow;
export const setUpAction = parse(
  readFileSync(join(projectRoot, ".github", "actions", "set-up", "action.yml"), "utf8"),
) as { runs: { steps: Step[] } };

/** Every step of every job, and those of the project's own action. */
export function allSteps(): { where: string; step: Step }[] {
  const ofJobs = workflowFiles.flatMap((file) =>
    Object.entries(workflow(file).jobs).flatMap(([job, { steps = [] }]) =>
      steps.map((step) => ({ where: `${file} ${job}`, step })),
    ),
  );
  return [...ofJobs, ...setUpAction.runs.steps.map((step) => ({ where: "set-up", step }))];
}

/** The step of a job that has a name. */
export function stepOf(file: string, job: string, name: string): Step {
  const step = workflow(file).jobs[job]?.steps?.find((candidate) => candidate.name === name);
  if (step?.run === undefined) throw new Error(`${file} ${job}: has no step "${name}" that runs something`);
  return step;
}

/** Runs a step's script as GitHub's runner does, in a checkout. `env` stands for what expressions would fill in. */
export async function runStep(
  step: Step,
  env: NodeJS.ProcessEnv,
  checkout = projectRoot,
): Promise<{ code: number | null; output: string }> {
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run ?? ""], {
    cwd: checkout,
    env: { ...process.env, NODE_OPTIONS: "", npm_config_loglevel: "error", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}
