// Runs the policy pack as the published engine does, and asks it over the engine's own protocol.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import analyzerRpc from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { GraphResource } from "../../policy/graph.ts";

const folder = join(import.meta.dirname, "..", "..", "policy");
const sdk = dirname(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"));

/** What the pack reports of one rule. */
export interface Diagnostic {
  readonly rule: string;
  readonly message: string;
}

export interface RunningPack {
  readonly close: () => Promise<void>;
  readonly name: string;
  readonly rules: readonly { readonly name: string; readonly description: string; readonly mandatory: boolean }[];
  /** Judges one resource by its inputs, as before it is made. */
  readonly analyze: (stack: string, resource: GraphResource) => Promise<Diagnostic[]>;
  /** Judges a whole stack, as at the end of an update. */
  readonly analyzeStack: (
    stack: string,
    resources: readonly GraphResource[],
    outputs: Record<string, unknown>,
  ) => Promise<Diagnostic[]>;
}

/** Starts the pack; whoever starts it closes it. */
export async function startPolicyPack(): Promise<RunningPack> {
  const program = join(sdk, "cmd", "run-policy-pack");
  // The engine's address comes first; the pack only needs it to log.
  const child = spawn(process.execPath, [program, "127.0.0.1:1", folder], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const client = new analyzerRpc.AnalyzerClient(`127.0.0.1:${await portOf(child)}`, credentials.createInsecure());
    return await connected(client, child);
  } catch (error) {
    child.kill();
    throw error;
  }
}

/** The first line that the pack prints. */
async function portOf(child: ChildProcess): Promise<string> {
  if (child.stdout !== null) for await (const line of createInterface(child.stdout)) return line.trim();
  throw new Error("policy pack: ended without a port; expected one on its first line.");
}

async function connected(client: analyzerRpc.AnalyzerClient, child: ChildProcess): Promise<RunningPack> {
  const info = await call<analyzer.AnalyzerInfo>((done) => client.getAnalyzerInfo(new empty.Empty(), done));
  return {
    close: async () => {
      client.close();
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
    name: info.getName(),
    rules: info.getPoliciesList().map((policy) => ({
      name: policy.getName(),
      description: policy.getDescription(),
      mandatory: policy.getEnforcementlevel() === analyzer.EnforcementLevel.MANDATORY,
    })),
    analyze: async (stack, { type, name, inputs, protect }) => {
      const request = new analyzer.AnalyzeRequest();
      request.setType(type);
      request.setName(name);
      request.setUrn(urn(stack, type, name));
      request.setProperties(asStruct(inputs));
      request.setOptions(options(protect));
      return diagnostics(await call<analyzer.AnalyzeResponse>((done) => client.analyze(request, done)));
    },
    analyzeStack: async (stack, resources, outputs) => {
      const request = new analyzer.AnalyzeStackRequest();
      const root: GraphResource = { type: "pulumi:pulumi:Stack", name: `music-library-${stack}`, inputs: outputs };
      request.setResourcesList(
        [root, ...resources].map(({ type, name, inputs, protect }) => {
          const resource = new analyzer.AnalyzerResource();
          resource.setType(type);
          resource.setName(name);
          resource.setUrn(urn(stack, type, name));
          resource.setProperties(asStruct(inputs));
          resource.setOptions(options(protect));
          return resource;
        }),
      );
      return diagnostics(await call<analyzer.AnalyzeResponse>((done) => client.analyzeStack(request, done)));
    },
  };
}

function call<Response>(start: (done: (error: ServiceError | null, response: Response) => void) => unknown) {
  return new Promise<Response>((resolve, reject) => {
    start((error, response) => {
      if (error === null) resolve(response);
      else reject(error);
    });
  });
}

function urn(stack: string, type: string, name: string): string {
  return `urn:pulumi:${stack}::music-library::${type}::${name}`;
}

/** What JSON can say: the engine's protocol holds nothing else. */
function asStruct(value: Readonly<Record<string, unknown>>): struct.Struct {
  return struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as Record<string, struct.JavaScriptValue>);
}

function options(protect = false): analyzer.AnalyzerResourceOptions {
  const made = new analyzer.AnalyzerResourceOptions();
  made.setProtect(protect);
  return made;
}

function diagnostics(response: analyzer.AnalyzeResponse): Diagnostic[] {
  return response.getDiagnosticsList().map((one) => ({ rule: one.getPolicyname(), message: one.getMessage() }));
}
