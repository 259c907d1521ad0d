// The parts of the local cloud that the hourly job meets, in a folder of their own: identity, storage, monitoring, jobs, schedules.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Storage } from "@google-cloud/storage";
import fastify, { type FastifyInstance } from "fastify";
import { demandOf } from "../../local/identity/demand.ts";
import { Identity } from "../../local/identity/identity.ts";
import { operator } from "../../local/identity/project.ts";
import { answerGoogleErrors } from "../../local/identity/server.ts";
import { monitoringRoutes } from "../../local/monitoring/routes.ts";
import { type Series, SeriesStore } from "../../local/monitoring/series-store.ts";
import { LocalPaths } from "../../local/paths.ts";
import { Ports } from "../../local/ports.ts";
import type { Kind } from "../../local/provider/kind.ts";
import { resourceSchema, withDefaults } from "../../local/provider/schema.ts";
import { bucketKinds } from "../../local/resources/bucket.ts";
import { cloudRunJobKinds } from "../../local/resources/cloud-run-job.ts";
import { customRoleKinds } from "../../local/resources/custom-role.ts";
import { iamMemberKinds } from "../../local/resources/iam-members.ts";
import { metricDescriptorKinds } from "../../local/resources/metric-descriptor.ts";
import { schedulerJobKinds } from "../../local/resources/scheduler-job.ts";
import { serviceAccountKinds } from "../../local/resources/service-account.ts";
import { jobRoutes } from "../../local/run/job-routes.ts";
import { Jobs } from "../../local/run/jobs.ts";
import { Schedules } from "../../local/run/schedules.ts";
import { Secrets } from "../../local/secrets/secrets.ts";
import { StorageServer } from "../../local/storage/server.ts";
import { type Properties, ResourceStore } from "../../local/store.ts";
import { clientFor } from "../local/storage-setup.ts";

export const project = "loist-music-library-local";
export const scope = { project, region: "us-central1" };

export class MetricsCloud {
  readonly paths = new LocalPaths(mkdtempSync(join(new LocalPaths().folder("tests"), "metrics-")));
  readonly store = new ResourceStore(this.paths);
  readonly series = new SeriesStore(this.paths);
  readonly identity: Identity;
  readonly storage: StorageServer;
  readonly jobs: Jobs;
  readonly schedules: Schedules;
  readonly kinds: Record<string, Kind>;
  /** Answers for the Admin APIs; tests add what they need before the start. */
  readonly management: FastifyInstance = fastify();

  constructor() {
    const { paths, store } = this;
    const ports = new Ports(paths);
    this.identity = new Identity({ paths, store, ports });
    const { identity } = this;
    const secrets = new Secrets({ paths, store, ports, access: identity });
    this.storage = new StorageServer({ paths, store, access: identity, port: 0 });
    this.jobs = new Jobs({ paths, identity, secrets });
    this.schedules = new Schedules({ store, identity, firstPauseMs: 10 });
    this.kinds = {
      ...serviceAccountKinds({ store, identity }),
      ...customRoleKinds({ store }),
      ...iamMemberKinds({ store, bindings: identity.bindings }),
      ...bucketKinds({ server: this.storage, store }),
      ...metricDescriptorKinds({ store }),
      ...cloudRunJobKinds({ store, jobs: this.jobs }),
      ...schedulerJobKinds({ store, schedules: this.schedules }),
    };
    answerGoogleErrors(this.management);
    const demand = demandOf(identity);
    monitoringRoutes(this.management, { store, series: this.series, demand });
    jobRoutes(this.management, { store, jobs: this.jobs, schedules: this.schedules, demand });
  }

  async start(): Promise<void> {
    await this.identity.start();
    await this.storage.start();
    await this.management.listen({ host: "127.0.0.1", port: 0 });
  }

  async stop(): Promise<void> {
    this.schedules.stop();
    await this.jobs.stop();
    await this.management.close();
    await this.storage.stop();
    await this.identity.stop();
    rmSync(this.paths.root, { recursive: true, force: true });
  }

  /** Address of the Admin APIs. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.management.server.address() as AddressInfo).port}`;
  }

  /** The published client, as the operator. */
  get objects(): Storage {
    return clientFor(this.storage.endpoint, this.identity.accessToken(operator).token);
  }

  /** As the protocol layer does: checks, defaults, create, store. */
  async declare(type: string, declared: Properties): Promise<Properties> {
    const kind = this.kinds[type]!;
    const inputs = withDefaults(resourceSchema(type)!, declared);
    const problems = kind.check?.(inputs, scope) ?? [];
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    const id = kind.idOf(inputs, scope);
    const olds = this.store.get(type, id);
    const outputs = olds === undefined ? await kind.create(inputs, scope) : await kind.update(id, olds, inputs, scope);
    this.store.put({ type, id, urn: `urn:${type}::${id}`, inputs, outputs });
    return outputs;
  }

  /** A call of an API, as a principal in member form; anonymous without one. */
  async call(method: "GET" | "POST", path: string, principal?: string, body?: object) {
    const token =
      principal === undefined ? {} : { authorization: `Bearer ${this.identity.accessToken(principal).token}` };
    const response = await this.management.inject({
      method,
      url: path,
      headers: token,
      ...(body ? { payload: body } : {}),
    });
    return {
      status: response.statusCode,
      body: response.json<{ error?: { message: string } } & Record<string, unknown>>(),
    };
  }

  /** The newest value of each series, as `type's last part {labels} -> value`. */
  values(): Record<string, number> {
    return Object.fromEntries(this.series.all().map((one) => [shown(one), one.points.at(-1)?.value ?? Number.NaN]));
  }

  log(name: string): string {
    return readFileSync(this.paths.at("logs", name), "utf8");
  }
}

function shown({ metric }: Series): string {
  const labels = Object.values(metric.labels).join(" ");
  return `${metric.type.replace("custom.googleapis.com/music_library/", "")} ${labels}`.trim();
}
