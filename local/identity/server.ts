// The HTTP side of identity: Google's token exchange, IAM Credentials, and the testIamPermissions of Resource Manager and IAM.
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { GoogleError, permissionDenied, unauthenticated } from "./google-error.ts";
import { accountName } from "./project.ts";

/** What the server asks of its owner. */
export interface IdentityBackend {
  principalOf(authorization: string | undefined): string | undefined;
  allowed(principal: string | undefined, permission: string, resource: string): boolean;
  /** The operator's tokens for their subject token; undefined when it is not theirs. */
  exchange(subjectToken: string): { token: string; expiresInSeconds: number } | undefined;
  operatorIdToken(audience: string): string;
  accountExists(email: string): boolean;
  signBlob(email: string, payload: Buffer): { keyId: string; signature: Buffer };
  /** The key that the service signs with in the account's name. */
  signingKeyId(email: string): string;
  accountIdToken(email: string, audience: string): string;
  issuer(): string;
  keySet(): object;
}

const tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
const idTokenType = "urn:ietf:params:oauth:token-type:id_token";

/** Answers GoogleErrors in their own form; everything else is a bug and says so. */
export function answerGoogleErrors(server: FastifyInstance): void {
  server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const known =
      error instanceof GoogleError
        ? error
        : error.statusCode !== undefined && error.statusCode < 500
          ? new GoogleError("INVALID_ARGUMENT", error.message)
          : undefined;
    if (known !== undefined) return reply.code(known.code).send(known.body);
    console.error(error);
    return reply.code(500).send({ error: { code: 500, message: "Internal error encountered.", status: "INTERNAL" } });
  });
  server.setNotFoundHandler((request) => {
    throw new GoogleError("NOT_FOUND", `Method not found: ${request.method} ${request.url}.`);
  });
}

export function identityServer(backend: IdentityBackend): FastifyInstance {
  const server = Fastify({ logger: false });
  answerGoogleErrors(server);
  server.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
  server.post("/sts/v1/token", (request, reply) => exchange(backend, request, reply));
  server.get("/.well-known/openid-configuration", () => ({
    issuer: backend.issuer(),
    jwks_uri: `${backend.issuer()}/oauth2/v3/certs`,
    id_token_signing_alg_values_supported: ["RS256"],
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
  }));
  server.get("/oauth2/v3/certs", () => backend.keySet());
  // A colon separates the verb in Google's paths and the parameter in the router's: the last part is taken apart here.
  server.post<{ Params: { project: string; account: string } }>(
    "/v1/projects/:project/serviceAccounts/:account",
    (request) => accountMethod(backend, request, request.params.account),
  );
  server.get<{ Params: { project: string; account: string }; Querystring: { keyTypes?: string | string[] } }>(
    "/v1/projects/:project/serviceAccounts/:account/keys",
    (request) => listKeys(backend, request, request.params.account, [request.query.keyTypes ?? []].flat()),
  );
  server.post<{ Params: { project: string } }>("/v1/projects/:project", (request) => {
    const { name, method } = split(request.params.project);
    if (method !== "testIamPermissions") throw unknownMethod(method);
    return testPermissions(backend, request, `projects/${name}`);
  });
  return server;
}

function exchange(backend: IdentityBackend, request: FastifyRequest, reply: FastifyReply): object {
  const body = fields(request);
  const refuse = (error: string, description: string): object => {
    void reply.code(400);
    return { error, error_description: description };
  };
  if (body["grant_type"] !== tokenExchange) return refuse("unsupported_grant_type", `Expected ${tokenExchange}.`);
  const granted = backend.exchange(text(body, "subject_token"));
  if (granted === undefined) return refuse("invalid_grant", "The subject token is not the operator's.");
  const common = { token_type: "Bearer", expires_in: granted.expiresInSeconds };
  // RFC 8693 knows ID tokens; people have no service account that could make them one.
  if (body["requested_token_type"] === idTokenType) {
    const token = backend.operatorIdToken(text(body, "audience"));
    return { access_token: token, issued_token_type: idTokenType, ...common };
  }
  return {
    access_token: granted.token,
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    ...common,
  };
}

