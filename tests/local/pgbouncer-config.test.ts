import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { pgbouncerIni, pgbouncerUsers, poolerFiles, type PoolerServer } from "../../components/pgbouncer-config.ts";
import { LocalPaths } from "../../local/paths.ts";
import { handOver, unprivileged } from "../../local/unprivileged.ts";
import { TestAuthority } from "../support/certificates.ts";
import { freePort, startCluster, type TestCluster } from "../support/postgres.ts";

const paths = new LocalPaths();
/** Passwords with everything that the two files' quoting could trip over. */
const serverPassword = 'it\'s ; # "x" \\ %include =1';
const clientPassword = "q\"uo'te\\ #;";

let folder: string;
let cluster: TestCluster;
let authority: TestAuthority;
const certificateFiles = () => ({ server: authority.issue("server"), client: authority.issue("music_library_user") });

/** A running PgBouncer with the rendered files, laid out as in its container. */
class Pooler {
  readonly root: string;
  readonly port: number;
  private readonly child: ChildProcess;
  output = "";

  private constructor(root: string, port: number) {
    this.root = root;
    this.port = port;
    const binary = join(paths.folder("tools", "pgbouncer", "bin"), "pgbouncer");
    const command = unprivileged(binary, [poolerFiles.config]);
    this.child = spawn(command.program, command.args, { cwd: join(root, "config"), stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  static async start(server: PoolerServer, tls?: { ca: string; cert: string; key: string }): Promise<Pooler> {
    const root = mkdtempSync(join(folder, "pooler-"));
    const port = await freePort();
    const ini = pgbouncerIni({
      listenPort: port,
      database: "postgres",
      server,
      serverLogin: { name: "music_library_user", password: serverPassword },
      statsLogins: ["music_library", "music_library_stats"],
      poolSize: 2,
      reservePoolSize: 1,
      maxDbConnections: 3,
      serviceConcurrency: 10,
    });
    const users = pgbouncerUsers([
      { name: "music_library", password: clientPassword },
      { name: "music_library_stats", password: "stats" },
    ]);
    const files = {
      [`config/${poolerFiles.config}`]: ini,
      [`users/${poolerFiles.users}`]: users,
      [`tls-server-ca/${poolerFiles.serverCa}`]: tls?.ca ?? "",
      [`tls-client-cert/${poolerFiles.clientCert}`]: tls?.cert ?? "",
      [`tls-client-key/${poolerFiles.clientKey}`]: tls?.key ?? "",
    };
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(root, file, ".."), { recursive: true });
      writeFileSync(join(root, file), text, { mode: 0o600 });
    }
    handOver(root);
    const pooler = new Pooler(root, port);
    for (const deadline = Date.now() + 10_000; !pooler.output.includes("process up");) {
      if (Date.now() > deadline || pooler.child.exitCode !== null) throw new Error(`no pooler:\n${pooler.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return pooler;
  }

  async query(text: string, login = { user: "music_library", password: clientPassword, database: "postgres" }) {
    const client = new pg.Client({ host: "127.0.0.1", port: this.port, ...login });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const exited = once(this.child, "exit");
    this.child.kill("SIGINT");
    await exited;
  }
}

/** A socket in place of Google's connector: what arrives there goes to the server. */
async function socketTo(port: number, path: string): Promise<Server> {
  const server = createServer((from) => {
    const to = connect(port, "127.0.0.1");
    from.pipe(to).pipe(from);
    for (const end of [from, to]) end.on("error", () => [from, to].forEach((socket) => socket.destroy()));
  }).listen(path);
  await once(server, "listening");
  chmodSync(path, 0o777);
  return server;
}

beforeAll(async () => {
  folder = mkdtempSync(join(paths.folder("tests"), "pooler-config-"));
  chmodSync(folder, 0o755);
  authority = new TestAuthority("test authority");
  const { server } = certificateFiles();
  writeFileSync(join(folder, "server.pem"), server.cert);
  writeFileSync(join(folder, "server.key"), server.key, { mode: 0o600 });
  writeFileSync(join(folder, "ca.pem"), authority.pem);
  handOver(folder);
  cluster = await startCluster({
    ssl: "on",
    ssl_cert_file: join(folder, "server.pem"),
    ssl_key_file: join(folder, "server.key"),
    ssl_ca_file: join(folder, "ca.pem"),
  });
  const client = await cluster.connect();
  await client.query(`CREATE ROLE music_library_user LOGIN PASSWORD ${client.escapeLiteral(serverPassword)}`);
  await client.query(`ALTER SYSTEM SET log_connections = on`);
  const [row] = (await client.query<{ file: string }>("SELECT current_setting('hba_file') AS file")).rows;
  const rules = "local all all scram-sha-256\nhost all cloudsqladmin all scram-sha-256\n";
  const file = row?.file ?? "";
  // The plain rule serves the socket's way, whose encryption is the connector's.
  writeFileSync(
    file,
    `${rules}hostssl all all all scram-sha-256 clientcert=verify-ca\nhostnossl all all all scram-sha-256\n`,
  );
  await client.query("SELECT pg_reload_conf()");
  await client.end();
}, 60_000);

afterAll(async () => {
  await cluster.remove();
  authority.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe("a real PgBouncer with the rendered files", () => {
  it("reaches the server through a Unix socket, as beside Google's connector", async () => {
    const socketFolder = join(folder, "s");
    mkdirSync(socketFolder);
    const connector = await socketTo(cluster.port, join(socketFolder, ".s.PGSQL.5432"));
    try {
      const pooler = await Pooler.start({ mode: "cloudSqlConnector", socketFolder });
      expect(await pooler.query("SELECT current_user")).toEqual([{ current_user: "music_library_user" }]);
      expect(pooler.output).not.toMatch(/WARNING|ERROR|FATAL/);
      await pooler.stop();
    } finally {
      connector.close();
    }
  });

  it("reaches the server's address with both certificates, and keeps to its settings", async () => {
    const { client } = certificateFiles();
    const tls = { ca: authority.pem, ...client };
    const server = { mode: "direct", host: "127.0.0.1", port: cluster.port, clientCertificate: true } as const;
    const pooler = await Pooler.start(server, tls);
    try {
      expect(await pooler.query("SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).toEqual([
        { ssl: true, client_dn: "/CN=music_library_user" },
      ]);
      const stats = { user: "music_library_stats", password: "stats", database: "pgbouncer" };
      const [pool] = (await pooler.query("SHOW POOLS", stats)).filter(({ database }) => database === "postgres");
      expect(pool).toMatchObject({ user: "music_library_user", pool_mode: "transaction" });
      const shown = await pooler.query("SHOW CONFIG", stats).catch((error: unknown) => String(error));
      const config = Array.isArray(shown) ? Object.fromEntries(shown.map(({ key, value }) => [key, value])) : shown;
      expect(config).toMatchObject({ max_db_connections: "3", max_prepared_statements: "200", max_client_conn: "30" });
      await expect(pooler.query("SHUTDOWN", stats)).rejects.toThrow();
      expect(pooler.output).not.toContain(clientPassword);
      expect(pooler.output).not.toContain(serverPassword);
    } finally {
      await pooler.stop();
    }
  });

  it("opens no connection to a server of another authority", async () => {
    const stranger = new TestAuthority("stranger");
    const server = { mode: "direct", host: "127.0.0.1", port: cluster.port, clientCertificate: true } as const;
    const pooler = await Pooler.start(server, { ca: stranger.pem, ...stranger.issue("music_library_user") });
    try {
      await expect(pooler.query("SELECT 1")).rejects.toThrow(/server login has been failing|query_wait_timeout/);
      expect(pooler.output).toMatch(/certificate verif/i);
    } finally {
      await pooler.stop();
      stranger.remove();
    }
    // The client waits as long as query_wait_timeout says.
  }, 20_000);

  it("lets nobody in with a wrong password or another name", async () => {
    const server = { mode: "direct", host: "127.0.0.1", port: cluster.port, clientCertificate: false } as const;
    const pooler = await Pooler.start(server, { ca: authority.pem, cert: "", key: "" });
    try {
      const login = { user: "music_library", password: "wrong", database: "postgres" };
      await expect(pooler.query("SELECT 1", login)).rejects.toThrow(/authentication failed/);
      await expect(pooler.query("SELECT 1", { ...login, user: "music_library_user" })).rejects.toThrow();
    } finally {
      await pooler.stop();
    }
  });

  it("writes no password into the server's log", () => {
    expect(cluster.log()).toContain("connection authorized: user=music_library_user");
    expect(cluster.log()).not.toContain(serverPassword);
    expect(readFileSync(join(folder, "ca.pem"), "utf8")).toBe(authority.pem);
  });
});
