// Cloud SQL's Admin API over HTTP: who may ask, what is asked, what Google would answer.
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Demand } from "../identity/demand.ts";
import { GoogleError } from "../identity/google-error.ts";
import type { Clusters } from "../postgres/clusters.ts";
import { backupAnswer, certificateAnswer, instanceAnswer } from "./answers.ts";
import type { Asked, SqlAdmin } from "./sql-admin.ts";

interface RouteParts {
  readonly admin: SqlAdmin;
  readonly demand: Demand;
  readonly clusters: Clusters;
}

/** What can be changed by hand: Google's lock. */
const lockChange = z.strictObject({ settings: z.strictObject({ deletionProtectionEnabled: z.boolean() }) });
const cloneRequest = z.strictObject({
  cloneContext: z.strictObject({
    kind: z.string().optional(),
    destinationInstanceName: z.string(),
    pointInTime: z.string().optional(),
  }),
});
const restoreRequest = z.strictObject({
  restoreBackupContext: z.strictObject({
    kind: z.string().optional(),
    backupRunId: z.union([z.string(), z.number()]).transform(String),
    instanceId: z.string().optional(),
    project: z.string().optional(),
  }),
});
const backupRequest = z.looseObject({ description: z.string().default("") });
const certificateRequest = z.looseObject({ commonName: z.string().regex(/^[a-zA-Z0-9._ -]{1,64}$/) });

type Named = FastifyRequest<{ Params: { project: string; instance: string } }>;

/** Both spellings of the API's address are Google's: client libraries use the first, gcloud the second. */
export function serveSqlAdmin(server: FastifyInstance, parts: RouteParts): void {
  for (const prefix of ["/v1", "/sql/v1beta4"]) {
    void server.register(
      (routes, _options, done) => {
        instanceRoutes(routes, parts);
        backupRoutes(routes, parts);
        operationRoutes(routes, parts);
        done();
      },
      { prefix },
    );
  }
}

const instancePath = "/projects/:project/instances/:instance";

function instanceRoutes(server: FastifyInstance, { admin, demand, clusters }: RouteParts): void {
  const ask = asker(demand);
  server.get<{ Params: { project: string } }>("/projects/:project/instances", ({ params, headers }) => {
    demand(headers.authorization, "cloudsql.instances.list", `projects/${params.project}`);
    const items = admin.list().map(({ outputs }) => instanceAnswer(params.project, outputs, clusters));
    return { kind: "sql#instancesList", items };
  });
  server.get(instancePath, async (request: Named) => {
    const { outputs } = await admin.get(ask(request, "cloudsql.instances.get"));
    return instanceAnswer(request.params.project, outputs, clusters);
  });
  server.patch(instancePath, (request: Named) => {
    const asked = ask(request, "cloudsql.instances.update");
    const change = lockChange.safeParse(request.body);
    if (!change.success) {
      const only = "settings.deletionProtectionEnabled is all that can be changed by hand in the local cloud.";
      throw new GoogleError("INVALID_ARGUMENT", only);
    }
    return admin.setLock(asked, change.data.settings.deletionProtectionEnabled);
  });
  server.delete(instancePath, (request: Named) => admin.delete(ask(request, "cloudsql.instances.delete")));
  server.post(`${instancePath}/clone`, (request: Named) => {
    const asked = ask(request, "cloudsql.instances.clone");
    const { destinationInstanceName: name, pointInTime } = read(cloneRequest, request.body).cloneContext;
    return admin.clone(asked, { name, pointInTime });
  });
  server.post(`${instancePath}/promoteReplica`, (request: Named) =>
    admin.promote(ask(request, "cloudsql.instances.promoteReplica")),
  );
  server.post(`${instancePath}/sslCerts`, async (request: Named) => {
    const { id: instance } = await admin.get(ask(request, "cloudsql.sslCerts.create"));
    const { commonName } = read(certificateRequest, request.body);
    const { cert, key } = await clusters.issueClientCertificate(instance, commonName);
    return {
      kind: "sql#sslCertsInsert",
      serverCaCert: certificateAnswer(clusters.identity(instance).serverAuthority, instance),
      clientCert: { certInfo: certificateAnswer(cert, instance), certPrivateKey: key },
    };
  });
}

function backupRoutes(server: FastifyInstance, { admin, demand }: RouteParts): void {
  const ask = asker(demand);
  const one = `${instancePath}/backupRuns/:id`;
  type Run = FastifyRequest<{ Params: { project: string; instance: string; id: string } }>;
  server.get(`${instancePath}/backupRuns`, (request: Named) => {
    const { instance } = ask(request, "cloudsql.backupRuns.list");
    return { kind: "sql#backupRunsList", items: admin.backups(instance).map((run) => backupAnswer(instance, run)) };
  });
  server.post(`${instancePath}/backupRuns`, (request: Named) =>
    admin.backUp(ask(request, "cloudsql.backupRuns.create"), read(backupRequest, request.body ?? {}).description),
  );
  server.get(one, (request: Run) => {
    const { instance } = ask(request, "cloudsql.backupRuns.get");
    return backupAnswer(instance, admin.backup(instance, request.params.id));
  });
  server.delete(one, (request: Run) =>
    admin.deleteBackup(ask(request, "cloudsql.backupRuns.delete"), request.params.id),
  );
  server.post(`${instancePath}/restoreBackup`, (request: Named) => {
    const asked = ask(request, "cloudsql.instances.restoreBackup");
    const { backupRunId: id, instanceId: instance = asked.instance } = read(
      restoreRequest,
      request.body,
    ).restoreBackupContext;
    return admin.restore(asked, { instance, id });
  });
  server.get(`${instancePath}/getLatestRecoveryTime`, (request: Named) => ({
    kind: "sql#getLatestRecoveryTime",
    ...admin.recoveryTimes(ask(request, "cloudsql.instances.get").instance),
  }));
}

function operationRoutes(server: FastifyInstance, { admin, demand }: RouteParts): void {
  server.get<{ Params: { project: string }; Querystring: { instance?: string } }>(
    "/projects/:project/operations",
    ({ params, query, headers }) => {
      demand(headers.authorization, "cloudsql.instances.get", `projects/${params.project}`);
      return { kind: "sql#operationsList", items: admin.operations.list(query.instance) };
    },
  );
  server.get<{ Params: { project: string; operation: string } }>(
    "/projects/:project/operations/:operation",
    ({ params, headers }) => {
      const operation = admin.operations.get(params.operation);
      const instance = operation?.targetId ?? "-";
      demand(headers.authorization, "cloudsql.instances.get", instanceName(params.project, instance));
      if (operation === undefined) throw new GoogleError("NOT_FOUND", "The operation does not exist.");
      return operation;
    },
  );
}

function asker(demand: Demand): (request: Named, permission: string) => Asked {
  return ({ params, headers }, permission) => {
    const { project, instance } = params;
    const user = demand(headers.authorization, permission, instanceName(project, instance));
    return { instance, scope: { project, region: "" }, user };
  };
}

function instanceName(project: string, instance: string): string {
  return `projects/${project}/instances/${instance}`;
}

function read<Shape>(schema: z.ZodType<Shape>, body: unknown): Shape {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the body"}: ${message}`);
  throw new GoogleError("INVALID_ARGUMENT", `Invalid request: ${problems.join("; ")}.`);
}
