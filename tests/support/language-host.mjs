// Pulumi's own language server around the unchanged program, for `--client`: unlike the host that set-up builds where downloads
// are closed, it lets resource hooks through, as every published host does. Prints its port, and ends with its parent.
import grpc from "@grpc/grpc-js";
import server from "@pulumi/pulumi/automation/server.js";
import language from "@pulumi/pulumi/proto/language_grpc_pb.js";

const host = new grpc.Server();
host.addService(language.LanguageRuntimeService, new server.LanguageServer(() => import("../../index.ts")));
host.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${String(port)}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
