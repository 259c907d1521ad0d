// Pulumi's provider protocol over gRPC: what the engine calls for a package, answered by the kinds of the local cloud.
import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "../store.ts";
import type { PropertyChange } from "./diff.ts";
import type { PackageProvider } from "./package-provider.ts";

type Struct = InstanceType<typeof struct.Struct>;
type Handler<Request, Response> = (request: Request) => Promise<Response> | Response;

/** Serves one package on 127.0.0.1:port until `close` is called. */
export async function serveProvider(provider: PackageProvider, port: number): Promise<{ close: () => void }> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 64 * 1024 * 1024 });
  server.addService(services.ResourceProviderService, handlers(provider));
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  return {
    close: () => {
      server.forceShutdown();
    },
  };
}

function handlers(provider: PackageProvider): grpc.UntypedServiceImplementation {
  return {
    handshake: unary(() => new messages.ProviderHandshakeResponse()),
    attach: unary(() => new empty.Empty()),
    cancel: unary(() => new empty.Empty()),
    getPluginInfo: unary(() => {
      const info = new plugin.PluginInfo();
      info.setVersion(provider.version);
      return info;
    }),
    checkConfig: unary((request: messages.CheckRequest) => {
      const response = new messages.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(() => new messages.DiffResponse()),
    configure: unary((request: messages.ConfigureRequest) => {
      provider.configure(fromStruct(request.getArgs()));
      const response = new messages.ConfigureResponse();
      response.setSupportspreview(true);
      return response;
    }),
    ...resourceHandlers(provider),
  };
}

function resourceHandlers(provider: PackageProvider): grpc.UntypedServiceImplementation {
  return {
    check: unary((request: messages.CheckRequest) => {
      const { inputs, problems } = provider.check(
        request.getUrn(),
        fromStruct(request.getOlds()),
        fromStruct(request.getNews()),
      );
      const response = new messages.CheckResponse();
      response.setInputs(toStruct(inputs));
      response.setFailuresList(
        problems.map(({ property, reason }) => {
          const failure = new messages.CheckFailure();
          failure.setProperty(property);
          failure.setReason(reason);
          return failure;
        }),
      );
      return response;
    }),
    diff: unary((request: messages.DiffRequest) =>
      diffResponse(provider.diff(request.getUrn(), fromStruct(request.getOldInputs()), fromStruct(request.getNews()))),
    ),
    create: unary(async (request: messages.CreateRequest) => {
      const response = new messages.CreateResponse();
      const inputs = fromStruct(request.getProperties());
      if (request.getPreview()) {
        response.setProperties(toStruct(provider.previewCreate(request.getUrn(), inputs)));
        return response;
      }
      const { id, outputs } = await provider.create(request.getUrn(), inputs);
      response.setId(id);
      response.setProperties(toStruct(outputs));
      return response;
    }),
    ...existingResourceHandlers(provider),
  };
}

/** The verbs on a resource that exists. */
function existingResourceHandlers(provider: PackageProvider): grpc.UntypedServiceImplementation {
  return {
    read: unary(async (request: messages.ReadRequest) => {
      const state = { inputs: fromStruct(request.getInputs()), outputs: fromStruct(request.getProperties()) };
      const found = await provider.read(request.getUrn(), request.getId(), state);
      const response = new messages.ReadResponse();
      if (found === undefined) return response;
      response.setId(request.getId());
      response.setInputs(toStruct(found.inputs));
      response.setProperties(toStruct(found.outputs));
      return response;
    }),
    update: unary(async (request: messages.UpdateRequest) => {
      const olds = { inputs: fromStruct(request.getOldInputs()), outputs: fromStruct(request.getOlds()) };
      const news = fromStruct(request.getNews());
      const response = new messages.UpdateResponse();
      response.setProperties(
        toStruct(
          request.getPreview()
            ? provider.previewUpdate(request.getUrn(), olds, news)
            : await provider.update(request.getUrn(), request.getId(), olds, news),
        ),
      );
      return response;
    }),
    delete: unary(async (request: messages.DeleteRequest) => {
      const olds = { inputs: fromStruct(request.getOldInputs()), outputs: fromStruct(request.getProperties()) };
      await provider.delete(request.getUrn(), request.getId(), olds);
      return new empty.Empty();
    }),
    invoke: unary((request: messages.InvokeRequest) => {
      throw new Error(
        `function "${request.getTok()}": is not offered by the local cloud; no component calls it. Remove the call.`,
      );
    }),
  };
}

function diffResponse(diff: { changes: PropertyChange[]; deleteBeforeReplace: boolean }): messages.DiffResponse {
  const response = new messages.DiffResponse();
  const { DiffChanges } = messages.DiffResponse;
  response.setChanges(diff.changes.length === 0 ? DiffChanges.DIFF_NONE : DiffChanges.DIFF_SOME);
  response.setHasdetaileddiff(true);
  response.setDeletebeforereplace(diff.deleteBeforeReplace);
  const topLevel = (path: string): string => path.split(/[.[]/)[0] ?? path;
  response.setDiffsList([...new Set(diff.changes.map(({ path }) => topLevel(path)))]);
  response.setReplacesList([
    ...new Set(diff.changes.filter(({ replaces }) => replaces).map(({ path }) => topLevel(path))),
  ]);
  const { Kind } = messages.PropertyDiff;
  for (const { path, change, replaces } of diff.changes) {
    const detail = new messages.PropertyDiff();
    const kinds = {
      add: [Kind.ADD, Kind.ADD_REPLACE],
      delete: [Kind.DELETE, Kind.DELETE_REPLACE],
      update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
    } as const;
    detail.setKind(kinds[change][replaces ? 1 : 0]);
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(path, detail);
  }
  return response;
}

/** A failing verb becomes a gRPC error with its message alone: the engine shows it beside the resource. */
function unary<Request, Response>(handler: Handler<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handler(call.request))
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback({ code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });
        },
      );
  };
}

function fromStruct(value: Struct | undefined): Properties {
  return value?.toJavaScript() ?? {};
}

function toStruct(value: Properties): Struct {
  return struct.Struct.fromJavaScript(value);
}
