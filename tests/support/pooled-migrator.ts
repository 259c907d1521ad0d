// A real PgBouncer before a test cluster, for the migrator's login.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { LocalPaths } from "../../local/paths.ts";
import { handOver, unprivileged } from "../../local/unprivileged.ts";
import { freePort, type TestCluster } from "./postgres.ts";

export interface Pooler {
  connect(database: string): Promise<pg.Client>;
  stop(): Promise<void>;
}

export async function poolMigrator(cluster: TestCluster, mode: "transaction" | "session"): Promise<Pooler> {
  const paths = new LocalPaths();
  const folder = mkdtempSync(join(paths.folder("tests"), "pooler-"));
  const port = await freePort();
  const ini = [
    ...["[databases]", `* = host=127.0.0.1 port=${cluster.port} user=migrator password=test`],
    ...["[pgbouncer]", "listen_addr = 127.0.0.1", `listen_port = ${port}`, "unix_socket_dir ="],
    ...["auth_type = scram-sha-256", "auth_file = userlist.txt", `pool_mode = ${mode}`, "default_pool_size = 5"],
  ];
  writeFileSync(join(folder, "pgbouncer.ini"), `${ini.join("\n")}\n`);
  writeFileSync(join(folder, "userlist.txt"), '"migrator" "test"\n');
  chmodSync(folder, 0o700);
  handOver(folder);
  const command = unprivileged(join(paths.folder("tools", "pgbouncer", "bin"), "pgbouncer"), ["pgbouncer.ini"]);
  const child: ChildProcess = spawn(command.program, command.args, { cwd: folder, stdio: "ignore" });
  const connect = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({ host: "127.0.0.1", port, database, user: "migrator", password: "test" });
    client.on("error", () => undefined);
    for (const deadline = Date.now() + 10_000; ;) {
      try {
        await client.connect();
        return client;
      } catch (error) {
        if (child.exitCode !== null || Date.now() > deadline) throw new Error("PgBouncer", { cause: error });
        await new Promise((resolve) => setTimeout(resolve, 50));
        return await connect(database);
      }
    }
  };
  const stop = async (): Promise<void> => {
    const ended = once(child, "exit");
    child.kill("SIGQUIT");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { connect, stop };
}
