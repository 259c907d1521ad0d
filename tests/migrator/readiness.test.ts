import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import pg from "pg";
import { NotReadyError, type ReadinessOptions, waitUntilReady } from "../../connections/readiness.ts";
import { handOver } from "../../local/unprivileged.ts";
import { freshDatabase, query } from "../support/migration-database.ts";
import { freePort, startCluster, type TestCluster } from "../support/postgres.ts";

// A busy machine starts a server and a process slowly.
jest.setTimeout(60_000);

let cluster: TestCluster;
let database: string;

beforeAll(async () => {
  cluster = await startCluster();
  database = await freshDatabase(cluster);
});
afterAll(() => cluster.remove());

function connecting(config: pg.ClientConfig): () => Promise<pg.Client> {
  return async () => {
    const login = { host: "127.0.0.1", port: cluster.port, database, user: "migrator", password: "test" };
    const client = new pg.Client({ ...login, connectionTimeoutMillis: 300, ...config });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
}

async function stageOf(change: Partial<ReadinessOptions>): Promise<string> {
  const options = {
    connect: connecting({}),
    ownerRole: "migration_owner",
    requiredSchemas: [],
    deadlineMs: 150,
    ...change,
  };
  const error = await waitUntilReady(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return "ready";
  if (!(error instanceof NotReadyError)) throw new Error("another error", { cause: error });
  expect(error.message).toContain(`stage "${error.stage}"`);
  return error.stage;
}

/** A server that answers with bytes, or not at all. */
async function answering(bytes: Buffer | undefined, work: (port: number) => Promise<void>): Promise<void> {
  const port = await freePort();
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => {
      if (bytes !== undefined) socket.write(bytes);
    });
  }).listen(port, "127.0.0.1");
  try {
    await work(port);
  } finally {
    sockets.forEach((socket) => {
      socket.destroy();
    });
    server.close();
  }
}

/** An ErrorResponse of PostgreSQL's protocol. */
function errorResponse(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

describe("readiness", () => {
  it("names the stage where the way to the database ends", async () => {
    expect(await stageOf({})).toBe("ready");
    const closed = await freePort();
    expect(await stageOf({ connect: connecting({ port: closed }) })).toBe("address");
    expect(await stageOf({ connect: connecting({ host: "no-such-host.invalid" }) })).toBe("address");
    await answering(undefined, async (port) => {
      expect(await stageOf({ connect: connecting({ port }) })).toBe("address");
    });
    expect(await stageOf({ connect: connecting({ ssl: true }) })).toBe("TLS");
    await answering(Buffer.from("S garbage instead of a handshake"), async (port) => {
      expect(await stageOf({ connect: connecting({ port, ssl: true }) })).toBe("TLS");
    });
    expect(await stageOf({ connect: connecting({ password: "wrong" }) })).toBe("login");
    expect(await stageOf({ connect: connecting({ user: "nobody" }) })).toBe("login");
    await answering(errorResponse("57P03", "the database system is starting up"), async (port) => {
      expect(await stageOf({ connect: connecting({ port }) })).toBe("recovery");
    });
    expect(await stageOf({ connect: connecting({ database: "missing" }) })).toBe("database");
    expect(await stageOf({ requiredSchemas: ["missing"] })).toBe("database");
    expect(await stageOf({ ownerRole: "missing" })).toBe("privilege");
    expect(await stageOf({ ownerRole: "cloudsqladmin" })).toBe("privilege");
  });

  it("names a database that the login may not enter, and one that takes no connections", async () => {
    await query(cluster, "postgres", `revoke connect on database ${database} from public`);
    expect(await stageOf({ connect: connecting({ user: "reader" }) })).toBe("privilege");
    await query(cluster, "postgres", `grant connect on database ${database} to public`);
    await query(cluster, "postgres", `alter database ${database} with allow_connections false`);
    expect(await stageOf({})).toBe("database");
    await query(cluster, "postgres", `alter database ${database} with allow_connections true`);
  });

  it("does not take a standby", async () => {
    const signal = join(cluster.dataDirectory, "standby.signal");
    await cluster.stop("fast");
    writeFileSync(signal, "");
    handOver(cluster.dataDirectory);
    await cluster.start();
    expect(await stageOf({})).toBe("recovery");
    await cluster.stop("fast");
    rmSync(signal);
    await cluster.start();
    expect(await stageOf({})).toBe("ready");
  });

  it("tells each stage once while it waits, and goes on when the way opens", async () => {
    const heard: string[] = [];
    await cluster.stop("fast");
    const started = cluster.start();
    await waitUntilReady({
      connect: connecting({}),
      ownerRole: "migration_owner",
      requiredSchemas: [],
      deadlineMs: 30_000,
      onProgress: (message) => heard.push(message),
    });
    await started;
    expect(heard[0]).toMatch(/stage "address": connect ECONNREFUSED/);
    expect(new Set(heard).size).toBe(heard.length);
  });
});
