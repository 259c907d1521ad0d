// The reference application over a real PostgreSQL and the local Cloud Storage server, with a key that signs.
import Fastify, { type FastifyInstance } from "fastify";
import { OAuth2Client } from "google-auth-library";
import { keySigner, type MusicLibrary, openMusicLibrary } from "../../client/index.ts";
import { answerGoogleErrors, testPermissions } from "../../local/identity/server.ts";
import { buildServer, type ServerOptions } from "../../service/server.ts";
import { bucketName, email, startStorage, type StorageSetup } from "../local/storage-setup.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testPassword } from "../support/schema.ts";
import { exampleContract } from "./contract-example.ts";

export interface ServiceSetup {
  readonly cluster: TestCluster;
  readonly storage: StorageSetup;
  /** What the account holds beyond the bucket: resource -> permissions. */
  readonly rights: Map<string, string[]>;
  readonly library: MusicLibrary;
  readonly server: FastifyInstance;
  /** Another service over the same bucket whose database answers at this port. */
  serviceAt(
    databasePort: number,
    options?: Partial<ServerOptions>,
  ): Promise<{ server: FastifyInstance; library: MusicLibrary }>;
  close(): Promise<void>;
}

export async function startService(): Promise<ServiceSetup> {
  const [cluster, storage] = await Promise.all([startCluster(), startStorage()]);
  await Promise.all([applySchema(cluster), storage.declare()]);
  const rights = new Map([
    [
      "projects/loist-music-library-local",
      // The right to connect holds on the instance alone: a question about the project does not see it.
      ["logging.logEntries.create", "monitoring.timeSeries.create"],
    ],
    [`projects/-/serviceAccounts/${email}`, ["iam.serviceAccounts.signBlob"]],
    [exampleContract().database.pooler.passwordSecret, ["secretmanager.versions.access"]],
  ]);
  const iam = iamServer(storage, rights);
  const iamAddress = await iam.listen({ host: "127.0.0.1", port: 0 });
  const opened: { server: FastifyInstance; library: MusicLibrary }[] = [];

  const serviceAt = async (port: number, options: Partial<ServerOptions> = {}) => {
    const contract = exampleContract();
    contract.database.pooler = { ...contract.database.pooler, port };
    contract.bucket.name = bucketName;
    contract.endpoints = { ...contract.endpoints, storage: storage.server.endpoint };
    Object.assign(contract.endpoints, { iamCredentials: iamAddress, secretManager: iamAddress });
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: "token-of-sa", expiry_date: Date.now() + 3_600_000 });
    const key = storage.access.keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const library = openMusicLibrary({
      ...{ contract, authClient, applicationName: "service test" },
      ...{ poolerPassword: testPassword, signer: keySigner(email, key) },
    });
    const server = await buildServer({ library, poolerPassword: testPassword, authClient, ...options });
    opened.push({ server, library });
    return { server, library };
  };

  const { server, library } = await serviceAt(cluster.port);
  const close = async () => {
    for (const service of opened) {
      await service.server.close();
      await service.library.close();
    }
    await Promise.all([cluster.remove(), storage.close(), iam.close()]);
  };
  return { cluster, storage, rights, library, server, serviceAt, close };
}

/** Answers which permissions a token's account holds on any resource, as Google's APIs do. */
function iamServer({ access }: StorageSetup, rights: ReadonlyMap<string, string[]>): FastifyInstance {
  const server = Fastify();
  answerGoogleErrors(server);
  server.post("/v1/*", (request) => {
    const resource = decodeURIComponent(request.url).replace(/^\/v1\/(.*):testIamPermissions$/, "$1");
    const allowed = (_principal: string | undefined, permission: string) =>
      rights.get(resource)?.includes(permission) === true;
    return testPermissions({ principalOf: (header) => access.principalOf(header), allowed }, request, resource);
  });
  return server;
}
