// Read replicas of the local cloud: second servers that really follow the first.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Database, replicaAddress } from "../../client/index.ts";
import { instanceType } from "../../local/postgres/servers.ts";
import type { Properties } from "../../local/store.ts";
import { exampleContract } from "../client/contract-example.ts";
import { instanceInputs, logIn, scope, type SqlCloud, sqlCloud } from "../support/sql-cloud.ts";

const password = "a-password-that-comes-along";

describe("a read replica", () => {
  let cloud: SqlCloud;
  let outputs: Properties;
  const [primary, replica, behind] = ["db-first", "db-first-a", "db-first-b"] as const;
  const follows = (source: string) => ({ masterInstanceName: source, instanceType: "READ_REPLICA_INSTANCE" });
  const settings = { databaseFlags: [{ name: "work_mem", value: "8192" }] };
  const inputs = instanceInputs(replica, settings, follows(primary));

  const ask = async (instance: string, sql: string): Promise<unknown[]> => {
    const admin = await cloud.clusters.connectAsAdmin(instance, "postgres");
    try {
      return (await admin.query<Record<string, unknown>>(sql)).rows.flatMap((row) => Object.values(row));
    } finally {
      await admin.end();
    }
  };
  const until = async (instance: string, sql: string, expected: unknown[]): Promise<void> => {
    for (let tries = 0; tries < 200; tries += 1) {
      const found = await ask(instance, sql).catch(() => undefined);
      if (JSON.stringify(found) === JSON.stringify(expected)) return;
      await sleep(50);
    }
    expect(await ask(instance, sql)).toEqual(expected);
  };

  beforeAll(async () => {
    cloud = sqlCloud();
    await cloud.declare(instanceType, instanceInputs(primary));
    await cloud.declare("gcp:sql/user:User", { instance: primary, name: "app", password });
    await ask(primary, "CREATE TABLE track (name text)");
    await ask(primary, "GRANT SELECT, INSERT ON track TO app");
    ({ outputs } = await cloud.declare(instanceType, inputs));
    await cloud.declare(instanceType, instanceInputs(behind, {}, follows(replica)));
  }, 60_000);

  afterAll(async () => {
    await cloud.remove();
  });

  it("shows what the primary takes, to the primary's logins, and takes nothing itself", async () => {
    await ask(primary, "INSERT INTO track VALUES ('one')");
    await until(replica, "SELECT name FROM track", ["one"]);
    const app = await logIn({ port: cloud.clusters.port(replica), user: "app", password });
    await expect(app.query("INSERT INTO track VALUES ('two')")).rejects.toThrow("read-only transaction");
    await app.end();
    expect(outputs).toMatchObject({ masterInstanceName: primary, connectionName: `music-test:us-central1:${replica}` });
  });

  it("is read by the client's pool, from the contract", async () => {
    const { cert, key } = await cloud.clusters.issueClientCertificate(replica, "reader");
    const serverCa = cloud.clusters.identity(replica).serverAuthority;
    const tls = JSON.stringify({ serverCa, clientCert: cert, clientKey: key });
    const contract = exampleContract();
    const port = cloud.clusters.port(replica);
    const connection = { mode: "direct" as const, host: "127.0.0.1", port, tlsSecret: "projects/p/secrets/s" };
    contract.database.name = "postgres";
    contract.database.replicas = [{ instance: replica, connectionName: `p:r:${replica}`, connection }];
    const direct = replicaAddress(contract, { user: "app", tls });
    const database = new Database({ contract, password, applicationName: "reader", direct, allowDirect: true });
    try {
      const found = await database.query({ name: "read", text: "select name from track", values: [] });
      expect(found).toEqual([{ name: "one" }]);
      const write = database.query({ name: "write", text: "insert into track values ('two')", values: [] });
      await expect(write).rejects.toThrow("read-only transaction");
    } finally {
      await database.close();
    }
  });

  it("has flags of its own", async () => {
    expect(await ask(replica, "SHOW work_mem")).toEqual(["8MB"]);
    expect(await ask(primary, "SHOW work_mem")).toEqual(["4MB"]);
  });

  it("can be followed itself, and both show in the primary how far behind they are", async () => {
    await until(behind, "SELECT name FROM track", ["one"]);
    expect(await ask(primary, "SELECT application_name, state FROM pg_stat_replication")).toEqual([
      replica,
      "streaming",
    ]);
    await until(primary, "SELECT pg_wal_lsn_diff(sent_lsn, replay_lsn)::int FROM pg_stat_replication", [0]);
    expect(await ask(replica, "SELECT pg_last_xact_replay_timestamp() <= now()")).toEqual([true]);
  });

  it("catches up when both have been down", async () => {
    await cloud.clusters.stop();
    await cloud.clusters.start();
    await ask(primary, "INSERT INTO track VALUES ('three')");
    await until(behind, "SELECT count(*)::int FROM track", [2]);
  }, 30_000);

  it("keeps its primary from being deleted", async () => {
    const state = { inputs: instanceInputs(primary), outputs: {} };
    await expect(cloud.instances.delete(primary, state, scope)).rejects.toThrow(`has replicas (${replica})`);
    expect(cloud.clusters.isRunning(primary)).toBe(true);
  });

  it("does not change its primary", async () => {
    const other = instanceInputs(replica, settings, follows("db-other"));
    await expect(cloud.instances.update(replica, { inputs, outputs }, other, scope)).rejects.toThrow(
      "cannot follow another one than before (db-first, now db-other)",
    );
  });

  it("leaves no slot behind when it goes: the primary would keep its log for ever", async () => {
    expect(await ask(replica, "SELECT slot_name FROM pg_replication_slots")).toEqual(["db_first_b"]);
    await cloud.clusters.remove(behind);
    expect(await ask(replica, "SELECT slot_name FROM pg_replication_slots")).toEqual([]);
  });

  it("stands for itself once no primary is declared", async () => {
    const alone = instanceInputs(replica, settings);
    await cloud.instances.update(replica, { inputs, outputs }, alone, scope);
    await ask(replica, "INSERT INTO track VALUES ('its own')");
    expect(await ask(replica, "SELECT count(*)::int FROM track")).toEqual([3]);
    expect(await ask(primary, "SELECT count(*)::int FROM track")).toEqual([2]);
    expect(await ask(primary, "SELECT slot_name FROM pg_replication_slots")).toEqual([]);
    expect(cloud.clusters.replicasOf(primary)).toEqual([]);
  }, 30_000);

  it("is not begun where its primary is not there, and leaves nothing", async () => {
    const orphan = instanceInputs("db-orphan", {}, follows("db-none"));
    await expect(cloud.instances.create(orphan, scope)).rejects.toThrow(/instance "db-none"/);
    expect(cloud.clusters.exists("db-orphan")).toBe(false);
  });
});
