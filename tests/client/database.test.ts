// The client's side of pooling: what it does when connections break, plans go stale, or somebody goes past the pooler.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Database, type DatabaseOptions, DatabaseUnavailableError, DirectConnectionError } from "../../client/index.ts";
import { poolerStatistics } from "../../service/pooler-statistics.ts";
import { freePort, startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testPassword } from "../support/schema.ts";
import { exampleContract } from "./contract-example.ts";
import { type Pooler, startPooler } from "./pooler-setup.ts";

let cluster: TestCluster;
let pooler: Pooler;
const opened: Database[] = [];

function open(changes: Partial<DatabaseOptions> = {}): Database {
  const contract = exampleContract();
  contract.database.pooler.port = pooler.port;
  const database = new Database({ contract, password: testPassword, applicationName: "database test", ...changes });
  opened.push(database);
  return database;
}

async function asAdmin(text: string): Promise<void> {
  const client = await cluster.connect("music_library");
  await client.query(text);
  await client.end();
}

beforeAll(async () => {
  cluster = await startCluster();
  await applySchema(cluster);
  pooler = await startPooler(cluster);
}, 60_000);

afterAll(async () => {
  for (const database of opened) await database.close();
  await pooler.stop();
  await cluster.remove();
});

const killServers =
  "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'music_library_user' and pid <> pg_backend_pid()";

describe("a broken connection", () => {
  it("is another try of a safe statement, and an error of any other", async () => {
    const database = open();
    const slow = { name: "slow", text: "select pg_sleep(0.3)::text as slept", values: [] };
    await database.query(slow);
    const interrupted = async (safe: boolean) => {
      const running = database.query<{ slept: string }>({ ...slow, safe });
      const outcome = running.then(
        (rows) => rows.length,
        (error: unknown) => error,
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      await asAdmin(killServers);
      return outcome;
    };
    expect(await interrupted(true)).toBe(1);
    expect(await interrupted(false)).toBeInstanceOf(DatabaseUnavailableError);
  });

  it("that was never there is waited for, whatever the statement, and then a retryable error", async () => {
    const contract = exampleContract();
    const port = await freePort();
    contract.database.pooler.port = port;
    const database = open({ contract });
    const statement = { name: "unsafe", text: "select 1 as one", values: [] };
    const early = database.query(statement);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const late = await startPooler(cluster, { port });
    try {
      expect(await early).toEqual([{ one: 1 }]);
    } finally {
      await late.stop();
    }
    await expect(database.ping()).rejects.toThrow(DatabaseUnavailableError);
  });
});

describe("a prepared statement", () => {
  it("goes on after a migration has changed what it gives", async () => {
    await asAdmin("create table library.shape (id int); insert into library.shape values (1)");
    await asAdmin("grant select on library.shape to music_library_readwrite");
    const database = open();
    const statement = { name: "shape", text: "select * from library.shape", values: [] };
    for (let turn = 0; turn < 8; turn += 1) expect(await database.query(statement)).toEqual([{ id: 1 }]);
    await asAdmin("alter table library.shape add column added text default 'x'");
    for (let turn = 0; turn < 8; turn += 1) expect(await database.query(statement)).toEqual([{ id: 1, added: "x" }]);
  });

  it("is shared by many clients of few server connections", async () => {
    const database = open();
    const statement = { name: "shared", text: "select $1::int as given", values: [7] };
    const rows = await Promise.all(Array.from({ length: 100 }, () => database.query(statement)));
    expect(rows.every(([row]) => row?.["given"] === 7)).toBe(true);
  });
});

describe("a connection past the pooler", () => {
  it("is refused unless it is meant", async () => {
    const direct = { host: "127.0.0.1", port: cluster.port, user: "music_library_user" };
    expect(() => open({ direct })).toThrow(DirectConnectionError);
    expect(() => open({ direct })).toThrow(`127.0.0.1:${String(cluster.port)}`);
    const [seen] = await open({ direct, allowDirect: true }).query<{ port: number }>({
      ...{ name: "port", text: "select inet_server_port() as port", values: [] },
    });
    expect(seen?.port).toBe(cluster.port);
  });
});

describe("the pooler's own figures", () => {
  it("can be asked for by the application", async () => {
    const contract = exampleContract();
    contract.database.pooler.port = pooler.port;
    await open().ping();
    expect(await poolerStatistics(contract, testPassword)).toMatchObject({
      maxWaitSeconds: 0,
      serversIdle: expect.any(Number),
    });
    contract.database.pooler.port = await freePort();
    expect(await poolerStatistics(contract, testPassword)).toBeUndefined();
  });
});

describe("a session", () => {
  it("carries the application's name to the server", async () => {
    const text = "select current_setting('application_name') as name";
    const [seen] = await open({ applicationName: "named" }).query<{ name: string }>({ name: "name", text, values: [] });
    expect(seen?.name).toContain("named");
  });
});
