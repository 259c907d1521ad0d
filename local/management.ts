// What an operator asks about the stack as a whole: Cloud SQL's Admin API (the instance as it really runs), and, only here, what a
// bucket's rules will do to an object.
import fastify, { type FastifyInstance } from "fastify";
import { z } from "zod";
import type { Identity } from "./identity/identity.ts";
import { GoogleError, permissionDenied, unauthenticated } from "./identity/google-error.ts";
import { answerGoogleErrors } from "./identity/server.ts";
import { instanceType } from "./postgres/clusters.ts";
import type { Kind } from "./provider/kind.ts";
import { isObject } from "./provider/schema.ts";
import { rehearseLifecycle } from "./storage/lifecycle-rehearsal.ts";
import type { StorageServer } from "./storage/server.ts";
import type { ResourceStore } from "./store.ts";

interface ManagementParts {
  readonly store: ResourceStore;
  readonly identity: Identity;
  readonly storage: StorageServer;
  readonly instances: Kind;
}

/** What somebody may do beside the stack: close Google's lock, or open it. */
const lockChange = z.strictObject({ settings: z.strictObject({ deletionProtectionEnabled: z.boolean() }) });

/** Longer than any rule of ours about temporary objects needs. */
const rehearsedDays = 400;

/** The server; the caller makes it listen. */
export function managementServer({ store, identity, storage, instances }: ManagementParts): FastifyInstance {
  const server = fastify();
  answerGoogleErrors(server);
  const demand = (authorization: string | undefined, permission: string, resource: string): void => {
    const principal = identity.principalOf(authorization);
    if (principal === undefined) throw unauthenticated(authorization);
    if (!identity.allowed(principal, permission, resource)) {
      throw permissionDenied(permission, `Permission '${permission}' denied on '${resource}' (or it may not exist).`);
    }
  };

  server.get<{ Params: { project: string; instance: string } }>(
    "/v1/projects/:project/instances/:instance",
    async ({ params, headers }) => {
      const { project, instance } = params;
      demand(headers.authorization, "cloudsql.instances.get", `projects/${project}/instances/${instance}`);
      const stored = store.get(instanceType, instance);
      const found = stored === undefined ? undefined : await instances.read(instance, stored, { project, region: "" });
      if (found === undefined) throw new GoogleError("NOT_FOUND", "The Cloud SQL instance does not exist.");
      // The Admin API names its settings as the provider does, and shows what is declared: what runs, PostgreSQL says itself.
      const { name, connectionName, databaseVersion, region, settings } = stored?.outputs ?? found.outputs;
      return {
        kind: "sql#instance",
        state: "RUNNABLE",
        project,
        name,
        connectionName,
        databaseVersion,
        region,
        settings,
      };
    },
  );

  server.patch<{ Params: { project: string; instance: string } }>(
    "/v1/projects/:project/instances/:instance",
    async ({ params, headers, body }) => {
      const { project, instance } = params;
      demand(headers.authorization, "cloudsql.instances.update", `projects/${project}/instances/${instance}`);
      changeLock(store, instance, body);
      return { kind: "sql#operation", operationType: "UPDATE", status: "DONE", targetId: instance };
    },
  );

  server.get<{ Querystring: { bucket: string; object: string } }>("/_local/lifecycle", ({ query, headers }) => {
    demand(headers.authorization, "storage.buckets.get", `projects/_/buckets/${query.bucket}`);
    const bucket = storage.buckets.find(query.bucket);
    if (bucket === undefined) throw new GoogleError("NOT_FOUND", "The specified bucket does not exist.");
    const timeline = rehearseLifecycle(bucket.record.configuration, { name: query.object, size: 1 }, rehearsedDays);
    return Promise.resolve({ timeline });
  });
  return server;
}

/** Closes or opens Google's lock; every other change by hand is refused. */
function changeLock(store: ResourceStore, instance: string, body: unknown): void {
  const stored = store.get(instanceType, instance);
  if (stored === undefined) throw new GoogleError("NOT_FOUND", "The Cloud SQL instance does not exist.");
  const change = lockChange.safeParse(body);
  if (!change.success) {
    const only = "settings.deletionProtectionEnabled is all that can be changed by hand in the local cloud.";
    throw new GoogleError("INVALID_ARGUMENT", only);
  }
  const { settings } = stored.outputs;
  const outputs = { ...stored.outputs, settings: { ...(isObject(settings) ? settings : {}), ...change.data.settings } };
  store.put({ ...stored, outputs });
}
