import type { Contract } from "./contract.ts";
import type { DirectAddress } from "./database.ts";

/** Who reads which replica: `{ user: "music_library_user" }` for the first of the contract. */
export interface ReplicaLogin {
  /** A login of the database, as `music_library_user`; a replica has the primary's. */
  user: string;
  /** Name of the replica's instance; the first of the contract unless given. */
  instance?: string;
  /** Text of the secret that the replica's `connection.tlsSecret` names; needed where the way to it is `direct`. */
  tls?: string;
}

/** The contract names no such replica, or the way to it needs certificates that were not given. */
export class ReplicaError extends Error {
  override readonly name = "ReplicaError";
}

/**
 * Where a replica is read, for `new Database({ ..., direct, allowDirect: true })`: there is no pooler before a replica, so
 * `maxConnections` of all processes together must stay below the replica's own. What was just written may not be there yet, and
 * every write is refused (SQLSTATE 25006). Through Google's connector the replica's socket folder must be mounted.
 */
export function replicaAddress(contract: Contract, { user, instance, tls }: ReplicaLogin): DirectAddress {
  const { replicas } = contract.database;
  const replica = instance === undefined ? replicas[0] : replicas.find((one) => one.instance === instance);
  if (replica === undefined) {
    const known = replicas.map((one) => one.instance).join(", ");
    throw new ReplicaError(
      `replica "${instance ?? ""}": is not in the contract (${known === "" ? "no replica" : known}); expected one of it. Declare it in readReplicas.`,
    );
  }
  const { connection, connectionName } = replica;
  if (connection.mode === "cloudSqlConnector") return { host: `/cloudsql/${connectionName}`, port: 5432, user };
  if (tls === undefined) {
    throw new ReplicaError(
      `replica "${replica.instance}": is reached with certificates (none given); expected the text of ${connection.tlsSecret}. Read it and give it as tls.`,
    );
  }
  const { serverCa, clientCert, clientKey } = JSON.parse(tls) as Record<string, string>;
  return {
    host: connection.host,
    port: connection.port,
    user,
    tls: {
      ...{ ca: serverCa, cert: clientCert, key: clientKey },
      // The authority signs for this one instance, and its certificates name no address to compare with.
      checkServerIdentity: () => undefined,
    },
  };
}
