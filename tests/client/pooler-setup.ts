// A real PgBouncer in transaction mode before a test cluster, as the sidecar stands before Cloud SQL.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { LocalPaths } from "../../local/paths.ts";
import { handOver, unprivileged } from "../../local/unprivileged.ts";
import { freePort, type TestCluster } from "../support/postgres.ts";
import { testPassword } from "../support/schema.ts";

/** Server connections that the pooler opens at most. */
export const poolSize = 5;

export interface Pooler {
  readonly port: number;
  readonly process: ChildProcess;
  /** Ends it at once, with its clients' connections, and starts it anew. */
  restart(): Promise<void>;
  /** Logs in to the server under another name from now on, without ending a client's connection. */
  useLogin(user: string): void;
  stop(): Promise<void>;
}

export interface PoolerOptions {
  /** Any free one unless given. */
  port?: number;
  /** Text of pgbouncer.ini; a short one unless given. */
  ini?: (given: { port: number; user: string }) => string;
}

export async function startPooler(cluster: Pick<TestCluster, "port">, options: PoolerOptions = {}): Promise<Pooler> {
  const paths = new LocalPaths();
  const folder = mkdtempSync(join(paths.folder("tests"), "pooler-"));
  const port = options.port ?? (await freePort());
  const write = (user: string) => {
    const text = options.ini?.({ port, user }) ?? shortIni(cluster.port, { port, user });
    writeFileSync(join(folder, "pgbouncer.ini"), text);
  };
  write("music_library_user");
  writeFileSync(join(folder, "userlist.txt"), `"music_library_user" "${testPassword}"\n`);
  chmodSync(folder, 0o700);
  handOver(folder);
  const binary = join(paths.folder("tools", "pgbouncer", "bin"), "pgbouncer");
  const command = unprivileged(binary, ["pgbouncer.ini"]);
  let child: ChildProcess;
  const start = async () => {
    child = spawn(command.program, command.args, { cwd: folder, stdio: "ignore" });
    await answering(port, child);
  };
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGQUIT");
    await ended;
  };
  await start();
  return {
    port,
    get process() {
      return child;
    },
    restart: async () => {
      await end();
      await start();
    },
    useLogin: (user) => {
      write(user);
      child.kill("SIGHUP");
    },
    stop: async () => {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function shortIni(serverPort: number, { port, user }: { port: number; user: string }): string {
  const login = `user=${user} password=${testPassword}`;
  const lines = [
    ...["[databases]", `music_library = host=127.0.0.1 port=${serverPort} dbname=music_library ${login}`],
    ...["[pgbouncer]", "listen_addr = 127.0.0.1", `listen_port = ${port}`, "unix_socket_dir ="],
    ...["auth_type = scram-sha-256", "auth_file = userlist.txt", "pool_mode = transaction", "max_client_conn = 100"],
    ...[`default_pool_size = ${poolSize}`, "max_prepared_statements = 200", "query_wait_timeout = 10"],
    ...["server_login_retry = 2", "stats_users = music_library_user"],
  ];
  return `${lines.join("\n")}\n`;
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + 10_000; ;) {
    const client = new pg.Client({
      ...{ host: "127.0.0.1", port, database: "music_library", user: "music_library_user", password: testPassword },
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error("PgBouncer did not start", { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
