// A local cloud of identity, secrets and runner in a folder of its own, and containers that are small Node programs.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Identity } from "../../local/identity/identity.ts";
import { LocalPaths, projectRoot } from "../../local/paths.ts";
import { Ports } from "../../local/ports.ts";
import { Processes } from "../../local/processes.ts";
import type { Kind } from "../../local/provider/kind.ts";
import { resourceSchema, withDefaults } from "../../local/provider/schema.ts";
import { cloudRunKinds } from "../../local/resources/cloud-run.ts";
import { iamMemberKinds } from "../../local/resources/iam-members.ts";
import { secretKinds } from "../../local/resources/secret.ts";
import { serviceAccountKinds } from "../../local/resources/service-account.ts";
import { Runner, serviceType } from "../../local/run/runner.ts";
import { Secrets } from "../../local/secrets/secrets.ts";
import { type Properties, ResourceStore } from "../../local/store.ts";

export const project = "loist-music-library-local";
export const scope = { project, region: "us-central1" };
export const email = `track-service@${project}.iam.gserviceaccount.com`;

export class TestCloud {
  readonly folder: string;
  readonly paths: LocalPaths;
  readonly store: ResourceStore;
  readonly processes: Processes;
  readonly identity: Identity;
  readonly secrets: Secrets;
  runner: Runner;
  kinds: Record<string, Kind> = {};
  private readonly ports: Ports;

  constructor(name: string) {
    const parent = join(projectRoot, ".local", "tests");
    mkdirSync(parent, { recursive: true });
    this.folder = mkdtempSync(join(parent, `${name}-`));
    this.paths = new LocalPaths(this.folder);
    this.store = new ResourceStore(this.paths);
    this.ports = new Ports(this.paths);
    this.processes = new Processes(this.paths);
    this.identity = new Identity({ paths: this.paths, store: this.store, ports: this.ports });
    this.secrets = new Secrets({ paths: this.paths, store: this.store, ports: this.ports, access: this.identity });
    this.runner = this.newRunner();
  }

  async start(): Promise<void> {
    await this.identity.start();
    await this.secrets.start();
    await this.declare("gcp:serviceaccount/account:Account", { accountId: "track-service" });
  }

  /** As when the local cloud is renewed: supervision ends and begins anew, the containers run on. */
  async renewRunner(): Promise<void> {
    await this.runner.stop();
    this.runner = this.newRunner();
    await this.runner.start();
  }

  async remove(): Promise<void> {
    await this.runner.stop();
    await Promise.all(this.processes.names().map((name) => this.processes.stop(name, { signal: "SIGKILL" })));
    await this.secrets.stop();
    await this.identity.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** As the protocol layer does: defaults, create or update, store. */
  async declare(type: string, declared: Properties): Promise<{ id: string; outputs: Properties }> {
    const kind = this.kinds[type]!;
    const inputs = withDefaults(resourceSchema(type)!, declared);
    const id = kind.idOf(inputs, scope);
    const olds = this.store.get(type, id);
    const outputs = olds === undefined ? await kind.create(inputs, scope) : await kind.update(id, olds, inputs, scope);
    this.store.put({ type, id, urn: `urn:${type}::${id}`, inputs, outputs });
    return { id, outputs };
  }

  async delete(type: string, id: string): Promise<void> {
    await this.kinds[type]!.delete(id, this.store.get(type, id)!, scope);
    this.store.remove(type, id);
  }

  async deploy(name: string, template: Properties, more: Properties = {}): Promise<Properties> {
    const service = { name, location: "us-central1", deletionProtection: false, ...more };
    return (await this.declare(serviceType, { ...service, template: { serviceAccount: email, ...template } })).outputs;
  }

  async invoker(service: string, member: string): Promise<void> {
    const grant = { name: service, location: "us-central1", role: "roles/run.invoker", member };
    await this.declare("gcp:cloudrunv2/serviceIamMember:ServiceIamMember", grant);
  }

  /** A secret with one version, readable by the service's account. */
  async secret(secretId: string, secretData: string): Promise<void> {
    const { id } = await this.declare("gcp:secretmanager/secret:Secret", { secretId, replication: { auto: {} } });
    await this.declare("gcp:secretmanager/secretVersion:SecretVersion", { secret: id, secretData });
    await this.declare("gcp:secretmanager/secretIamMember:SecretIamMember", {
      secretId,
      role: "roles/secretmanager.secretAccessor",
      member: `serviceAccount:${email}`,
    });
  }

  pid(service: string, container: string): number | undefined {
    return this.processes.running(`run/${service}/${container}`);
  }

  private newRunner(): Runner {
    const { paths, store, ports, processes, identity, secrets } = this;
    const runner = new Runner({ paths, store, ports, processes, identity, secrets });
    this.kinds = {
      ...serviceAccountKinds({ store, identity }),
      ...iamMemberKinds({ store, bindings: identity.bindings }),
      ...secretKinds({ store, secrets }),
      ...cloudRunKinds({ store, runner }),
    };
    return runner;
  }
}

/** A container that runs a Node program; `workingDir` is the checkout unless said. */
export function container(name: string, program: string, more: Properties = {}): Properties {
  return {
    name,
    image: "local",
    commands: ["node"],
    args: ["--input-type=module", "--eval", program],
    workingDir: "/app",
    ...more,
  };
}

/** Answers every request with what `body` evaluates to, as JSON; `request` and `text` are the request and its body. */
export function answering(body: string, before = ""): string {
  return `
    import { createServer } from "node:http";
    ${before}
    createServer(async (request, response) => {
      let text = "";
      for await (const part of request) text += part;
      response.end(JSON.stringify(await (async () => (${body}))()));
    }).listen(Number(process.env.PORT), process.env.HOST);
    process.on("SIGTERM", () => process.exit(0));`;
}

/** The address that a service was given. */
export function uriOf(outputs: Properties): string {
  const { uri } = outputs;
  if (typeof uri !== "string") throw new Error("the service has no address");
  return uri;
}

export const port = { ports: { containerPort: 8080 } };

export async function eventually<T>(look: () => Promise<T | undefined> | T | undefined, ms = 15_000): Promise<T> {
  for (const deadline = Date.now() + ms; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error("did not happen in time");
  }
}
