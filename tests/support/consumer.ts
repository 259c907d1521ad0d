// The consumer's program (examples/consumer/) beside the library's own stack: same local cloud, same state, a project of its own.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseDocument, stringify } from "yaml";
import { parseContract } from "../../client/contract.ts";
import { operatorHeaders } from "../../commands/identity-token.ts";
import { pulumi } from "../../commands/pulumi-cli.ts";
import { localEnvironment, type StackEnvironment } from "../../commands/stack-environment.ts";
import { ensureCloud } from "../../local/control.ts";
import { type LocalPaths, projectRoot } from "../../local/paths.ts";
import { Ports } from "../../local/ports.ts";

const source = join(projectRoot, "examples", "consumer");

export class Consumer {
  private readonly environment: StackEnvironment;

  private constructor(environment: StackEnvironment) {
    this.environment = environment;
  }

  /** A workspace over the unchanged program, with a stack of its own. */
  static async prepare(paths: LocalPaths, config: Readonly<Record<string, string>>): Promise<Consumer> {
    const { addresses } = await ensureCloud(paths);
    const environment = localEnvironment(paths, addresses, { workspaceName: "consumer" });
    const { cwd } = environment;
    mkdirSync(cwd, { recursive: true });
    const project = parseDocument(readFileSync(join(source, "Pulumi.yaml"), "utf8"));
    project.set("main", relative(cwd, join(source, String(project.get("main")))));
    writeFileSync(join(cwd, "Pulumi.yaml"), String(project));
    const poolerPort = await new Ports(paths).choose("consumer-pooler", 6433);
    const values = { ...config, "music-player:poolerPort": poolerPort };
    writeFileSync(join(cwd, "Pulumi.local.yaml"), stringify({ config: values }));
    await pulumi(environment, ["stack", "init", "local"]);
    return new Consumer(environment);
  }

  async pulumi(...args: string[]): Promise<string> {
    return await pulumi(this.environment, [...args, "--stack", "local"]);
  }

  /** How the library's own service, which may call the consumer, would call it. */
  async callerHeaders(audience: string): Promise<Record<string, string>> {
    const { GOOGLE_APPLICATION_CREDENTIALS: before } = process.env;
    process.env["GOOGLE_APPLICATION_CREDENTIALS"] = this.environment.env["GOOGLE_APPLICATION_CREDENTIALS"];
    try {
      const library = { cwd: this.environment.cwd, env: this.environment.env };
      const reference = ["stack", "output", "contract", "--json", "--stack", "organization/music-library/local"];
      return await operatorHeaders(parseContract(await pulumi(library, reference)), audience);
    } finally {
      if (before === undefined) delete process.env["GOOGLE_APPLICATION_CREDENTIALS"];
      else process.env["GOOGLE_APPLICATION_CREDENTIALS"] = before;
    }
  }

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.pulumi("stack", "output", "--json")) as Record<string, unknown>;
  }
}