function accountMethod(backend: IdentityBackend, request: FastifyRequest, account: string): object {
  const { name: email, method } = split(account);
  const resource = `projects/-/serviceAccounts/${email}`;
  const body = fields(request);
  switch (method) {
    case "signBlob": {
      authorize(backend, request, "iam.serviceAccounts.signBlob", email);
      const payload = text(body, "payload");
      if (payload === "" || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(payload)) {
        throw new GoogleError("INVALID_ARGUMENT", "Invalid value at 'payload' (TYPE_BYTES), Base64 decoding failed.");
      }
      const { keyId, signature } = backend.signBlob(email, Buffer.from(payload, "base64"));
      return { keyId, signedBlob: signature.toString("base64") };
    }
    case "generateIdToken": {
      authorize(backend, request, "iam.serviceAccounts.getOpenIdToken", email);
      const audience = text(body, "audience");
      if (audience === "") throw new GoogleError("INVALID_ARGUMENT", "Invalid audience: must not be empty.");
      return { token: backend.accountIdToken(email, audience) };
    }
    case "testIamPermissions":
      return testPermissions(backend, request, resource);
    default:
      throw unknownMethod(method);
  }
}

const keyTypes = ["KEY_TYPE_UNSPECIFIED", "USER_MANAGED", "SYSTEM_MANAGED"];

/** Key files cannot be made here: the only key is the one that Google holds itself. As Google, an empty list is left out. */
function listKeys(backend: IdentityBackend, request: FastifyRequest, email: string, asked: string[]): object {
  authorize(backend, request, "iam.serviceAccountKeys.list", email);
  const unknown = asked.find((type) => !keyTypes.includes(type));
  if (unknown !== undefined) {
    throw new GoogleError("INVALID_ARGUMENT", `Invalid value at 'key_types' (TYPE_ENUM), "${unknown}"`);
  }
  if (asked.includes("USER_MANAGED") && !asked.includes("SYSTEM_MANAGED")) return {};
  const key = {
    name: `${accountName(email)}/keys/${backend.signingKeyId(email)}`,
    keyAlgorithm: "KEY_ALG_RSA_2048",
    keyOrigin: "GOOGLE_PROVIDED",
    keyType: "SYSTEM_MANAGED",
  };
  return { keys: [key] };
}

function authorize(backend: IdentityBackend, request: FastifyRequest, permission: string, email: string): void {
  const { authorization } = request.headers;
  const principal = backend.principalOf(authorization);
  if (principal === undefined) throw unauthenticated(authorization);
  const resource = `projects/-/serviceAccounts/${email}`;
  if (!backend.accountExists(email) || !backend.allowed(principal, permission, resource)) {
    throw permissionDenied(permission, `Permission '${permission}' denied on resource (or it may not exist).`);
  }
}

/** Which of the permissions asked for the caller holds. */
export function testPermissions(
  backend: Pick<IdentityBackend, "principalOf" | "allowed">,
  request: FastifyRequest,
  resource: string,
): { permissions?: string[] } {
  const { authorization } = request.headers;
  const principal = backend.principalOf(authorization);
  if (principal === undefined) throw unauthenticated(authorization);
  const asked = fields(request)["permissions"];
  if (!Array.isArray(asked) || asked.some((permission) => typeof permission !== "string" || permission.includes("*"))) {
    throw new GoogleError("INVALID_ARGUMENT", "Permissions must be a list of names without wildcards.");
  }
  const held = asked.filter((permission: string) => backend.allowed(principal, permission, resource)) as string[];
  // As Google: an empty list is left out.
  return held.length > 0 ? { permissions: held } : {};
}

function split(part: string): { name: string; method: string } {
  const colon = part.lastIndexOf(":");
  return colon < 0 ? { name: part, method: "" } : { name: part.slice(0, colon), method: part.slice(colon + 1) };
}

function unknownMethod(method: string): GoogleError {
  return new GoogleError("UNIMPLEMENTED", `Method "${method}" is not one of the local cloud's.`);
}

function fields(request: FastifyRequest): Readonly<Record<string, unknown>> {
  return typeof request.body === "object" && request.body !== null ? { ...request.body } : {};
}

function text(values: Readonly<Record<string, unknown>>, name: string): string {
  const value = values[name];
  return typeof value === "string" ? value : "";
}
