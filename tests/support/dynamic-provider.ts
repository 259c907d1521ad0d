// Pulumi's process for dynamic providers, spoken to as the engine does: over gRPC, with the provider's text as serialized.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { projectRoot } from "../../local/paths.ts";

const require = createRequire(import.meta.url);
const grpc = require("@grpc/grpc-js");
const services = require("@pulumi/pulumi/proto/provider_grpc_pb.js");
const messages = require("@pulumi/pulumi/proto/provider_pb.js");
const structs = require("google-protobuf/google/protobuf/struct_pb.js");
const anys = require("google-protobuf/google/protobuf/any_pb.js");

type Values = Record<string, unknown>;

/** A create or update that failed after it had changed something. */
export class InitFailed extends Error {
  readonly id: string;
  readonly properties: Values;
  readonly reasons: string[];

  constructor(message: string, id: string, properties: Values, reasons: string[]) {
    super(message);
    this.id = id;
    this.properties = properties;
    this.reasons = reasons;
  }
}

export class DynamicProvider {
  private readonly child: ChildProcess;
  private readonly client: any;
  private readonly text: string;

  private constructor(child: ChildProcess, client: unknown, text: string) {
    this.child = child;
    this.client = client;
    this.text = text;
  }

  /** `text` is the input `__provider`. The process runs in the project's folder, as under the engine. */
  static async start(text: string, env: NodeJS.ProcessEnv = process.env): Promise<DynamicProvider> {
    const script = require.resolve("@pulumi/pulumi/cmd/dynamic-provider");
    const child = spawn(process.execPath, [script, "127.0.0.1:0"], {
      cwd: projectRoot,
      env: { ...env, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout });
    const [port] = (await once(lines, "line")) as [string];
    const client = new services.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const provider = new DynamicProvider(child, client, text);
    const configure = new messages.ConfigureRequest();
    configure.setArgs(structs.Struct.fromJavaScript({}));
    await provider.call("configure", configure);
    return provider;
  }

  async check(olds: Values, news: Values): Promise<{ inputs: Values; failures: { property: string; reason: string }[] }> {
    const request = new messages.CheckRequest();
    request.setOlds(this.struct(olds));
    request.setNews(this.struct(news));
    const response = await this.call("check", request);
    return { inputs: this.values(response.getInputs()), failures: response.toObject().failuresList };
  }

  async diff(olds: Values, news: Values): Promise<boolean> {
    const request = new messages.DiffRequest();
    request.setId("id");
    request.setOlds(this.struct(olds));
    request.setNews(this.struct(news));
    return (await this.call("diff", request)).getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME;
  }

  async create(inputs: Values): Promise<{ id: string; outs: Values }> {
    const request = new messages.CreateRequest();
    request.setProperties(this.struct(inputs));
    const response = await this.call("create", request);
    return { id: response.getId(), outs: this.values(response.getProperties()) };
  }

  async read(id: string, outs: Values): Promise<{ id: string; outs: Values; inputs: Values }> {
    const request = new messages.ReadRequest();
    request.setId(id);
    request.setProperties(this.struct(outs));
    const response = await this.call("read", request);
    return {
      id: response.getId(),
      outs: this.values(response.getProperties()),
      inputs: response.hasInputs() ? this.values(response.getInputs()) : {},
    };
  }

  async update(id: string, olds: Values, news: Values): Promise<Values> {
    const request = new messages.UpdateRequest();
    request.setId(id);
    request.setOlds(this.struct(olds));
    request.setNews(this.struct(news));
    return this.values((await this.call("update", request)).getProperties());
  }

  async delete(id: string, outs: Values): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setId(id);
    request.setProperties(this.struct(outs));
    await this.call("delete", request);
  }

  async stop(): Promise<void> {
    this.client.close();
    this.child.kill();
    await once(this.child, "exit");
  }

  private struct(values: Values): unknown {
    return structs.Struct.fromJavaScript({ ...values, __provider: this.text });
  }

  private values(struct: { toJavaScript(): Values }): Values {
    const { __provider: _, ...rest } = struct.toJavaScript();
    return rest;
  }

  private call(method: string, request: unknown): Promise<any> {
    return new Promise((resolve, reject) => {
      this.client[method](request, (error: any, response: unknown) => {
        if (error === null) resolve(response);
        else reject(initFailure(error) ?? error);
      });
    });
  }
}

function initFailure(error: any): InitFailed | undefined {
  const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (bytes === undefined) return undefined;
  const statuses = require("@pulumi/pulumi/proto/status_pb.js");
  const [detail] = statuses.Status.deserializeBinary(new Uint8Array(bytes)).getDetailsList();
  const failed = messages.ErrorResourceInitFailed.deserializeBinary(anys.Any.prototype.getValue_asU8.call(detail));
  const properties = failed.getProperties().toJavaScript();
  return new InitFailed(error.details, failed.getId(), properties, failed.getReasonsList());
}
