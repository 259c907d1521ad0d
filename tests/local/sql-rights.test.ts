// Who gets into an instance of the local cloud, and what they may do there: Cloud SQL's twin, against real PostgreSQL.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { clientCertificate } from "../../local/postgres/certificates.ts";
import { instanceType } from "../../local/postgres/servers.ts";
import type { Properties } from "../../local/store.ts";
import { instanceInputs, logIn, scope, type SqlCloud, sqlCloud, textOf } from "../support/sql-cloud.ts";

const userType = "gcp:sql/user:User";
const databaseType = "gcp:sql/database:Database";
const certificateType = "gcp:sql/sslCert:SslCert";
const password = "a-password-that-no-log-shows";

describe("rights in an instance of the local cloud", () => {
  let cloud: SqlCloud;
  let tls: { ca: string; cert: string; key: string };
  let port: number;
  let certificate: { id: string; outputs: Properties };
  const name = "db-rights";
  const settings = {
    ipConfiguration: { ipv4Enabled: true, sslMode: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" },
    databaseFlags: [
      { name: "log_statement", value: "all" },
      { name: "log_min_duration_statement", value: "0" },
    ],
  };
  const inputs = instanceInputs(name, settings, { rootPassword: password });
  const clients: pg.Client[] = [];

  beforeAll(async () => {
    cloud = sqlCloud();
    await cloud.declare(instanceType, inputs);
    port = cloud.clusters.port(name);
    certificate = await cloud.declare(certificateType, { instance: name, commonName: "application" });
    tls = {
      ca: textOf(certificate.outputs, "serverCaCert"),
      cert: textOf(certificate.outputs, "cert"),
      key: textOf(certificate.outputs, "privateKey"),
    };
  }, 60_000);

  afterAll(async () => {
    await Promise.allSettled(clients.map((client) => client.end()));
    await cloud.remove();
  });

  async function as(user: string, database = "postgres"): Promise<pg.Client> {
    const client = await logIn({ port, user, password, database, tls });
    clients.push(client);
    return client;
  }

  it("lets nobody in without TLS, without a certificate or with a certificate of somebody else", async () => {
    const stranger = await clientCertificate("application", Date.now());
    const login = { port, user: "postgres", password };
    await expect(logIn(login)).rejects.toThrow(/no pg_hba.conf entry .* no encryption/);
    await expect(logIn({ ...login, tls: { ca: tls.ca } })).rejects.toThrow(/valid client certificate/);
    await expect(logIn({ ...login, tls: { ...stranger, ca: tls.ca } })).rejects.toThrow();
    await expect(logIn({ ...login, tls, password: "wrong" })).rejects.toThrow(/password authentication failed/);
    const client = await as("postgres");
    expect((await client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).rows).toEqual([
      { ssl: true },
    ]);
  });

  it("gives postgres roles and databases and no superuser", async () => {
    const client = await as("postgres");
    await client.query("CREATE ROLE group_role NOLOGIN");
    await client.query("CREATE DATABASE made_by_postgres");
    await client.query("CREATE EXTENSION pg_trgm");
    await expect(client.query("ALTER ROLE postgres SUPERUSER")).rejects.toThrow(/must be superuser/);
    await expect(client.query("CREATE ROLE another SUPERUSER")).rejects.toThrow(/must be superuser/);
    await expect(client.query("SET ROLE cloudsqladmin")).rejects.toThrow(/permission denied/);
    await expect(client.query("GRANT cloudsqladmin TO postgres")).rejects.toThrow(/must be superuser/);
    await expect(client.query("ALTER SYSTEM SET work_mem = '1GB'")).rejects.toThrow(/permission denied/);
    await expect(client.query("COPY (SELECT 1) TO PROGRAM 'true'")).rejects.toThrow(/permission denied|must be/);
    await expect(as("postgres", "cloudsqladmin")).rejects.toThrow(/permission denied for database/);
    const { rows } = await client.query(
      `SELECT pg_has_role('postgres', 'cloudsqlsuperuser', 'MEMBER') AS member, rolsuper, rolcreaterole, rolcreatedb
         FROM pg_roles WHERE rolname = 'postgres'`,
    );
    expect(rows).toEqual([{ member: true, rolsuper: false, rolcreaterole: true, rolcreatedb: true }]);
  });

  it("makes databases that belong to cloudsqlsuperuser, and drops only those", async () => {
    const { id, outputs } = await cloud.declare(databaseType, { instance: name, name: "library" });
    expect(outputs).toMatchObject({ charset: "UTF8", collation: "en_US.UTF8", project: "music-test" });
    await cloud.databases.create({ instance: name, name: "library" }, scope);
    const postgres = await as("postgres");
    const { rows } = await postgres.query(
      "SELECT datdba::regrole::text AS owner, pg_encoding_to_char(encoding) AS encoding FROM pg_database WHERE datname = 'library'",
    );
    expect(rows).toEqual([{ owner: "cloudsqlsuperuser", encoding: "UTF8" }]);
    await expect(cloud.databases.create({ instance: name, name: "postgres" }, scope)).rejects.toThrow(/already exists/);

    const foreign = { inputs: { instance: name, name: "made_by_postgres" }, outputs: {} };
    await expect(cloud.databases.delete("x", foreign, scope)).rejects.toThrow(
      /must be owner of database made_by_postgres/,
    );
    const state = { inputs: { instance: name, name: "library" }, outputs };
    const session = await as("postgres", "library");
    await expect(cloud.databases.delete(id, state, scope)).rejects.toThrow(/is being accessed by other users/);
    await session.end();
    expect(await cloud.databases.read(id, state, scope)).toEqual(state);
    await cloud.databases.delete(id, state, scope);
    expect(await cloud.databases.read(id, state, scope)).toBeUndefined();
  }, 30_000);

  it("sorts text as en_US does on every machine", async () => {
    const postgres = await as("postgres");
    const { rows } = await postgres.query<{ word: string }>(
      "SELECT word FROM unnest(ARRAY['Zebra', 'apple', 'Éclair', 'Banana']) AS word ORDER BY word",
    );
    expect(rows.map(({ word }) => word)).toEqual(["apple", "Banana", "Éclair", "Zebra"]);
  });

  it("gives a user with databaseRoles those and nothing of cloudsqlsuperuser", async () => {
    const declared = { instance: name, name: "application", password, databaseRoles: ["group_role"] };
    const { id } = await cloud.declare(userType, declared);
    expect(id).toBe("application//db-rights");
    await cloud.users.create(declared, scope);
    const client = await as("application");
    const membership = `SELECT pg_has_role(current_user, 'group_role', 'MEMBER') AS own,
      pg_has_role(current_user, 'cloudsqlsuperuser', 'MEMBER') AS super`;
    expect((await client.query(membership)).rows).toEqual([{ own: true, super: false }]);
    await expect(client.query("CREATE ROLE sneaky")).rejects.toThrow(/permission denied/);
    await expect(client.query("CREATE DATABASE sneaky")).rejects.toThrow(/permission denied/);
  });

  it("changes memberships and password in place, and finds a user that is gone", async () => {
    await (await as("postgres")).query("CREATE ROLE other_role NOLOGIN");
    const before = { instance: name, name: "application", password, databaseRoles: ["group_role"] };
    const after = { instance: name, name: "application", password: `${password}-2`, databaseRoles: ["other_role"] };
    const outputs = await cloud.users.update("id", { inputs: before, outputs: {} }, after, scope);
    const client = await logIn({ port, user: "application", password: `${password}-2`, tls });
    clients.push(client);
    const membership = `SELECT pg_has_role(current_user, 'group_role', 'MEMBER') AS old,
      pg_has_role(current_user, 'other_role', 'MEMBER') AS new`;
    expect((await client.query(membership)).rows).toEqual([{ old: false, new: true }]);
    const state = { inputs: after, outputs };
    expect(await cloud.users.read("id", state, scope)).toEqual(state);
    await (await as("postgres")).query("DROP ROLE application");
    expect(await cloud.users.read("id", state, scope)).toBeUndefined();
  });

  it("gives a user without databaseRoles the rights of cloudsqlsuperuser", async () => {
    await cloud.declare(userType, { instance: name, name: "powerful", password });
    const client = await as("powerful");
    await client.query("CREATE ROLE made_by_powerful");
    await client.query("CREATE TABLE kept_by_powerful ()");
  });

  it("does not delete a user who owns something, in PostgreSQL's words", async () => {
    const state = { inputs: { instance: name, name: "powerful" }, outputs: {} };
    await expect(cloud.users.delete("id", state, scope)).rejects.toThrow(
      /failed to delete user powerful: \. role "powerful" cannot be dropped because some objects depend on it Details: owner of table kept_by_powerful/,
    );
    await (await as("postgres")).query("GRANT powerful TO postgres");
    await (await as("postgres")).query("DROP OWNED BY powerful");
    await cloud.users.delete("id", state, scope);
    expect(await cloud.users.read("id", state, scope)).toBeUndefined();
  });

  it("refuses roles that are not there, names of the service and roles that are no login", async () => {
    const declared = { instance: name, name: "stray", password, databaseRoles: ["nowhere"] };
    await expect(cloud.users.create(declared, scope)).rejects.toThrow(/role "nowhere" does not exist/);
    expect(await cloud.users.read("id", { inputs: declared, outputs: {} }, scope)).toBeUndefined();
    await expect(cloud.users.create({ instance: name, name: "group_role", password }, scope)).rejects.toThrow(
      /is no login/,
    );
    await expect(cloud.users.create({ ...declared, type: "CLOUD_IAM_USER" }, scope)).rejects.toThrow(
      /no IAM login here/,
    );
    const problems = cloud.users.check?.({ instance: name, name: "cloudsqladmin", type: "IAM" }, scope) ?? [];
    expect(problems.map(({ property }) => property)).toEqual(["type", "name"]);
  });

  it("shows no password and no verifier in the server's log, whatever is logged", () => {
    const log = cloud.log(name);
    expect(log).toContain("CREATE ROLE group_role");
    expect(log).not.toContain(password);
    expect(log).not.toContain("SCRAM-SHA-256$");
  });

  it("trusts a client certificate until it is deleted", async () => {
    const { id, outputs } = await cloud.declare(certificateType, { instance: name, commonName: "laptop" });
    const laptop = { ca: tls.ca, cert: textOf(outputs, "cert"), key: textOf(outputs, "privateKey") };
    expect(outputs["privateKey"]).toContain("BEGIN RSA PRIVATE KEY");
    await (await logIn({ port, user: "postgres", password, tls: laptop })).end();
    const state = { inputs: { instance: name, commonName: "laptop" }, outputs };
    expect(await cloud.certificates.read(id, state, scope)).toEqual(state);
    await cloud.certificates.delete(id, state, scope);
    expect(await cloud.certificates.read(id, state, scope)).toBeUndefined();
    await expect(logIn({ port, user: "postgres", password, tls: laptop })).rejects.toThrow();
    await as("postgres");
  });

  it("follows a change of sslMode", async () => {
    const relaxed = instanceInputs(name, { ...settings, ipConfiguration: { sslMode: "ENCRYPTED_ONLY" } });
    await cloud.instances.update(name, { inputs, outputs: {} }, relaxed, scope);
    await (await logIn({ port, user: "postgres", password, tls: { ca: tls.ca } })).end();
    await expect(logIn({ port, user: "postgres", password })).rejects.toThrow(/no encryption/);

    const open = instanceInputs(name, { ...settings, ipConfiguration: { sslMode: "ALLOW_UNENCRYPTED_AND_ENCRYPTED" } });
    await cloud.instances.update(name, { inputs: relaxed, outputs: {} }, open, scope);
    await (await logIn({ port, user: "postgres", password })).end();
  });
});
