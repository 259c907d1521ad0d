// What an operator asks about the stack as a whole: Cloud SQL's Admin API (the instance as it really runs), and, only here, what a
// bucket's rules will do to an object.
import fastify, { type FastifyInstance } from "fastify";
import type { Demand } from "./identity/demand.ts";
import { GoogleError } from "./identity/google-error.ts";
import { answerGoogleErrors } from "./identity/server.ts";
import type { Clusters } from "./postgres/clusters.ts";
import { serveSqlAdmin } from "./sql-admin/routes.ts";
import type { SqlAdmin } from "./sql-admin/sql-admin.ts";
import { rehearseLifecycle } from "./storage/lifecycle-rehearsal.ts";
import type { StorageServer } from "./storage/server.ts";

interface ManagementParts {
  readonly demand: Demand;
  readonly storage: StorageServer;
  readonly admin: SqlAdmin;
  readonly clusters: Clusters;
}

/** Longer than any rule of ours about temporary objects needs. */
const rehearsedDays = 400;

/** The server; the caller makes it listen. */
export function managementServer({ demand, storage, admin, clusters }: ManagementParts): FastifyInstance {
  const server = fastify();
  answerGoogleErrors(server);
  serveSqlAdmin(server, { admin, demand, clusters });
  server.get<{ Querystring: { bucket: string; object: string } }>("/_local/lifecycle", ({ query, headers }) => {
    demand(headers.authorization, "storage.buckets.get", `projects/_/buckets/${query.bucket}`);
    const bucket = storage.buckets.find(query.bucket);
    if (bucket === undefined) throw new GoogleError("NOT_FOUND", "The specified bucket does not exist.");
    const timeline = rehearseLifecycle(bucket.record.configuration, { name: query.object, size: 1 }, rehearsedDays);
    return Promise.resolve({ timeline });
  });
  return server;
}
