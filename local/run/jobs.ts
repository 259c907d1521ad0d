// Cloud Run jobs of the local cloud: the container of a declared job as a process that ends, started on request.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import type { Identity } from "../identity/identity.ts";
import type { LocalPaths } from "../paths.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { Properties } from "../store.ts";
import { unprivileged } from "../unprivileged.ts";
import { emptyVolumes, layOut } from "./container-files.ts";
import { containerEnvironment, logFileOf, secretReader } from "./instance.ts";
import { numberOf, objectOf, textOf } from "./property-readers.ts";
import { type ServiceSpec, serviceSpec } from "./service-spec.ts";

export const jobType = "gcp:cloudrunv2/job:Job";

export interface JobsArgs {
  readonly paths: LocalPaths;
  readonly identity: Identity;
  readonly secrets: Secrets;
}

/** One execution, as the API tells of it. */
export interface Execution {
  /** `projects/P/locations/R/jobs/J/executions/E` */
  readonly name: string;
  readonly createTime: string;
  readonly completionTime?: string;
  readonly succeededCount: number;
  readonly failedCount: number;
  readonly retriedCount: number;
}

interface JobSpec {
  readonly id: string;
  readonly name: string;
  readonly maxRetries: number;
  readonly timeoutMs: number;
  readonly task: ServiceSpec;
}

/** Executions that are remembered of each job. */
const REMEMBERED = 20;
/** As Cloud Run: ten minutes for a task that declares no other time. */
const defaultTimeout = "600s";
const stopTimeoutMs = 10_000;

/** The job behind inputs that passed the checks. */
export function jobSpec(inputs: Properties, scope: { readonly project: string; readonly region: string }): JobSpec {
  const project = textOf(inputs, "project", scope.project);
  const [name, location] = [textOf(inputs, "name"), textOf(inputs, "location", scope.region)];
  const template = objectOf(objectOf(inputs, "template"), "template");
  // A folder of its own: a service may have the same name.
  const task = serviceSpec({ name: `jobs-${name}`, project, location, template }, scope);
  return {
    id: `projects/${project}/locations/${location}/jobs/${name}`,
    name,
    maxRetries: numberOf(template, "maxRetries", 3),
    timeoutMs: Number.parseFloat(textOf(template, "timeout", defaultTimeout)) * 1000,
    task,
  };
}

export class Jobs {
  private readonly args: JobsArgs;
  private readonly executions = new Map<string, Execution[]>();
  private readonly running = new Set<{ child?: ChildProcess; ended: Promise<void> }>();
  private stopping = false;

  constructor(args: JobsArgs) {
    this.args = args;
  }

  /** Refuses a job that could not run: its account must be declared. */
  checkAccount({ name, task }: JobSpec): void {
    if (this.args.identity.accountExists(task.serviceAccount)) return;
    throw new Error(
      `job "${name}": its service account does not exist ("${task.serviceAccount}"); expected a declared account. Set template.template.serviceAccount to an account's e-mail.`,
    );
  }

  /** Begins an execution and resolves at once, as the API does. */
  run(spec: JobSpec): Execution {
    const name = `${spec.id}/executions/${spec.name}-${randomBytes(3).toString("hex").slice(0, 5)}`;
    const execution = {
      name,
      createTime: new Date().toISOString(),
      succeededCount: 0,
      failedCount: 0,
      retriedCount: 0,
    };
    this.remember(spec.id, execution);
    const entry: { child?: ChildProcess; ended: Promise<void> } = { ended: Promise.resolve() };
    entry.ended = this.tryTask(spec, execution, entry).finally(() => this.running.delete(entry));
    this.running.add(entry);
    return execution;
  }

  /** Newest first. */
  of(id: string): readonly Execution[] {
    return this.executions.get(id) ?? [];
  }

  /** Ends what runs; nothing is begun any more. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const { child } of this.running) child?.kill("SIGTERM");
    await Promise.all([...this.running].map(({ ended }) => ended));
  }

  private async tryTask(spec: JobSpec, execution: Execution, entry: { child?: ChildProcess }): Promise<void> {
    let failures = 0;
    let succeeded = false;
    while (!succeeded && failures <= spec.maxRetries && !this.stopping) {
      succeeded = await this.attempt(spec, execution, failures, entry);
      if (!succeeded) failures += 1;
    }
    this.remember(spec.id, {
      ...execution,
      completionTime: new Date().toISOString(),
      ...{ succeededCount: succeeded ? 1 : 0, failedCount: succeeded ? 0 : 1 },
      retriedCount: succeeded ? failures : Math.max(0, failures - 1),
    });
  }

  private async attempt(
    spec: JobSpec,
    execution: Execution,
    number: number,
    entry: { child?: ChildProcess },
  ): Promise<boolean> {
    try {
      return (await this.runOnce(spec, execution, number, entry)) === 0;
    } catch (error) {
      console.error(`job "${spec.name}":`, error instanceof Error ? error.message : error);
      return false;
    }
  }

  /** Resolves with the exit code, undefined where a signal ended it. */
  private async runOnce(
    spec: JobSpec,
    execution: Execution,
    attempt: number,
    entry: { child?: ChildProcess },
  ): Promise<number | undefined> {
    const { paths, identity, secrets } = this.args;
    const { task } = spec;
    const [container] = task.containers;
    if (container === undefined) throw new Error("has no container");
    const executionId = execution.name.split("/").at(-1) ?? "";
    emptyVolumes(paths, task);
    const read = secretReader({ access: identity, secrets }, task, executionId);
    const place = layOut(paths, task, container, read);
    const { port: metadataPort } = await identity.metadataFor(task.serviceAccount, task.location);
    const env = {
      ...containerEnvironment({ programFolders: [], container, metadataPort, home: place.folder, read }),
      ...{ CLOUD_RUN_JOB: spec.name, CLOUD_RUN_EXECUTION: executionId },
      ...{ CLOUD_RUN_TASK_INDEX: "0", CLOUD_RUN_TASK_COUNT: "1", CLOUD_RUN_TASK_ATTEMPT: String(attempt) },
    };
    if (this.stopping) return undefined;
    const [program = "", ...args] = container.command;
    const command = unprivileged(program, args);
    const log = openSync(logFileOf(paths, spec.name, container.name), "a", 0o600);
    try {
      const child = spawn(command.program, command.args, { cwd: place.workingDir, env, stdio: ["ignore", log, log] });
      entry.child = child;
      return await ended(child, spec.timeoutMs);
    } finally {
      closeSync(log);
    }
  }

  private remember(id: string, execution: Execution): void {
    const others = this.of(id).filter(({ name }) => name !== execution.name);
    const all = [execution, ...others].sort((a, b) => (a.createTime < b.createTime ? 1 : -1));
    this.executions.set(id, all.slice(0, REMEMBERED));
  }
}

async function ended(child: ChildProcess, timeoutMs: number): Promise<number | undefined> {
  const timers = [
    setTimeout(() => child.kill("SIGTERM"), timeoutMs),
    setTimeout(() => child.kill("SIGKILL"), timeoutMs + stopTimeoutMs),
  ];
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => resolve(code ?? undefined));
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}
