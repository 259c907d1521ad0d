import { execFile } from "node:child_process";
import { once } from "node:events";
import * as tls from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { ConnectionDescriptor, DirectConnection } from "../../connections/descriptor.ts";
import { openClient } from "../../connections/open.ts";
import { accessSecret, SecretAccessError } from "../../connections/secrets.ts";
import { TestAuthority } from "../support/certificates.ts";
import { FakeGoogle } from "../support/fake-google.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { enableTls } from "../support/tls-cluster.ts";

// A busy machine starts a server and a process slowly.
jest.setTimeout(60_000);

const PASSWORD = "p@ss/w#rd:canary";
const passwordSecret = "projects/p/secrets/password";
const tlsSecret = "projects/p/secrets/tls";
const connectionName = "music-project:us-central1:music-db";

let google: FakeGoogle;
let cluster: TestCluster;
let clients: TestAuthority;
let servers: TestAuthority;

beforeAll(async () => {
  google = await new FakeGoogle().start();
  clients = new TestAuthority("clients");
  servers = new TestAuthority("servers");
  cluster = await startCluster();
  await demandClientCertificates();
});
afterAll(async () => {
  await cluster.remove();
  await google.stop();
  clients.remove();
  servers.remove();
});
beforeEach(() => {
  google.requests.length = 0;
  google.secrets.set(passwordSecret, PASSWORD);
  google.secrets.set(tlsSecret, tlsMaterial(clients.issue("client")));
});

/** Login `secure` is let in with TLS and a client certificate only. */
async function demandClientCertificates(): Promise<void> {
  const rule = "hostssl all secure 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\nhost all secure all reject\n";
  await enableTls(cluster, { ...servers.issue("project:instance"), clientAuthority: clients.pem, rules: rule });
  const admin = await cluster.connect();
  await admin.query(`create role secure login password '${PASSWORD}'`);
  await admin.query(`create role plain login password '${PASSWORD}'`);
  await admin.end();
}

const tlsMaterial = (client: { cert: string; key: string }, serverCa = servers.pem): string =>
  JSON.stringify({ serverCa, clientCert: client.cert, clientKey: client.key });

const direct = (): DirectConnection => ({
  mode: "direct",
  host: "127.0.0.1",
  port: cluster.port,
  tlsSecret,
  database: "postgres",
  user: "secure",
  passwordSecret,
  secretManagerEndpoint: google.endpoint,
});

async function whoAmI(descriptor: ConnectionDescriptor, options = {}): Promise<Record<string, unknown> | undefined> {
  const client = await openClient(descriptor, { applicationName: "test", ...options });
  const { rows } = await client.query<Record<string, unknown>>(
    "select session_user u, ssl, client_dn from pg_stat_ssl where pid = pg_backend_pid()",
  );
  await client.end();
  return rows[0];
}

/** What a process of its own prints; rejects unless it ends by itself with code 0 soon. */
async function openTwice(descriptor: ConnectionDescriptor, api: string): Promise<string> {
  const script = new URL("../support/open-child.ts", import.meta.url).pathname;
  const options = { env: { ...process.env, NODE_OPTIONS: "" }, timeout: 20_000 };
  return (await promisify(execFile)(process.execPath, [script, JSON.stringify(descriptor), api], options)).stdout;
}

describe("accessSecret", () => {
  it("reads the latest version with the account's token", async () => {
    google.secrets.set("projects/p/secrets/s", "ünï\n");
    expect(await accessSecret("projects/p/secrets/s", google.endpoint)).toBe("ünï\n");
    expect(google.requests).toEqual(["GET /v1/projects/p/secrets/s/versions/latest:access"]);
  });

  it("tries again what passes, and only that", async () => {
    google.failures.push(503, 429);
    expect(await accessSecret(passwordSecret, google.endpoint)).toBe(PASSWORD);
    expect(google.requests).toHaveLength(3);
    google.requests.length = 0;
    google.failures.push(403);
    await expect(accessSecret(passwordSecret, google.endpoint)).rejects.toThrow(
      /secret "projects\/p\/secrets\/password": cannot be read \(HTTP 403\).*secretAccessor/,
    );
    expect(google.requests).toHaveLength(1);
  });

  it("says what to do when the secret is not there, without a token in the error", async () => {
    const error = await accessSecret("projects/p/secrets/none", google.endpoint).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SecretAccessError);
    expect(error).toMatchObject({ status: 404 });
    const { message, cause } = error as SecretAccessError;
    expect(`${message} ${JSON.stringify(cause)} ${String(cause)}`).not.toContain("token-of-a-test");
  });
});

