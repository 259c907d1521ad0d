// A DatabaseInstance of the local cloud, against real PostgreSQL: flags, restarts, recovery, locks, removal.
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { instanceType } from "../../local/postgres/servers.ts";
import { isObject } from "../../local/provider/schema.ts";
import type { Properties, PropertyValue } from "../../local/store.ts";
import { unprivileged } from "../../local/unprivileged.ts";
import { instanceInputs, scope, type SqlCloud, sqlCloud } from "../support/sql-cloud.ts";

const flags = [
  { name: "work_mem", value: "65536" },
  { name: "random_page_cost", value: "1.1" },
  { name: "log_connections", value: "on" },
];

const plus = { edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-2" };

/** The message of what `work` refuses. */
function refusalOf(work: (value: string) => Promise<unknown>): (value: string) => Promise<string> {
  return async (value) => {
    try {
      await work(value);
      return "";
    } catch (error) {
      return String(error);
    }
  };
}

function flagsOf(properties: Properties | undefined): PropertyValue | undefined {
  const settings = properties?.["settings"];
  return isObject(settings) ? settings["databaseFlags"] : undefined;
}

describe("an instance of the local cloud", () => {
  let cloud: SqlCloud;
  let outputs: Properties;
  const name = "db-one";
  const inputs = instanceInputs(name, { databaseFlags: flags });

  beforeAll(async () => {
    cloud = sqlCloud();
    ({ outputs } = await cloud.declare(instanceType, inputs));
  }, 60_000);

  afterAll(async () => {
    await cloud.remove();
  });

  async function ask<T extends object>(sql: string): Promise<T[]> {
    const admin = await cloud.clusters.connectAsAdmin(name);
    try {
      return (await admin.query<T>(sql)).rows;
    } finally {
      await admin.end();
    }
  }

  async function setting(flag: string): Promise<string | undefined> {
    return (await ask<{ setting: string }>(`SELECT setting FROM pg_settings WHERE name = '${flag}'`))[0]?.setting;
  }

  async function startTime(): Promise<string | undefined> {
    return (await ask<{ time: string }>("SELECT pg_postmaster_start_time()::text AS time"))[0]?.time;
  }

  it("answers as Google does", () => {
    expect(outputs).toMatchObject({
      connectionName: "music-test:us-central1:db-one",
      firstIpAddress: "127.0.0.1",
      ipAddresses: [{ ipAddress: "127.0.0.1", type: "PRIMARY" }],
      selfLink: "https://sqladmin.googleapis.com/sql/v1beta4/projects/music-test/instances/db-one",
      settings: { edition: "ENTERPRISE", version: 1, tier: "db-custom-1-3840" },
    });
    expect(outputs["serverCaCerts"]).toMatchObject([
      {
        cert: expect.stringContaining("BEGIN CERTIFICATE"),
        commonName: expect.stringMatching(
          /^C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA,dnQualifier=[0-9a-f-]{36}$/,
        ),
        sha1Fingerprint: expect.stringMatching(/^[0-9a-f]{40}$/),
      },
    ]);
  });

  it("runs with the declared flags and no others", async () => {
    const rows = await ask<{ name: string; value: string }>(
      "SELECT name, setting AS value FROM pg_settings WHERE sourcefile ~ 'flags.conf$'",
    );
    expect(new Map(rows.map((row) => [row.name, row.value]))).toEqual(new Map(flags.map((f) => [f.name, f.value])));
  });

  it("listens on loopback only and on no socket file", async () => {
    expect(await setting("listen_addresses")).toBe("127.0.0.1");
    expect(await setting("unix_socket_directories")).toBe("");
  });

  it("adopts the same instance when create comes again", async () => {
    const before = await startTime();
    const again = await cloud.instances.create(inputs, scope);
    expect(again["serverCaCerts"]).toEqual(outputs["serverCaCerts"]);
    expect(await startTime()).toBe(before);
  });

  it("finds a flag that ALTER SYSTEM changed, and the next update repairs it", async () => {
    await ask("ALTER SYSTEM SET work_mem = '12MB'");
    await ask("ALTER SYSTEM SET temp_buffers = 2048");
    const read = await cloud.instances.read(name, { inputs, outputs }, scope);
    const drifted = [{ name: "work_mem", value: "12MB" }, ...flags.slice(1), { name: "temp_buffers", value: "2048" }];
    expect(flagsOf(read?.inputs)).toEqual(drifted);
    expect(flagsOf(read?.outputs)).toEqual(drifted);

    const repaired = await cloud.instances.update(name, read ?? { inputs, outputs }, inputs, scope);
    expect(repaired["settings"]).toMatchObject({ version: 2 });
    expect(flagsOf((await cloud.instances.read(name, { inputs, outputs }, scope))?.inputs)).toEqual(flags);
    expect(await setting("work_mem")).toBe("65536");
    expect(await setting("temp_buffers")).toBe("1024");
  });

  it("reloads for a flag that can change in flight and restarts for one that cannot", async () => {
    const first = await startTime();
    const reloaded = instanceInputs(name, { databaseFlags: [{ name: "work_mem", value: "8192" }] });
    await cloud.instances.update(name, { inputs, outputs }, reloaded, scope);
    expect(await setting("work_mem")).toBe("8192");
    expect(await setting("random_page_cost")).toBe("4");
    expect(await startTime()).toBe(first);

    const restarted = instanceInputs(name, { databaseFlags: [{ name: "max_connections", value: "77" }] });
    await cloud.instances.update(name, { inputs: reloaded, outputs }, restarted, scope);
    expect(await setting("max_connections")).toBe("77");
    expect(await startTime()).not.toBe(first);
    await cloud.instances.update(name, { inputs: restarted, outputs }, inputs, scope);
  }, 30_000);

  it("refuses flags in PostgreSQL's own words, all at once, and goes on as before", async () => {
    const wrong = instanceInputs(name, {
      databaseFlags: [
        { name: "work_mem", value: "1" },
        { name: "worc_mem", value: "4096" },
        { name: "log_connections", value: "yes" },
        { name: "cloudsql.enable_pgaudit", value: "on" },
      ],
    });
    const update = cloud.instances.update(name, { inputs, outputs }, wrong, scope);
    await expect(update).rejects.toThrow(
      /1 kB is outside the valid range for parameter "work_mem" \(64 \.\. 2147483647\)/,
    );
    await expect(update).rejects.toThrow(/unrecognized configuration parameter "worc_mem"/);
    await expect(update).rejects.toThrow(/flag "log_connections": is not written as Cloud SQL takes it \("yes"\)/);
    await expect(update).rejects.toThrow(/flag "cloudsql.enable_pgaudit": cannot be honoured/);
    expect(await setting("work_mem")).toBe("65536");
  });

  it("puts the former flags back when the server does not start with the declared ones", async () => {
    const huge = instanceInputs(name, { databaseFlags: [{ name: "shared_buffers", value: "1073741823" }] });
    const update = cloud.instances.update(name, { inputs, outputs }, huge, scope);
    await expect(update).rejects.toThrow(/PostgreSQL does not start: could not map anonymous shared memory/);
    expect(await setting("work_mem")).toBe("65536");
  }, 30_000);

  it("leaves nothing when a create fails", async () => {
    const wrong = instanceInputs("db-wrong", { databaseFlags: [{ name: "shared_buffers", value: "1073741823" }] });
    await expect(cloud.instances.create(wrong, scope)).rejects.toThrow(/PostgreSQL does not start/);
    expect(existsSync(join(cloud.paths.root, "cloud", "sql", "db-wrong"))).toBe(false);
    expect(existsSync(join(cloud.paths.root, "logs", "postgres-db-wrong.log"))).toBe(false);
    expect(cloud.clusters.isRunning("db-wrong")).toBe(false);
  }, 30_000);

  it.each([
    ["replicaConfiguration", { masterInstanceName: name, replicaConfiguration: { failoverTarget: false } }],
    ["restoreBackupContext", { restoreBackupContext: { backupRunId: 1 } }],
    ["clone.databaseNames", { clone: { sourceInstanceName: name, databaseNames: ["postgres"] } }],
  ])("is planned with %s, and refused by name when it is to be made", async (way, rest) => {
    const copy = instanceInputs("db-copy", {}, rest);
    expect(cloud.instances.check?.(copy, scope)).toEqual([]);
    await expect(cloud.instances.create(copy, scope)).rejects.toThrow(
      `instance "db-copy": cannot be made in this way by the local cloud (${way}); expected a new instance, a clone or a replica.`,
    );
    expect(cloud.clusters.exists("db-copy")).toBe(false);
  });

  it.each<[what: string, settings: Properties, rest: Properties]>([
    ["encryptionKeyName", {}, { encryptionKeyName: "projects/p/locations/l/keyRings/r/cryptoKeys/k" }],
    ["dataApiAccess", { dataApiAccess: "ALLOW_DATA_API" }, {}],
    ["dataCacheConfig", { ...plus, dataCacheConfig: { dataCacheEnabled: true } }, {}],
    ["connectionPoolConfigs", { ...plus, connectionPoolConfigs: [{ connectionPoolingEnabled: true }] }, {}],
  ])("is planned with %s, and refused by name when it is to be made", async (what, settings, rest) => {
    const declared = instanceInputs("db-google", settings, rest);
    expect(cloud.instances.check?.(declared, scope)).toEqual([]);
    await expect(cloud.instances.create(declared, scope)).rejects.toThrow(`what only Google has (${what})`);
    expect(cloud.clusters.exists("db-google")).toBe(false);
  });

  it("takes no password that its policy refuses, and shows none", async () => {
    const policy = { enablePasswordPolicy: true, minLength: 16, disallowUsernameSubstring: true };
    const settings = { passwordValidationPolicy: { ...policy, complexity: "COMPLEXITY_DEFAULT" } };
    const before = cloud.store.get(instanceType, name)!;
    cloud.store.put({ ...before, inputs: instanceInputs(name, settings) });
    const user = (password: string) => cloud.users.create({ instance: name, name: "ana", password }, scope);

    const refusals = await Promise.all(["short-A1", "a".repeat(16), "Ana-ana-Ana-1234"].map(refusalOf(user)));
    cloud.store.put(before);

    expect(refusals[0]).toContain("shorter than 16 characters");
    expect(refusals[1]).toContain("without a lower-case letter, an upper-case letter, a digit or another character");
    expect(refusals[2]).toContain("with the login's name in it");
    expect(refusals.join()).not.toContain("aaaa");
    await expect(user("short-A1")).resolves.toMatchObject({ name: "ana" });
  });

  it("shows Google's lock when somebody closed it beside the stack, and is not deleted then", async () => {
    const before = cloud.store.get(instanceType, name)!;
    const settings = { ...(before.outputs["settings"] as Properties), deletionProtectionEnabled: true };
    cloud.store.put({ ...before, outputs: { ...before.outputs, settings } });
    const known = { inputs: before.inputs, outputs: before.outputs };

    const seen = await cloud.instances.read(name, known, scope);
    const deletion = cloud.instances.delete(name, known, scope);

    await expect(deletion).rejects.toThrow("The instance is protected");
    expect(seen?.inputs["settings"]).toMatchObject({ deletionProtectionEnabled: true });
    cloud.store.put(before);
    expect(cloud.clusters.isRunning(name)).toBe(true);
  });

  it("says in one sentence that its folder cannot be made", async () => {
    const broken = sqlCloud();
    writeFileSync(broken.paths.at("cloud", "sql"), "in the way");
    await expect(broken.instances.create(inputs, scope)).rejects.toThrow(
      /^instance "db-one": its files cannot be written \(E[A-Z]+: .*\); expected a writable folder/,
    );
    await broken.remove();
  });

  it("recovers its data after a kill -9", async () => {
    await ask("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number");
    process.kill(cloud.processes.running("postgres/db-one") ?? 0, "SIGKILL");
    while (cloud.clusters.isRunning(name)) await sleep(5);
    await cloud.clusters.start();
    expect(await ask("SELECT count(*)::integer AS count FROM kept")).toEqual([{ count: 1000 }]);
  }, 30_000);

  it("comes back after a reboot whose process table has the old number again", async () => {
    await cloud.clusters.stop();
    // Of the server's own user: PostgreSQL would take it for another postmaster and refuse to start.
    const sleeper = unprivileged("sleep", ["60"]);
    const other = spawn(sleeper.program, sleeper.args);
    await once(other, "spawn");
    const stale = join(cloud.paths.root, "cloud", "sql", name, "data", "postmaster.pid");
    writeFileSync(stale, `${other.pid ?? 0}\n/elsewhere\n`, { mode: 0o600 });
    await cloud.clusters.start();
    other.kill();
    expect(await ask("SELECT count(*)::integer AS count FROM kept")).toEqual([{ count: 1000 }]);
  }, 30_000);

  it("says who holds its port", async () => {
    await cloud.clusters.stop();
    const squatter = createServer().listen(cloud.clusters.port(name), "127.0.0.1");
    await once(squatter, "listening");
    await expect(cloud.clusters.start()).rejects.toThrow(
      new RegExp(`instance "db-one": its port is taken \\(${cloud.clusters.port(name)}, by process ${process.pid} "`),
    );
    squatter.close();
    await once(squatter, "close");
    await cloud.clusters.start();
  }, 30_000);

  it("stops for activationPolicy NEVER and comes back", async () => {
    const stopped = instanceInputs(name, { activationPolicy: "NEVER", databaseFlags: flags });
    await cloud.instances.update(name, { inputs, outputs }, stopped, scope);
    expect(cloud.clusters.isRunning(name)).toBe(false);
    await cloud.instances.update(name, { inputs: stopped, outputs }, inputs, scope);
    expect(await setting("work_mem")).toBe("65536");
  }, 30_000);

  it("is not deleted while a lock is on, and is gone without a trace afterwards", async () => {
    const locked = (rest: Properties, settings: Properties = {}): Promise<void> =>
      cloud.instances.delete(name, { inputs: instanceInputs(name, settings, rest), outputs: {} }, scope);
    await expect(locked({ deletionProtection: true })).rejects.toThrow(/deletion_protection is set to true/);
    await expect(locked({}, { deletionProtectionEnabled: true })).rejects.toThrow(/The instance is protected/);
    await expect(locked({ deletionPolicy: "PREVENT" })).rejects.toThrow(/deletion_policy is set to PREVENT/);
    expect(cloud.clusters.isRunning(name)).toBe(true);

    // What lives inside goes with it, and what lives in another instance stays.
    const records = (instance: string): void => {
      for (const type of ["gcp:sql/database:Database", "gcp:sql/user:User", "gcp:sql/sslCert:SslCert"])
        cloud.store.put({ type, id: `${instance}/x`, urn: `urn:test::${instance}`, inputs: { instance }, outputs: {} });
    };
    records(name);
    records("another");
    await locked({});
    expect(cloud.store.list("gcp:sql/user:User").map(({ id }) => id)).toEqual(["another/x"]);
    expect(cloud.store.list("gcp:sql/database:Database").map(({ id }) => id)).toEqual(["another/x"]);
    expect(cloud.store.list("gcp:sql/sslCert:SslCert").map(({ id }) => id)).toEqual(["another/x"]);
    expect(cloud.clusters.isRunning(name)).toBe(false);
    expect(existsSync(join(cloud.paths.root, "cloud", "sql", name))).toBe(false);
    expect(await cloud.instances.read(name, { inputs, outputs }, scope)).toBeUndefined();
  }, 30_000);
});
