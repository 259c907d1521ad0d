// Secret Manager's REST API, as far as applications and rotation use it.
import { crc32c } from "@node-rs/crc32";
import Fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import type { Access } from "../identity/access.ts";
import { GoogleError, permissionDenied, unauthenticated } from "../identity/google-error.ts";
import { canonicalName } from "../identity/project.ts";
import { answerGoogleErrors, testPermissions } from "../identity/server.ts";
import type { ResourceStore, StoredResource } from "../store.ts";
import { numbered, type Secrets, secretType } from "./secrets.ts";
import type { SecretVersion } from "./vault.ts";

interface Backend {
  readonly secrets: Secrets;
  readonly access: Access;
  readonly store: ResourceStore;
}

/** https://cloud.google.com/secret-manager/quotas */
export const largestPayloadBytes = 65_536;

interface SecretParams {
  project: string;
  secret: string;
}
interface VersionParams extends SecretParams {
  version: string;
}

export function secretManagerServer(backend: Backend): FastifyInstance {
  const server = Fastify({ logger: false });
  answerGoogleErrors(server);
  const { secrets } = backend;

  server.get<{ Params: { project: string } }>("/v1/projects/:project/secrets", (request) => {
    const project = canonicalName(`projects/${request.params.project}`);
    authorize(backend, request, "secretmanager.secrets.list", project);
    const found = backend.store.list(secretType).filter(({ id }) => id.startsWith(`${project}/`));
    return { secrets: found.map(describeSecret), totalSize: found.length };
  });
  server.get<{ Params: SecretParams }>("/v1/projects/:project/secrets/:secret", (request) => {
    const name = nameOf(request.params);
    authorize(backend, request, "secretmanager.secrets.get", name);
    const found = backend.store.get(secretType, name);
    if (found === undefined) throw new GoogleError("NOT_FOUND", `Secret [${numbered(name)}] not found.`);
    return describeSecret(found);
  });
  server.post<{ Params: SecretParams }>("/v1/projects/:project/secrets/:secret", (request) => {
    const [secret = "", method = ""] = request.params.secret.split(":");
    const name = nameOf({ ...request.params, secret });
    switch (method) {
      case "addVersion":
        return addVersion(backend, request, name);
      case "testIamPermissions":
        return testPermissions(backend.access, request, name);
      default:
        throw new GoogleError("UNIMPLEMENTED", `Method "${method}" is not one of the local cloud's.`);
    }
  });
  server.get<{ Params: SecretParams }>("/v1/projects/:project/secrets/:secret/versions", (request) => {
    const name = nameOf(request.params);
    authorize(backend, request, "secretmanager.versions.list", name);
    if (!secrets.exists(name)) throw new GoogleError("NOT_FOUND", `Secret [${numbered(name)}] not found.`);
    const versions = secrets.vault.versions(name).reverse();
    return { versions: versions.map((version) => describeVersion(name, version)), totalSize: versions.length };
  });
  server.get<{ Params: VersionParams }>("/v1/projects/:project/secrets/:secret/versions/:version", (request) => {
    const name = nameOf(request.params);
    const [version = "", method = ""] = request.params.version.split(":");
    if (method === "access") return accessVersion(backend, request, name, version);
    if (method !== "") throw new GoogleError("UNIMPLEMENTED", `Method "${method}" is not one of the local cloud's.`);
    authorize(backend, request, "secretmanager.versions.get", `${name}/versions/${version}`);
    return describeVersion(name, secrets.version(name, version));
  });
  server.post<{ Params: VersionParams }>("/v1/projects/:project/secrets/:secret/versions/:version", (request) =>
    changeVersion(backend, request, nameOf(request.params), request.params.version),
  );
  return server;
}

function accessVersion({ secrets, access }: Backend, request: FastifyRequest, name: string, version: string): object {
  authorize({ access }, request, "secretmanager.versions.access", `${name}/versions/${version}`);
  const { number, payload } = secrets.payload(name, version);
  return {
    name: `${numbered(name)}/versions/${number}`,
    payload: { data: payload.toString("base64"), dataCrc32c: String(crc32c(payload)) },
  };
}

