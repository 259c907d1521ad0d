import * as pulumi from "@pulumi/pulumi";
import type { Contract } from "../client/contract.ts";
import { accessSecret } from "../connections/secrets.ts";
import type { PooledLibrary } from "./pgbouncer-sidecar.ts";

interface TlsTexts {
  serverCa: string;
  clientCert: string;
  clientKey: string;
}

/**
 * The library of another program as a `PgbouncerSidecar` takes it, from that program's contract. The password of the active
 * login (and in `direct` mode the client certificate) is read from Secret Manager by whoever deploys, in preview too, and goes
 * into secrets of the consumer's own. Deploy again after a rotation of the library's password, before its overlap ends.
 */
export function pooledLibrary(contract: Contract): PooledLibrary {
  const { database } = contract;
  const passwordSecret = database.passwordSecrets[database.user];
  if (passwordSecret === undefined) {
    throw new pulumi.RunError(
      `contract: names no secret for the active login "${database.user}"; expected one among passwordSecrets. Update the library's stack.`,
    );
  }
  return {
    instance: { connectionName: pulumi.output(database.connectionName), connection: way(contract) },
    administrator: { database: { name: pulumi.output(database.name) } },
    serverLogin: { login: database.user, value: secretText(contract, passwordSecret) },
  };
}

function way(contract: Contract): PooledLibrary["instance"]["connection"] {
  const { connection } = contract.database;
  switch (connection.mode) {
    case "cloudSqlConnector":
      return { mode: connection.mode };
    case "direct": {
      const tls = secretText(contract, connection.tlsSecret).apply((text) => JSON.parse(text) as TlsTexts);
      const { serverCa, clientCert, clientKey } = tls;
      return {
        mode: connection.mode,
        host: pulumi.output(connection.host),
        port: connection.port,
        tls: { serverCa, clientCert, clientKey },
      };
    }
    default:
      return connection satisfies never;
  }
}

function secretText({ endpoints }: Contract, name: string): pulumi.Output<string> {
  return pulumi.secret(accessSecret(name, endpoints.secretManager));
}