describe("a direct connection", () => {
  it("uses TLS with the client's certificate, whatever characters the password has", async () => {
    expect(await whoAmI(direct())).toEqual({ u: "secure", ssl: true, client_dn: "/CN=client" });
  });

  it("is refused without a client certificate where the server demands one", async () => {
    google.secrets.set(tlsSecret, tlsMaterial({ cert: "", key: "" }));
    await expect(whoAmI(direct())).rejects.toThrow(/certificate/);
    expect(await whoAmI({ ...direct(), user: "plain" })).toMatchObject({ u: "plain", ssl: true, client_dn: null });
  });

  it("refuses a server of another authority", async () => {
    google.secrets.set(tlsSecret, tlsMaterial(clients.issue("client"), clients.pem));
    await expect(whoAmI(direct())).rejects.toThrow(/certificate/);
  });

  it("names the secret that holds no TLS material, and not its content", async () => {
    google.secrets.set(tlsSecret, '{"serverCa": "canary-key');
    const error = await whoAmI(direct()).catch((reason: unknown) => reason);
    expect(String(error)).toContain('secret "projects/p/secrets/tls": is not the TLS material');
    expect(`${String(error)} ${String((error as Error).cause)}`).not.toContain("canary");
  });
});

describe("a connection through Cloud SQL's connector", () => {
  it("asks the API for a certificate of its own, proves itself with it, and reaches PostgreSQL", async () => {
    const instance = await google.serveInstance(connectionName, cluster.port);
    const descriptor: ConnectionDescriptor = { ...direct(), mode: "cloudSqlConnector", connectionName, user: "plain" };
    const connector = { sqlAdminAPIEndpoint: google.endpoint };
    expect(await whoAmI(descriptor, { connector })).toMatchObject({ u: "plain", ssl: false });
    expect(instance.clients).toEqual(["ephemeral"]);
    expect(google.requests.filter((request) => request.includes("/sql/v1beta4/")).sort()).toEqual([
      "GET /sql/v1beta4/projects/music-project/instances/music-db/connectSettings",
      "POST /sql/v1beta4/projects/music-project/instances/music-db:generateEphemeralCert",
    ]);
    await expect(whoAmI({ ...descriptor, database: "none" }, { connector })).rejects.toThrow(/"none" does not exist/);

    const stranger = tls.connect({ host: instance.host, port: 3307, rejectUnauthorized: false });
    stranger.on("data", () => undefined);
    const [error] = (await once(stranger, "error")) as [Error];
    expect(error.message).toMatch(/certificate required/i);
  });

  it("ends no process by what fails in the library, and leaves no timer behind", async () => {
    const descriptor: ConnectionDescriptor = { ...direct(), mode: "cloudSqlConnector", connectionName, user: "plain" };
    const instance = await google.serveInstance(connectionName, cluster.port);
    expect(await openTwice(descriptor, google.endpoint)).toBe("opened\nopened\n");
    instance.refuseConnections();
    expect(await openTwice(descriptor, google.endpoint)).toMatch(/^(.*ECONNREFUSED.*\n){2}$/);
    expect(await openTwice(descriptor, "http://127.0.0.1:1")).toMatch(/^(.*ECONNREFUSED.*\n){2}$/);
  });

  it("gives up when the API does not answer", async () => {
    google.silent = true;
    const descriptor: ConnectionDescriptor = { ...direct(), mode: "cloudSqlConnector", connectionName };
    const options = { connector: { sqlAdminAPIEndpoint: google.endpoint }, connectTimeoutMs: 300 };
    await expect(whoAmI(descriptor, options)).rejects.toThrow(/Cloud SQL's API did not answer \(waited 300 ms\)/);
    google.silent = false;
  });
});