function addVersion({ secrets, access }: Backend, request: FastifyRequest, name: string): object {
  authorize({ access }, request, "secretmanager.versions.add", name);
  if (!secrets.exists(name)) throw new GoogleError("NOT_FOUND", `Secret [${numbered(name)}] not found.`);
  const { data, dataCrc32c } = payloadOf(request.body);
  if (data.length > largestPayloadBytes) {
    throw new GoogleError("INVALID_ARGUMENT", `The secret payload size exceeds the limit of ${largestPayloadBytes}.`);
  }
  if (dataCrc32c !== undefined && dataCrc32c !== String(crc32c(data))) {
    throw new GoogleError("INVALID_ARGUMENT", "The checksum of the payload does not match data_crc32c.");
  }
  return describeVersion(name, secrets.vault.add(name, data));
}

function changeVersion({ secrets, access }: Backend, request: FastifyRequest, name: string, part: string): object {
  const [version = "", method = ""] = part.split(":");
  if (method !== "enable" && method !== "disable" && method !== "destroy") {
    throw new GoogleError("UNIMPLEMENTED", `Method "${method}" is not one of the local cloud's.`);
  }
  authorize({ access }, request, `secretmanager.versions.${method}`, `${name}/versions/${version}`);
  const { number, state } = secrets.version(name, version);
  if (state === "DESTROYED") {
    const full = `${numbered(name)}/versions/${number}`;
    throw new GoogleError("FAILED_PRECONDITION", `Secret Version [${full}] is in DESTROYED state.`);
  }
  return describeVersion(
    name,
    method === "destroy"
      ? secrets.vault.destroy(name, number, secrets.destroyDelayMs(name))
      : secrets.vault.setEnabled(name, number, method === "enable"),
  );
}

function authorize({ access }: Pick<Backend, "access">, request: FastifyRequest, permission: string, on: string): void {
  const { authorization } = request.headers;
  const principal = access.principalOf(authorization);
  if (principal === undefined) throw unauthenticated(authorization);
  if (!access.allowed(principal, permission, on)) {
    throw permissionDenied(permission, `Permission '${permission}' denied for resource '${on}' (or it may not exist).`);
  }
}

function payloadOf(body: unknown): { data: Buffer; dataCrc32c: string | undefined } {
  const payload = typeof body === "object" && body !== null && "payload" in body ? body.payload : undefined;
  if (typeof payload !== "object" || payload === null || !("data" in payload) || typeof payload.data !== "string") {
    throw new GoogleError("INVALID_ARGUMENT", "Field [payload] is required.");
  }
  // int64 is text in Google's JSON; numbers are taken too.
  const checksum: unknown = "dataCrc32c" in payload ? payload.dataCrc32c : undefined;
  const dataCrc32c = typeof checksum === "string" || typeof checksum === "number" ? String(checksum) : undefined;
  return { data: Buffer.from(payload.data, "base64"), dataCrc32c };
}

function nameOf({ project, secret }: SecretParams): string {
  return canonicalName(`projects/${project}/secrets/${secret}`);
}

function describeSecret({ id, inputs, outputs }: StoredResource): object {
  const replication =
    typeof inputs["replication"] === "object" && inputs["replication"] !== null && "auto" in inputs["replication"]
      ? { automatic: {} }
      : inputs["replication"];
  return { name: numbered(id), replication, createTime: outputs["createTime"], labels: inputs["labels"] ?? {} };
}

function describeVersion(secret: string, version: SecretVersion): object {
  const { number, state, createTime, destroyTime, scheduledDestroyTime } = version;
  return {
    name: `${numbered(secret)}/versions/${number}`,
    createTime,
    state,
    replicationStatus: { automatic: {} },
    ...(destroyTime === "" ? {} : { destroyTime }),
    ...(scheduledDestroyTime === "" ? {} : { scheduledDestroyTime }),
  };
}
