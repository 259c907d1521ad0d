// The local cloud, put together: every server and every resource type, over one store of what is declared.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { FastifyInstance } from "fastify";
import type { DaemonRecord } from "./control.ts";
import { demandOf } from "./identity/demand.ts";
import { Identity } from "./identity/identity.ts";
import { listenOn } from "./identity/listen.ts";
import { localProject, projectNumber } from "./identity/project.ts";
import { managementServer } from "./management.ts";
import { monitoringRoutes } from "./monitoring/routes.ts";
import { SeriesStore } from "./monitoring/series-store.ts";
import type { LocalPaths } from "./paths.ts";
import { Ports } from "./ports.ts";
import { Clusters } from "./postgres/clusters.ts";
import { instanceType } from "./postgres/servers.ts";
import { Processes } from "./processes.ts";
import { serveProvider } from "./provider/engine-server.ts";
import type { Kind } from "./provider/kind.ts";
import { PackageProvider } from "./provider/package-provider.ts";
import { ReservedNames } from "./reserved-names.ts";
import { googleKinds, notesOf } from "./resources/kinds.ts";
import { randomKinds } from "./resources/random.ts";
import { jobRoutes } from "./run/job-routes.ts";
import { Jobs } from "./run/jobs.ts";
import { Runner } from "./run/runner.ts";
import { Schedules } from "./run/schedules.ts";
import { Secrets } from "./secrets/secrets.ts";
import { SqlAdmin } from "./sql-admin/sql-admin.ts";
import { StorageServer } from "./storage/server.ts";
import { ResourceStore } from "./store.ts";

const defaults = { project: localProject, region: "us-central1" };

export class Cloud {
  private readonly paths: LocalPaths;
  private readonly stops: (() => Promise<void> | void)[] = [];

  constructor(paths: LocalPaths) {
    this.paths = paths;
  }

  /** Listens, brings back what is declared, and answers the engine last, when everything behind it is there. */
  async start(): Promise<Pick<DaemonRecord, "addresses" | "withoutEffect"> & { problems: string[] }> {
    const { paths } = this;
    const store = new ResourceStore(paths);
    const ports = new Ports(paths);
    const processes = new Processes(paths);
    const identity = new Identity({ paths, store, ports });
    const secrets = new Secrets({ paths, store, ports, access: identity });
    const storage = new StorageServer({
      paths,
      store,
      access: identity,
      port: await ports.choose("storage", 4443),
      projectNumber,
    });
    const clusters = new Clusters({ paths, ports, processes, store });
    const runner = new Runner({ paths, store, ports, processes, identity, secrets });
    const jobs = new Jobs({ paths, identity, secrets });
    const schedules = new Schedules({ store, identity });
    const series = new SeriesStore(paths);
    const gcp = googleKinds({ store, identity, secrets, storage, clusters, runner, jobs, schedules, series });
    const instances = gcp[instanceType];
    if (instances === undefined) throw new Error(`local cloud: no kind for ${instanceType}`);
    const reserved = new ReservedNames(paths);
    const admin = new SqlAdmin({ store, clusters, instances, reserved });
    const demand = demandOf(identity);
    const management = managementServer({ demand, storage, admin, clusters });
    monitoringRoutes(management, { store, series, demand });
    jobRoutes(management, { store, jobs, schedules, demand });

    for (const part of [identity, secrets, storage]) {
      await part.start();
      this.stops.unshift(async () => await part.stop());
    }
    const managementPort = await this.listen(management, ports);
    // What does not come back is reported and left to the next update; the rest must be reachable for it.
    const problems = await collectProblems([async () => await clusters.start(), async () => await runner.start()]);
    this.stops.unshift(async () => await runner.stop());
    schedules.start();
    this.stops.unshift(async () => {
      schedules.stop();
      await jobs.stop();
    });
    this.stops.unshift(admin.keepBackups());

    const providers = {
      gcp: await this.serve({ name: "gcp", kinds: gcp, store, reserved }, ports),
      random: await this.serve({ name: "random", kinds: randomKinds() }, ports),
    };
    return {
      addresses: {
        providers,
        storage: storage.endpoint,
        iamCredentials: identity.url,
        secretManager: secrets.url,
        management: `http://127.0.0.1:${managementPort}`,
        operatorCredentials: identity.writeOperatorCredentials(),
      },
      withoutEffect: { whole: notesOf(gcp, "recorded"), inPart: notesOf(gcp, "real") },
      problems,
    };
  }

  /** Stops answering; PostgreSQL, PgBouncer and the applications go on and are adopted by the next start. */
  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0)) await stop();
  }

  private async listen(server: FastifyInstance, ports: Ports): Promise<number> {
    const port = await ports.choose("management", 8086);
    await listenOn(server, port, "management");
    this.stops.unshift(async () => await server.close());
    return port;
  }

  private async serve(
    served: { name: "gcp" | "random"; kinds: Record<string, Kind>; store?: ResourceStore; reserved?: ReservedNames },
    ports: Ports,
  ): Promise<number> {
    const { name } = served;
    const port = await ports.choose(`provider/${name}`, name === "gcp" ? 8087 : 8088);
    const provider = new PackageProvider({ ...served, version: sdkVersion(name), defaults });
    const { close } = await serveProvider(provider, port);
    this.stops.unshift(close);
    return port;
  }
}

async function collectProblems(starts: (() => Promise<void>)[]): Promise<string[]> {
  const problems: string[] = [];
  for (const start of starts) {
    try {
      await start();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  return problems;
}

/** The version that the SDK asks its plugin for. */
function sdkVersion(name: string): string {
  const manifest = createRequire(import.meta.url).resolve(`@pulumi/${name}/package.json`);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
