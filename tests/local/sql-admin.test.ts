// Cloud SQL's Admin API of the local cloud: what operators and `gcloud sql` ask, with the rights that Google wants for it.
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { demandOf } from "../../local/identity/demand.ts";
import { Identity } from "../../local/identity/identity.ts";
import { localProject, operator, projectNumber } from "../../local/identity/project.ts";
import { managementServer } from "../../local/management.ts";
import { Ports } from "../../local/ports.ts";
import { instanceType } from "../../local/postgres/servers.ts";
import { ReservedNames } from "../../local/reserved-names.ts";
import { SqlAdmin } from "../../local/sql-admin/sql-admin.ts";
import { StorageServer } from "../../local/storage/server.ts";
import { instanceInputs, logIn, type SqlCloud, sqlCloud } from "../support/sql-cloud.ts";

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

describe("the Admin API", () => {
  let cloud: SqlCloud;
  let server: FastifyInstance;
  let identity: Identity;
  const name = "db-main";
  const instances = `/v1/projects/${localProject}/instances`;

  const call = async (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object, who = operator) => {
    const authorization = `Bearer ${identity.accessToken(who).token}`;
    const options = { method, url, headers: { authorization }, ...(payload === undefined ? {} : { payload }) };
    const response = await server.inject(options);
    return { status: response.statusCode, body: response.json() } as Answer;
  };
  /** The operation, once it is done. */
  const ended = async ({ body }: Answer): Promise<Record<string, unknown>> => {
    for (let tries = 0; tries < 600; tries += 1) {
      const operation = (await call("GET", `/v1/projects/${localProject}/operations/${String(body["name"])}`)).body;
      if (operation["status"] === "DONE") return operation;
      await sleep(50);
    }
    throw new Error("the operation does not end");
  };
  const said = ({ body }: Answer): string => (body["error"] as { message: string }).message;

  beforeAll(async () => {
    cloud = sqlCloud();
    const { paths, store, clusters } = cloud;
    identity = new Identity({ paths, store, ports: new Ports(paths) });
    const admin = new SqlAdmin({ store, clusters, instances: cloud.instances, reserved: new ReservedNames(paths) });
    const storage = new StorageServer({ paths, store, access: identity, port: 0, projectNumber });
    server = managementServer({ demand: demandOf(identity), storage, admin, clusters });
    const settings = {
      deletionProtectionEnabled: true,
      backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true },
      ipConfiguration: { ipv4Enabled: true, sslMode: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" },
    };
    await cloud.declare(instanceType, instanceInputs(name, settings, { rootPassword: "of-the-source-1A" }));
    await clusters.backups.settled(name);
  }, 60_000);

  afterAll(async () => {
    await server.close();
    await cloud.remove();
  });

  it("takes a backup on demand, by either spelling of its address, and lists it", async () => {
    const url = `/sql/v1beta4/projects/${localProject}/instances/${name}/backupRuns`;
    const begun = await call("POST", url, { description: "before the change" });
    expect(begun.body).toMatchObject({ kind: "sql#operation", operationType: "BACKUP_VOLUME", status: "RUNNING" });
    expect(await ended(begun)).toMatchObject({ status: "DONE", targetId: name });

    const { items } = (await call("GET", `${instances}/${name}/backupRuns`)).body as { items: object[] };

    expect(items).toMatchObject([
      { type: "ON_DEMAND", status: "SUCCESSFUL", description: "before the change", instance: name },
      { type: "AUTOMATED", status: "SUCCESSFUL" },
    ]);
    const { backupId } = begun.body["backupContext"] as { backupId: string };
    expect((await call("GET", `${instances}/${name}/backupRuns/${backupId}`)).body).toMatchObject({ id: backupId });
    await ended(await call("DELETE", `${instances}/${name}/backupRuns/${backupId}`));
    expect((await call("GET", `${instances}/${name}/backupRuns/${backupId}`)).status).toBe(404);
  });

  it("clones, with the source's settings and lock; certificates are the clone's own; gone when unlocked and deleted", async () => {
    const earliest = (await call("GET", `${instances}/${name}/getLatestRecoveryTime`)).body;
    expect(Date.parse(String(earliest["latestRecoveryTime"]))).toBeGreaterThan(
      Date.parse(String(earliest["earliestRecoveryTime"])),
    );
    const cloneContext = { destinationInstanceName: "db-clone", pointInTime: earliest["latestRecoveryTime"] };
    expect(await ended(await call("POST", `${instances}/${name}/clone`, { cloneContext }))).not.toHaveProperty("error");

    const clone = (await call("GET", `${instances}/db-clone`)).body;
    expect(clone).toMatchObject({
      state: "RUNNABLE",
      connectionName: `${localProject}:us-central1:db-clone`,
    });
    expect(clone["localPort"]).toBe(cloud.clusters.port("db-clone"));
    const issued = (await call("POST", `${instances}/db-clone/sslCerts`, { commonName: "operator" })).body as {
      serverCaCert: { cert: string };
      clientCert: { certInfo: { cert: string }; certPrivateKey: string };
    };
    const { certInfo, certPrivateKey: key } = issued.clientCert;
    const tls = { ca: issued.serverCaCert.cert, cert: certInfo.cert, key };
    const login = { user: "postgres", password: "of-the-source-1A", tls };
    await (await logIn({ port: cloud.clusters.port("db-clone"), ...login })).end();
    await expect(logIn({ port: cloud.clusters.port(name), ...login })).rejects.toThrow();

    const locked = await call("DELETE", `${instances}/db-clone`);
    expect([locked.status, said(locked)]).toEqual([400, expect.stringContaining("The instance is protected")]);
    await ended(await call("PATCH", `${instances}/db-clone`, { settings: { deletionProtectionEnabled: false } }));
    await ended(await call("DELETE", `${instances}/db-clone`));
    expect((await call("GET", `${instances}/db-clone`)).status).toBe(404);
    const again = await call("POST", `${instances}/${name}/clone`, { cloneContext });
    expect([again.status, said(again)]).toEqual([409, expect.stringContaining("stays reserved")]);
    // The source is as it was.
    expect((await call("GET", `${instances}/${name}`)).body).toMatchObject({
      settings: { deletionProtectionEnabled: true },
    });
  }, 60_000);

  it("restores a backup in place, and backs up at once, for nothing older leads on from there", async () => {
    const { backupContext } = await ended(await call("POST", `${instances}/${name}/backupRuns`, {}));
    const { backupId } = backupContext as { backupId: string };
    const admin = await cloud.clusters.connectAsAdmin(name, "postgres");
    await admin.query("CREATE TABLE mistake ()");
    await admin.end();

    const restoreBackupContext = { backupRunId: backupId };
    const operation = await ended(await call("POST", `${instances}/${name}/restoreBackup`, { restoreBackupContext }));

    expect(operation).not.toHaveProperty("error");
    const after = await cloud.clusters.connectAsAdmin(name, "postgres");
    expect((await after.query("SELECT to_regclass('mistake') AS mistake")).rows).toEqual([{ mistake: null }]);
    await after.end();
    const [newest] = cloud.clusters.backups.list(name);
    expect(newest).toMatchObject({ type: "AUTOMATED", status: "SUCCESSFUL", timeline: 2 });
  }, 60_000);

  it.each<[string, "GET" | "POST" | "PATCH" | "DELETE", string, object | undefined]>([
    ["cloudsql.instances.get", "GET", "", undefined],
    ["cloudsql.instances.update", "PATCH", "", { settings: { deletionProtectionEnabled: false } }],
    ["cloudsql.instances.delete", "DELETE", "", undefined],
    ["cloudsql.instances.clone", "POST", "/clone", { cloneContext: { destinationInstanceName: "db-x" } }],
    ["cloudsql.instances.restoreBackup", "POST", "/restoreBackup", { restoreBackupContext: { backupRunId: "1" } }],
    ["cloudsql.instances.promoteReplica", "POST", "/promoteReplica", undefined],
    ["cloudsql.backupRuns.create", "POST", "/backupRuns", {}],
    ["cloudsql.backupRuns.list", "GET", "/backupRuns", undefined],
    ["cloudsql.sslCerts.create", "POST", "/sslCerts", { commonName: "somebody" }],
  ])("wants %s for it", async (permission, method, path, payload) => {
    const stranger = await call(method, `${instances}/${name}${path}`, payload, "user:stranger@example.org");
    expect([stranger.status, said(stranger)]).toEqual([403, expect.stringContaining(`'${permission}' denied`)]);
  });

  it("refuses in Google's manner what it cannot do", async () => {
    const clone = (cloneContext: object) => call("POST", `${instances}/${name}/clone`, { cloneContext });
    const destinationInstanceName = "db-new";
    const refusals = await Promise.all([
      clone({ destinationInstanceName: name }),
      clone({ destinationInstanceName: "Not A Name" }),
      clone({ destinationInstanceName, pointInTime: "2001-01-01T00:00:00Z" }),
      clone({ destinationInstanceName, pointInTime: "soon" }),
      clone({ destinationInstanceName, databaseNames: ["music_library"] }),
      call("POST", `${instances}/db-none/clone`, { cloneContext: { destinationInstanceName } }),
      call("POST", `${instances}/${name}/restoreBackup`, { restoreBackupContext: { backupRunId: "1" } }),
      call("PATCH", `${instances}/${name}`, { settings: { tier: "db-custom-2-7680" } }),
      call("POST", `${instances}/${name}/promoteReplica`),
    ]);
    expect(refusals.map((answer) => [answer.status, said(answer)])).toEqual([
      [409, expect.stringContaining("already exists")],
      [400, expect.stringContaining("Invalid instance name")],
      [400, expect.stringMatching(/cannot be brought back to 2001-01-01.*or later/)],
      [400, expect.stringContaining("is no moment of the past")],
      [400, expect.stringContaining("databaseNames")],
      [404, expect.stringContaining("does not exist")],
      [404, expect.stringContaining("backup run does not exist")],
      [400, expect.stringContaining("deletionProtectionEnabled is all")],
      [400, expect.stringContaining("not a read replica")],
    ]);
    expect((await server.inject({ method: "GET", url: `${instances}/${name}` })).statusCode).toBe(401);
  });
});
