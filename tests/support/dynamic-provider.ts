// Pulumi's process for dynamic providers, spoken to as the engine does: over gRPC, with the provider's text as serialized.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { projectRoot } from "../../local/paths.ts";

export type Values = Record<string, unknown>;
type Struct = InstanceType<typeof struct.Struct>;

/** A create or update that failed after it had changed something. */
export class InitFailed extends Error {
  readonly id: string;
  readonly properties: Values;
  readonly reasons: string[];

  constructor(message: string, { id, properties, reasons }: Pick<InitFailed, "id" | "properties" | "reasons">) {
    super(message);
    this.id = id;
    this.properties = properties;
    this.reasons = reasons;
  }
}

/** The environment of now, without what is meant for the test runner. */
const plainNode = (): NodeJS.ProcessEnv => ({ ...process.env, NODE_OPTIONS: "" });

/** Type -> the text of its dynamic provider, as a program puts it into the state. */
export function serializedProviders(): Record<"SchemaMigrations" | "RoleSettings", string> {
  const script = new URL("serialized-providers.ts", import.meta.url).pathname;
  const printed = execFileSync(process.execPath, [script], { cwd: projectRoot, env: plainNode(), encoding: "utf8" });
  return JSON.parse(printed) as ReturnType<typeof serializedProviders>;
}

export class DynamicProvider {
  private readonly child: ChildProcess;
  private readonly client: InstanceType<typeof services.ResourceProviderClient>;
  private readonly text: string;
  private output = "";

  private constructor(child: ChildProcess, client: DynamicProvider["client"], text: string) {
    this.child = child;
    this.client = client;
    this.text = text;
  }

  /** `text` is the input `__provider`. The process runs in the project's folder, as under the engine. */
  static async start(text: string): Promise<DynamicProvider> {
    const script = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/dynamic-provider/index.js");
    const child = spawn(process.execPath, [script, "127.0.0.1:0"], { cwd: projectRoot, env: plainNode() });
    const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const client = new services.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const provider = new DynamicProvider(child, client, text);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (provider.output += chunk.toString()));
    }
    const request = new messages.ConfigureRequest();
    request.setArgs(struct.Struct.fromJavaScript({}));
    await answer((done) => client.configure(request, done));
    return provider;
  }

  async check(
    olds: Values,
    news: Values,
  ): Promise<{ inputs: Values; failures: { property: string; reason: string }[] }> {
    const request = new messages.CheckRequest();
    request.setOlds(this.pack(olds));
    request.setNews(this.pack(news));
    const response = await answer<InstanceType<typeof messages.CheckResponse>>((done) =>
      this.client.check(request, done),
    );
    return { inputs: unpack(response.getInputs()), failures: response.toObject().failuresList };
  }

  /** Whether an update would follow. */
  async diff(olds: Values, news: Values): Promise<boolean> {
    const request = new messages.DiffRequest();
    request.setId("id");
    request.setOlds(this.pack(olds));
    request.setNews(this.pack(news));
    const response = await answer<InstanceType<typeof messages.DiffResponse>>((done) =>
      this.client.diff(request, done),
    );
    return response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME;
  }

  async create(inputs: Values): Promise<{ id: string; outs: Values }> {
    const request = new messages.CreateRequest();
    request.setProperties(this.pack(inputs));
    const response = await answer<InstanceType<typeof messages.CreateResponse>>((done) =>
      this.client.create(request, done),
    );
    return { id: response.getId(), outs: unpack(response.getProperties()) };
  }

  async read(id: string, outs: Values): Promise<{ id: string; outs: Values; inputs: Values }> {
    const request = new messages.ReadRequest();
    request.setId(id);
    request.setProperties(this.pack(outs));
    const response = await answer<InstanceType<typeof messages.ReadResponse>>((done) =>
      this.client.read(request, done),
    );
    return { id: response.getId(), outs: unpack(response.getProperties()), inputs: unpack(response.getInputs()) };
  }

  async update(id: string, olds: Values, news: Values): Promise<Values> {
    const request = new messages.UpdateRequest();
    request.setId(id);
    request.setOlds(this.pack(olds));
    request.setNews(this.pack(news));
    const response = await answer<InstanceType<typeof messages.UpdateResponse>>((done) =>
      this.client.update(request, done),
    );
    return unpack(response.getProperties());
  }

  async delete(id: string, outs: Values): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setId(id);
    request.setProperties(this.pack(outs));
    await answer((done) => this.client.delete(request, done));
  }

  /** Sends a signal to the process, as the engine does when somebody is in a hurry. */
  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Everything that the process has printed. */
  get printed(): string {
    return this.output;
  }

  /** Resolves with the exit code once the process has ended. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    return this.child.exitCode;
  }

  async stop(): Promise<void> {
    this.client.close();
    this.child.kill();
    await this.ended();
  }

  private pack(values: Values): Struct {
    return struct.Struct.fromJavaScript({ ...values, __provider: this.text });
  }
}

function unpack(packed: Struct | undefined): Values {
  const values: Values = packed?.toJavaScript() ?? {};
  return Object.fromEntries(Object.entries(values).filter(([name]) => name !== "__provider"));
}

type Done<Response> = (error: grpc.ServiceError | null, response: Response) => void;

function answer<Response>(call: (done: Done<Response>) => unknown): Promise<Response> {
  return new Promise((resolve, reject) => {
    call((error, response) => {
      if (error === null) resolve(response);
      else reject(initFailure(error) ?? error);
    });
  });
}

/** What the engine reads out of an error that carries a resource. */
function initFailure(error: grpc.ServiceError): InitFailed | undefined {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  if (!Buffer.isBuffer(bytes)) return undefined;
  const [detail] = statuses.Status.deserializeBinary(new Uint8Array(bytes)).getDetailsList();
  if (detail === undefined) return undefined;
  const failed = messages.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
  return new InitFailed(error.details, {
    id: failed.getId(),
    properties: unpack(failed.getProperties()),
    reasons: failed.getReasonsList(),
  });
}
