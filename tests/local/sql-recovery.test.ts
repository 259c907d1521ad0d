// Backups, recovery to a named second and copies of the local cloud's instances, on real PostgreSQL.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { instanceType } from "../../local/postgres/servers.ts";
import type { Properties } from "../../local/store.ts";
import { instanceInputs, logIn, scope, type SqlCloud, sqlCloud } from "../support/sql-cloud.ts";

const password = "a-password-that-comes-along";
const backupConfiguration = { enabled: true, pointInTimeRecoveryEnabled: true };

describe("an instance with point-in-time recovery", () => {
  let cloud: SqlCloud;
  let declared: { id: string; outputs: Properties };
  const name = "db-main";
  const inputs = instanceInputs(name, { backupConfiguration });

  const ask = async (instance: string, sql: string): Promise<unknown[]> => {
    const admin = await cloud.clusters.connectAsAdmin(instance, "postgres");
    try {
      return (await admin.query<Record<string, unknown>>(sql)).rows.flatMap((row) => Object.values(row));
    } finally {
      await admin.end();
    }
  };
  const names = (instance: string): Promise<unknown[]> => ask(instance, "SELECT name FROM track ORDER BY name");
  const backups = () => cloud.clusters.backups;
  /** A moment between two transactions. */
  const moment = async (): Promise<Date> => {
    await sleep(30);
    const now = new Date();
    await sleep(30);
    return now;
  };
  const cloneTo = async (clone: string, pointInTime?: Date): Promise<Properties> => {
    const from = pointInTime === undefined ? {} : { pointInTime: pointInTime.toISOString() };
    const origin = { clone: { sourceInstanceName: name, ...from } };
    return await cloud.instances.create(instanceInputs(clone, {}, origin), scope);
  };

  beforeAll(async () => {
    cloud = sqlCloud();
    declared = await cloud.declare(instanceType, inputs);
    await cloud.declare("gcp:sql/user:User", { instance: name, name: "app", password });
    await backups().settled(name);
    await ask(name, "CREATE TABLE track (name text PRIMARY KEY)");
    await ask(name, "GRANT SELECT, INSERT ON track TO app");
  }, 60_000);

  afterAll(async () => {
    await cloud.remove();
  });

  it("has its first backup without being asked, and nobody waits for it", () => {
    expect(backups().list(name)).toMatchObject([{ type: "AUTOMATED", status: "SUCCESSFUL" }]);
  });

  it("is cloned to a named moment: all before it, nothing after, with its logins, and gone when deleted", async () => {
    await ask(name, "INSERT INTO track VALUES ('before')");
    const wanted = await moment();
    await ask(name, "INSERT INTO track VALUES ('after')");
    await ask(name, "ALTER ROLE app PASSWORD NULL");

    await cloneTo("db-clone", wanted);

    expect(await names("db-clone")).toEqual(["before"]);
    expect(await names(name)).toEqual(["after", "before"]);
    const port = cloud.clusters.port("db-clone");
    expect(port).not.toBe(cloud.clusters.port(name));
    const app = await logIn({ port, user: "app", password });
    await app.query("INSERT INTO track VALUES ('into the clone')");
    await app.end();
    await expect(logIn({ port: cloud.clusters.port(name), user: "app", password })).rejects.toThrow(/authentication/);

    await cloud.clusters.remove("db-clone");
    expect(readdirSync(join(cloud.paths.root, "cloud", "sql"))).toEqual([name]);
    await expect(logIn({ port, user: "app", password })).rejects.toThrow("ECONNREFUSED");
  }, 60_000);

  it("is cloned as it is now where no moment is named", async () => {
    await cloneTo("db-now");
    expect(await names("db-now")).toEqual(["after", "before"]);
    await cloud.clusters.remove("db-now");
  }, 60_000);

  it("says how far back it can be brought, and refuses what lies before or is still to come", async () => {
    const earliest = backups().list(name).at(-1)?.endTime ?? "";
    await expect(cloneTo("db-early", new Date(Date.parse(earliest) - 1000))).rejects.toThrow(
      `expected ${earliest} or later`,
    );
    await expect(cloneTo("db-late", new Date(Date.now() + 60_000))).rejects.toThrow("is no moment of the past");
    expect(cloud.clusters.exists("db-early") || cloud.clusters.exists("db-late")).toBe(false);
  });

  it("brings a backup back in place, keeps its name and certificates, and still knows the time before it", async () => {
    const { ended } = backups().begin(name, "ON_DEMAND", "before the mistake");
    const { id } = await ended;
    const beforeMistake = await moment();
    await ask(name, "DELETE FROM track");
    const authority = cloud.clusters.identity(name).serverAuthority;

    await cloud.clusters.restoreBackup(name, { instance: name, id });

    expect(await names(name)).toEqual(["after", "before"]);
    expect(cloud.clusters.identity(name).serverAuthority).toBe(authority);
    await expect(cloneTo("db-gap", new Date())).rejects.toThrow("and there is none yet");
    await backups().begin(name, "ON_DEMAND").ended;
    await ask(name, "INSERT INTO track VALUES ('restored')");
    const afterRestore = await moment();
    await ask(name, "DELETE FROM track");
    await cloneTo("db-former", beforeMistake);
    await cloneTo("db-latter", afterRestore);
    expect(await names("db-former")).toEqual(["after", "before"]);
    expect(await names("db-latter")).toEqual(["after", "before", "restored"]);
    await cloud.clusters.remove("db-former");
    await cloud.clusters.remove("db-latter");
  }, 60_000);

  it("drops daily backups and the log that the declared days do not need, and keeps those on demand", async () => {
    const archive = join(cloud.paths.root, "cloud", "sql", name, "archive");
    const onDemand = backups()
      .list(name)
      .filter(({ type }) => type === "ON_DEMAND");
    await backups().begin(name, "AUTOMATED").ended;
    await backups().begin(name, "AUTOMATED").ended;
    const policy = { enabled: true, pointInTimeRecovery: true, retained: 1, logDays: 7 };

    backups().prune(name, policy);

    const left = backups().list(name);
    expect(left.map(({ type }) => type)).toEqual(["AUTOMATED", ...onDemand.map(() => "ON_DEMAND")]);
    const segments = () => readdirSync(archive).filter((file) => /^[0-9A-F]{24}$/.test(file)).length;
    const before = segments();
    for (const { id } of onDemand) backups().remove(name, id);
    backups().prune(name, policy);
    expect(segments()).toBeLessThan(before);
    const lastId = left[0]!.id;
    const later = { ...policy, pointInTimeRecovery: false };
    backups().prune(name, later);
    expect(segments()).toBe(0);
    expect(backups().get(name, lastId)?.status).toBe("SUCCESSFUL");
  }, 60_000);

  it("stops archiving when recovery is no longer declared, by a restart", async () => {
    const off = instanceInputs(name, { backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: false } });
    await cloud.instances.update(name, { inputs, outputs: declared.outputs }, off, scope);
    expect(await ask(name, "SHOW archive_mode")).toEqual(["off"]);
    await expect(cloneTo("db-off", new Date())).rejects.toThrow("has no point-in-time recovery");
    await cloud.instances.update(name, { inputs: off, outputs: declared.outputs }, inputs, scope);
    expect(await ask(name, "SHOW archive_mode")).toEqual(["on"]);
  }, 60_000);
});
