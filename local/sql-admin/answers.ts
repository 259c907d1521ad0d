// What Cloud SQL's Admin API shows of instances and backups.
import { certificateFacts } from "../postgres/certificates.ts";
import type { BackupRun } from "../postgres/backups.ts";
import type { Clusters } from "../postgres/clusters.ts";
import type { Properties } from "../store.ts";

/** An instance as it was last declared. What runs, PostgreSQL says itself. */
export function instanceAnswer(project: string, outputs: Properties, clusters: Clusters): object {
  const name = typeof outputs["name"] === "string" ? outputs["name"] : "";
  const { connectionName, databaseVersion, region, settings, ipAddresses } = outputs;
  const { createTime, serverAuthority } = clusters.identity(name);
  const primary = clusters.primaryOf(name);
  return {
    kind: "sql#instance",
    state: "RUNNABLE",
    instanceType: primary === undefined ? "CLOUD_SQL_INSTANCE" : "READ_REPLICA_INSTANCE",
    project,
    name,
    connectionName,
    databaseVersion,
    region,
    settings,
    ipAddresses,
    createTime,
    serverCaCert: certificateAnswer(serverAuthority, name),
    ...(primary === undefined ? {} : { masterInstanceName: `${project}:${primary}` }),
    replicaNames: clusters.replicasOf(name),
    // All instances share the address of this machine: each has a port of its own. Google's have 5432.
    localPort: clusters.port(name),
  };
}

export function certificateAnswer(pem: string, instance: string): object {
  const { commonName, createTime, expirationTime, sha1Fingerprint, serialNumber } = certificateFacts(pem);
  return {
    ...{ kind: "sql#sslCert", certSerialNumber: serialNumber, cert: pem, createTime, commonName, expirationTime },
    ...{ sha1Fingerprint, instance },
  };
}

export function backupAnswer(instance: string, run: BackupRun): object {
  const { id, type, status, description, startTime, endTime, problem } = run;
  return {
    kind: "sql#backupRun",
    ...{ id, instance, type, status, description, startTime },
    enqueuedTime: startTime,
    windowStartTime: startTime,
    backupKind: "PHYSICAL",
    databaseVersion: "POSTGRES_15",
    ...(endTime === undefined ? {} : { endTime }),
    ...(problem === undefined
      ? {}
      : { error: { kind: "sql#operationError", code: "INTERNAL_ERROR", message: problem } }),
  };
}
