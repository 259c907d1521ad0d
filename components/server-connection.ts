import * as gcp from "@pulumi/gcp/sql/index.js";
import * as pulumi from "@pulumi/pulumi";
import { StoredSecret } from "./stored-secret.ts";

/** PEM texts for a verified TLS connection straight to the server. All are secrets. */
export interface ClientTls {
  serverCa: pulumi.Output<string>;
  clientCert: pulumi.Output<string>;
  clientKey: pulumi.Output<string>;
  /** JSON {"serverCa","clientCert","clientKey"} */
  secret: StoredSecret;
}

/** How a server is reached, decided once for every consumer. */
export type Connection =
  | { readonly mode: "cloudSqlConnector" }
  | { readonly mode: "direct"; readonly host: pulumi.Output<string>; readonly port: number; readonly tls: ClientTls };

export interface ServerConnectionArgs {
  connectionMode: Connection["mode"];
  /** Name of the server; its certificate's begins with it. */
  instance: string;
  server: gcp.DatabaseInstance;
  /** Port of the server: 5432 on Cloud SQL. */
  port: number;
  /** Id of the secret with the client certificate; used in `direct` mode only. */
  secretId: string;
  labels: Record<string, string>;
}

/** The way to a server; for `direct` with a client certificate of its own, which goes when the server goes. */
export function serverConnection(name: string, args: ServerConnectionArgs, parent: pulumi.Resource): Connection {
  if (args.connectionMode === "cloudSqlConnector") return { mode: "cloudSqlConnector" };
  const { server, port } = args;
  return { mode: "direct", host: server.firstIpAddress, port, tls: clientTls(name, args, parent) };
}

function clientTls(name: string, args: ServerConnectionArgs, parent: pulumi.Resource): ClientTls {
  const { server, instance, labels, secretId } = args;
  const certificate = new gcp.SslCert(
    `${name}-client`,
    { instance: server.name, commonName: `${instance}-client` },
    { parent, deletedWith: server, replaceWith: [server] },
  );
  const [serverCa, clientCert, clientKey] = [
    pulumi.secret(certificate.serverCaCert),
    pulumi.secret(certificate.cert),
    pulumi.secret(certificate.privateKey),
  ];
  const value = pulumi.jsonStringify({ serverCa, clientCert, clientKey });
  const secret = new StoredSecret(`${name}-tls`, { secretId, value, labels }, { parent });
  return { serverCa, clientCert, clientKey, secret };
}
