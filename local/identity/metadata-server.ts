// The metadata server of one service account, as Cloud Run gives it to a container: tokens without a key file.
import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";

/** What is told about the instance and its account. */
export interface MetadataSource {
  readonly email: string;
  readonly project: string;
  readonly projectNumber: string;
  readonly region: string;
  accessToken(): { token: string; expiresInSeconds: number };
  idToken(audience: string): string;
}

const flavor = "Google";
const scopes = ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/userinfo.email"];
const instanceId = "0069c7a98800000000000000000000000000000000000000000000000000000001";

export function metadataServer(source: MetadataSource): FastifyInstance {
  const server = Fastify({ logger: false, routerOptions: { ignoreTrailingSlash: true } });
  server.addHook("onRequest", async (request, reply) => {
    void reply.header("metadata-flavor", flavor).header("server", "Metadata Server for VM");
    // The header keeps a browser or a careless proxy from reading tokens.
    const isProtected = request.url !== "/" && request.url !== "/computeMetadata";
    if (isProtected && request.headers["metadata-flavor"] !== flavor) {
      await reply.code(403).type("text/plain").send("Missing Metadata-Flavor:Google header.");
    } else if (request.headers["x-forwarded-for"] !== undefined) {
      await reply.code(403).type("text/plain").send("Forwarded requests are not answered.");
    }
  });
  server.setNotFoundHandler((_request, reply) => reply.code(404).type("text/plain").send("Not found."));

  const plain = (path: string, value: string): void => {
    server.get(path, (_request, reply) => reply.type("application/text").send(value));
  };
  plain("/", "computeMetadata/\n");
  plain("/computeMetadata/v1", "instance/\nproject/\nuniverse/\n");
  plain("/computeMetadata/v1/instance", "id\nregion\nservice-accounts/\n");
  plain("/computeMetadata/v1/instance/id", instanceId);
  plain("/computeMetadata/v1/instance/region", `projects/${source.projectNumber}/regions/${source.region}`);
  plain("/computeMetadata/v1/instance/zone", `projects/${source.projectNumber}/zones/${source.region}-1`);
  plain("/computeMetadata/v1/project/project-id", source.project);
  plain("/computeMetadata/v1/project/numeric-project-id", source.projectNumber);
  plain("/computeMetadata/v1/universe/universe-domain", "googleapis.com");
  plain("/computeMetadata/v1/instance/service-accounts", `default/\n${source.email}/\n`);
  for (const account of ["default", source.email]) addAccount(server, source, account);
  return server;
}

function addAccount(server: FastifyInstance, source: MetadataSource, account: string): void {
  const base = `/computeMetadata/v1/instance/service-accounts/${account}`;
  const plain = (reply: FastifyReply, value: string): FastifyReply => reply.type("application/text").send(value);
  server.get<{ Querystring: { recursive?: string } }>(base, (request, reply) =>
    request.query.recursive === "true"
      ? reply.send({ aliases: ["default"], email: source.email, scopes })
      : plain(reply, "aliases\nemail\nidentity\nscopes\ntoken\n"),
  );
  server.get(`${base}/email`, (_request, reply) => plain(reply, source.email));
  server.get(`${base}/aliases`, (_request, reply) => plain(reply, "default\n"));
  server.get(`${base}/scopes`, (_request, reply) => plain(reply, `${scopes.join("\n")}\n`));
  server.get(`${base}/token`, (_request, reply) => {
    const { token, expiresInSeconds } = source.accessToken();
    return reply.send({ access_token: token, expires_in: expiresInSeconds, token_type: "Bearer" });
  });
  server.get<{ Querystring: { audience?: string } }>(`${base}/identity`, (request, reply) => {
    const { audience } = request.query;
    if (audience === undefined || audience === "") {
      return reply.code(400).type("text/plain").send("non-empty audience parameter required");
    }
    return plain(reply, source.idToken(audience));
  });
}
