// How an instance comes to be: its certificates, its data, its first start, its record last.
import { randomBytes } from "node:crypto";
import { writeFileAtomically } from "../store.ts";
import type { Backups } from "./backups.ts";
import { clientCertificate, serverCertificates } from "./certificates.ts";
import type { ClusterFiles } from "./cluster-files.ts";
import { refuseBadFlags } from "./cluster-settings.ts";
import { fillClone, fillReplica, type Origin } from "./copies.ts";
import { initialiseData } from "./initdb.ts";
import { adminRole, grantServiceRights } from "./rights.ts";
import { type ClusterDeclaration, onDisk, type Servers } from "./servers.ts";

/** A common name that no declared certificate can have. */
const adminCertificate = "local-cloud:admin";

interface Building {
  readonly declaration: ClusterDeclaration;
  readonly origin: Origin;
  readonly servers: Servers;
  readonly backups: Backups;
  readonly clock: () => number;
}

/** Makes the instance; a part that an interrupted beginning has left goes first. */
export async function buildCluster(building: Building): Promise<void> {
  const { declaration, origin, servers, clock } = building;
  const { name } = declaration;
  const files = servers.files(name);
  onDisk(name, () => {
    files.begin();
  });
  await refuseBadFlags(declaration, files);
  const password = passwordFor(origin, servers);
  await certify(declaration, { files, password, now: clock() });
  await fill(building, password);
  const source = origin.kind === "clone" ? { source: origin.source } : {};
  const primary = origin.kind === "replica" ? { primary: origin.primary } : {};
  files.finish({ name, createTime: new Date(clock()).toISOString(), ...source, ...primary });
}

/** Copied data brings its logins along, the service's own among them. */
function passwordFor(origin: Origin, servers: Servers): string {
  switch (origin.kind) {
    case "empty":
      return randomBytes(24).toString("base64url");
    case "clone":
      return servers.source(origin.source).files.adminLogin().password;
    case "replica":
      return servers.source(origin.primary).files.adminLogin().password;
    default:
      return origin satisfies never;
  }
}

async function certify(
  { name, project }: ClusterDeclaration,
  { files, password, now }: { files: ClusterFiles; password: string; now: number },
): Promise<void> {
  const certificates = await serverCertificates({ project, instance: name }, now);
  const admin = await clientCertificate(adminRole, now);
  writeFileAtomically(files.serverAuthority, certificates.authority);
  writeFileAtomically(files.serverCertificate, certificates.server.cert);
  writeFileAtomically(files.serverKey, certificates.server.key);
  files.trustClient(adminCertificate, admin);
  files.writeAdminLogin({ password, cert: admin.cert, key: admin.key });
}

/** Fills the data folder and starts the server on it. */
async function fill({ declaration, origin, servers, backups }: Building, password: string): Promise<void> {
  const { name } = declaration;
  const target = { name, files: servers.files(name) };
  const server = servers.process(name);
  const port = servers.port(name);
  switch (origin.kind) {
    case "empty": {
      await initialiseData(name, target.files, password);
      servers.writeSettings(declaration);
      await server.start(port);
      const client = await servers.open(name, "postgres");
      try {
        await grantServiceRights(client);
      } finally {
        await client.end();
      }
      return;
    }
    case "clone": {
      servers.writeSettings(declaration);
      const source = await servers.runningSource(origin.source);
      await server.start(port, await fillClone(target, source, origin.pointInTime, backups));
      return;
    }
    case "replica": {
      await fillReplica(target, await servers.runningSource(origin.primary));
      servers.writeSettings(declaration, origin.primary);
      await server.start(port);
      return;
    }
    default:
      return origin satisfies never;
  }
}
