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
  stop(): Promise<void>;
}

export interface PoolerOptions {
  /** Any free one unless given. */
  port?: number;
  /** Lines of the section [pgbouncer], after the others. */
  settings?: readonly string[];
  poolSize?: number;
  /** The server's login. */
  user?: string;
}

export async function startPooler(cluster: TestCluster, options: PoolerOptions = {}): Promise<Pooler> {
  const paths = new LocalPaths();
  const folder = mkdtempSync(join(paths.folder("tests"), "pooler-"));
  const port = options.port ?? (await freePort());
  const login = `user=${options.user ?? "music_library_user"} password=${testPassword}`;
  const ini = [
    ...["[databases]", `music_library = host=127.0.0.1 port=${cluster.port} dbname=music_library ${login}`],
    ...["[pgbouncer]", "listen_addr = 127.0.0.1", `listen_port = ${port}`, "unix_socket_dir ="],
    ...["auth_type = scram-sha-256", "auth_file = userlist.txt", "pool_mode = transaction", "max_client_conn = 100"],
    ...[
      `default_pool_size = ${options.poolSize ?? poolSize}`,
      "max_prepared_statements = 200",
      "query_wait_timeout = 10",
    ],
    ...(options.settings ?? []),
  ];
  writeFileSync(join(folder, "pgbouncer.ini"), `${ini.join("\n")}\n`);
  writeFileSync(join(folder, "userlist.txt"), `"music_library_user" "${testPassword}"\n`);
  chmodSync(folder, 0o700);
  handOver(folder);
  const binary = join(paths.folder("tools", "pgbouncer", "bin"), "pgbouncer");
  const command = unprivileged(binary, ["pgbouncer.ini"]);
  const child: ChildProcess = spawn(command.program, command.args, { cwd: folder, stdio: "ignore" });
  await answering(port, child);
  const stop = async () => {
    const ended = once(child, "exit");
    child.kill("SIGQUIT");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { port, stop };
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
