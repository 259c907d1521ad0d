// Cloud Run of the local cloud: every declared service as processes of this machine, one instance each.
import type { Identity } from "../identity/identity.ts";
import type { LocalPaths } from "../paths.ts";
import type { Ports } from "../ports.ts";
import type { Processes } from "../processes.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { ResourceStore } from "../store.ts";
import { textOf } from "./property-readers.ts";
import { RunningService, type ServiceRecord } from "./running-service.ts";
import { type ServiceSpec, serviceSpec } from "./service-spec.ts";

export interface RunnerArgs {
  readonly paths: LocalPaths;
  readonly store: ResourceStore;
  readonly ports: Ports;
  readonly processes: Processes;
  readonly identity: Identity;
  readonly secrets: Secrets;
  /** Folder of PgBouncer's program; comes first in the containers' PATH. Default `tools/pgbouncer/bin` of `paths`. */
  readonly toolsPath?: string;
}

export const serviceType = "gcp:cloudrunv2/service:Service";

export class Runner {
  private readonly args: RunnerArgs;
  private readonly services = new Map<string, RunningService>();

  constructor(args: RunnerArgs) {
    this.args = args;
  }

  /** Brings back all declared services; containers that still run are kept. One that fails is tried again in the background. */
  async start(): Promise<void> {
    const declared = this.args.store.list(serviceType).map(({ inputs, outputs }) => ({
      inputs,
      scope: { project: textOf(outputs, "project"), region: textOf(outputs, "location") },
    }));
    await Promise.all(
      declared.map(async ({ inputs, scope }) => {
        const spec = serviceSpec(inputs, scope);
        await this.service(spec.name).resume(spec);
      }),
    );
  }

  /** Ends fronts and supervision; the containers run on and are found again. */
  async stop(): Promise<void> {
    await Promise.all([...this.services.values()].map((service) => service.detach()));
    this.services.clear();
  }

  /** See RunningService.deploy. */
  async deploy(spec: ServiceSpec, previous?: ServiceSpec): Promise<{ record: ServiceRecord; uri: string }> {
    if (!this.args.identity.accountExists(spec.serviceAccount)) {
      throw new Error(
        `service "${spec.name}": its service account does not exist ("${spec.serviceAccount}"); expected a declared account. Set template.serviceAccount to an account's e-mail.`,
      );
    }
    const service = this.service(spec.name);
    const record = await service.deploy(spec, previous);
    return { record, uri: await service.uri() };
  }

  /** What is kept of a deployed service; undefined when there is none of that name. */
  record(name: string): ServiceRecord | undefined {
    return this.service(name).record();
  }

  async remove(spec: ServiceSpec): Promise<void> {
    await this.service(spec.name).remove(spec);
    this.services.delete(spec.name);
  }

  private service(name: string): RunningService {
    const present = this.services.get(name);
    if (present !== undefined) return present;
    const { paths, identity } = this.args;
    const { toolsPath = paths.at("tools", "pgbouncer", "bin") } = this.args;
    const made = new RunningService({ ...this.args, access: identity, programFolders: [toolsPath] }, name);
    this.services.set(name, made);
    return made;
  }
}
