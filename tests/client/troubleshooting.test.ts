// Each message that docs/troubleshooting.md quotes, provoked: what people search for is what they see.
import { createServer } from "node:http";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { OAuth2Client } from "google-auth-library";
import pg from "pg";
import { Database, iamSigner, ObjectStore } from "../../client/index.ts";
import { bucketName, email, objectUser, startStorage, type StorageSetup } from "../local/storage-setup.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testDatabase, testPassword } from "../support/schema.ts";
import { exampleContract } from "./contract-example.ts";
import { type Pooler, startPooler } from "./pooler-setup.ts";

const page = readFileSync(new URL("../../docs/troubleshooting.md", import.meta.url), "utf8");
const quotes = new Map(
  [...page.matchAll(/^```text ([^\n]+)\n(.*?)\n```$/gms)].map(([, name = "", message = ""]) => [name, message]),
);

/** What the page quotes, as a pattern: words in capitals differ. */
function quoted(name: string): RegExp {
  const message = quotes.get(name);
  if (message === undefined) throw new Error(`docs/troubleshooting.md: quotes no ${name}`);
  quotes.delete(name);
  return new RegExp(message.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&").replaceAll(/\b[A-Z]{4,}\b/g, "\\S+"));
}

const messageOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => "it worked",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

let cluster: TestCluster;
let storage: StorageSetup;
let pooler: Pooler;

/** A pooler with one server connection that lets three clients in. */
function narrowIni({ port }: { port: number }, password = testPassword): string {
  return [
    "[databases]",
    `music_library = host=127.0.0.1 port=${cluster.port} dbname=music_library user=music_library_user password=${password}`,
    ...["[pgbouncer]", "listen_addr = 127.0.0.1", `listen_port = ${port}`, "unix_socket_dir ="],
    ...["auth_type = scram-sha-256", "auth_file = userlist.txt", "pool_mode = transaction", "max_client_conn = 3"],
    ...["default_pool_size = 1", "query_wait_timeout = 1", "server_login_retry = 1", ""],
  ].join("\n");
}

function clientAt(port: number, password = testPassword): pg.Client {
  const client = new pg.Client({
    ...{ host: "127.0.0.1", port, user: "music_library_user", password, database: testDatabase },
  });
  client.on("error", () => undefined);
  return client;
}

beforeAll(async () => {
  [cluster, storage] = await Promise.all([startCluster(), startStorage()]);
  await Promise.all([applySchema(cluster), storage.declare()]);
  pooler = await startPooler(cluster, { ini: narrowIni });
}, 60_000);

afterAll(async () => {
  await pooler.stop();
  await Promise.all([cluster.remove(), storage.close()]);
});

describe("docs/troubleshooting.md quotes", () => {
  const signed = async (): Promise<string> => {
    const file = storage.client.bucket(bucketName).file("audio/x.flac");
    await file.save("x", { resumable: false });
    const [url] = await file.getSignedUrl({ version: "v4", action: "read", expires: Date.now() + 60_000 });
    return url;
  };

  it("what a bucket says to who may not", async () => {
    const url = await signed();
    storage.access.grants.set(`serviceAccount:${email}`, ["storage.objects.list"]);
    try {
      expect(await (await fetch(url)).text()).toMatch(quoted("AccessDenied"));
      const authClient = new OAuth2Client();
      authClient.setCredentials({ access_token: "token-of-sa", expiry_date: Date.now() + 3_600_000 });
      const { prefixes } = exampleContract().bucket;
      const objects = new ObjectStore({
        bucket: bucketName,
        prefixes,
        endpoint: storage.server.endpoint,
        authClient,
      });
      expect(await messageOf(objects.download("audio/x.flac"))).toMatch(quoted("ObjectAccessError"));
    } finally {
      storage.access.grants.set(`serviceAccount:${email}`, objectUser);
    }
  });

  it("what becomes of a URL that was changed, and of one whose time is over", async () => {
    const url = await signed();
    expect(await (await fetch(`${url}&response-content-type=text/html`)).text()).toMatch(
      quoted("SignatureDoesNotMatch"),
    );
    storage.ahead = 61_000;
    try {
      expect(await (await fetch(url)).text()).toMatch(quoted("ExpiredToken"));
    } finally {
      storage.ahead = 0;
    }
  });

  it("what the signer says when IAM does not let it", async () => {
    const iam = createServer((_request, response) => response.writeHead(403).end("{}")).listen(0, "127.0.0.1");
    await once(iam, "listening");
    const { port } = iam.address() as AddressInfo;
    try {
      const auth = new OAuth2Client();
      auth.setCredentials({ access_token: "token-of-a-test" });
      const signer = iamSigner({ clientEmail: email, endpoint: `http://127.0.0.1:${String(port)}`, auth });
      expect(await messageOf(signer.sign("text"))).toMatch(quoted("SigningError"));
    } finally {
      iam.close();
    }
  });

  it("both wrong passwords", async () => {
    expect(await messageOf(clientAt(pooler.port, "wrong").connect())).toMatch(quoted("wrong password"));
    const behind = await startPooler(cluster, { ini: (given) => narrowIni(given, testPassword) });
    try {
      const server = await cluster.connect(testDatabase);
      await server.query("alter role music_library_user password 'another'");
      await server.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'music_library_user'");
      await server.end();
      const client = clientAt(behind.port);
      const refused = await messageOf(client.connect().then(() => client.query("select 1")));
      expect(refused).toMatch(quoted("wrong server password"));
    } finally {
      const server = await cluster.connect(testDatabase);
      await server.query(`alter role music_library_user password '${testPassword}'`);
      await server.end();
      await behind.stop();
    }
  }, 30_000);

  it("a pool that is exhausted, as three kinds of clients see it", async () => {
    const fresh = await startPooler(cluster, { ini: narrowIni });
    const contract = exampleContract();
    contract.database.pooler = { ...contract.database.pooler, port: fresh.port };
    const held = clientAt(fresh.port);
    try {
      await held.connect();
      await held.query("begin");
      const waiting = clientAt(fresh.port);
      await waiting.connect();
      expect(await messageOf(waiting.query("select 1"))).toMatch(quoted("query_wait_timeout"));
      const database = new Database({ contract, password: testPassword, applicationName: "troubleshooting" });
      const statement = { name: "troubleshooting", text: "select 1", values: [] };
      expect(await messageOf(database.query(statement))).toMatch(quoted("DatabaseUnavailableError"));
      await database.close();

      const clients = [clientAt(fresh.port), clientAt(fresh.port), clientAt(fresh.port)];
      const answers = await Promise.all(clients.map((client) => messageOf(client.connect())));
      expect(answers.find((answer) => answer !== "it worked")).toMatch(quoted("max_client_conn"));
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
    } finally {
      await held.end().catch(() => undefined);
      await fresh.stop();
    }
  }, 30_000);

  it("a way past the pooler", async () => {
    const direct = { host: "10.0.0.1", port: 5432, user: "music_library_user" };
    const open = async () =>
      await Promise.resolve(
        new Database({ contract: exampleContract(), password: "x", applicationName: "troubleshooting", direct }),
      );
    expect(await messageOf(open())).toMatch(quoted("DirectConnectionError"));
  });

  it("nothing else", () => {
    expect([...quotes.keys()]).toEqual([]);
  });
});
