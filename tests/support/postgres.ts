// A throw-away PostgreSQL 15 for tests: real server, own data folder, free port, gone at the end.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { LocalPaths } from "../../local/paths.ts";
import { postgresBinary } from "../../local/postgres/binaries.ts";
import { handOver, unprivileged } from "../../local/unprivileged.ts";

export interface TestCluster {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** The superuser and its password; tests of rights make their own roles. */
  readonly user: "cloudsqladmin";
  readonly password: string;
  readonly dataDirectory: string;
  readonly process: ChildProcess;
  /** An open client; the caller ends it. */
  connect(database?: string, user?: string, password?: string): Promise<pg.Client>;
  /** The server's log so far. */
  log(): string;
  /** Stops the server; `kill` is SIGKILL, so that tests can see recovery. */
  stop(how?: "fast" | "immediate" | "kill"): Promise<void>;
  /** Starts it again on the same data and port. */
  start(): Promise<void>;
  /** Stops the server and removes its data. */
  remove(): Promise<void>;
}

/** A free port of this machine. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts a cluster with the given flags (raw PostgreSQL settings). fsync is off unless a test asks for it: data is throw-away. */
export async function startCluster(flags: Record<string, string> = {}): Promise<TestCluster> {
  const folder = mkdtempSync(join(new LocalPaths().folder("tests"), "pg-"));
  const dataDirectory = join(folder, "data");
  const logFile = join(folder, "log");
  const passwordFile = join(folder, "password");
  const password = "superuser-of-a-test";
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(passwordFile, password);
  handOver(folder);
  const initdb = unprivileged(postgresBinary("initdb"), [
    ...["-D", dataDirectory, "-U", "cloudsqladmin", "--auth=scram-sha-256", `--pwfile=${passwordFile}`],
    ...["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
  ]);
  execFileSync(initdb.program, initdb.args, { stdio: "pipe" });
  const port = await freePort();
  const settings = {
    fsync: "off",
    ...flags,
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
  };
  const args = [
    "-D",
    dataDirectory,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];

  let child: ChildProcess;
  const connect = async (database = "postgres", user = "cloudsqladmin", secret = password): Promise<pg.Client> => {
    const client = new pg.Client({ host: "127.0.0.1", port, user, password: secret, database });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  const launch = (): void => {
    const command = unprivileged(postgresBinary("postgres"), args);
    const log = openSync(logFile, "a");
    child = spawn(command.program, command.args, { stdio: ["ignore", log, log] });
    closeSync(log);
  };
  const start = async (): Promise<void> => {
    launch();
    for (const deadline = Date.now() + 60_000; ;) {
      try {
        await (await connect()).end();
        return;
      } catch (error) {
        const log = readFileSync(logFile, "utf8");
        // The sessions of a killed server notice its end a moment later, and hold its memory until then.
        if (child.exitCode !== null && / is still in use\n(?:.*\n){0,5}$/.test(log) && Date.now() < deadline) launch();
        else if (child.exitCode !== null || Date.now() > deadline) {
          throw new Error(`PostgreSQL did not start:\n${log}`, { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const stop = async (how: "fast" | "immediate" | "kill" = "fast"): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(how === "fast" ? "SIGINT" : how === "immediate" ? "SIGQUIT" : "SIGKILL");
    await exited;
  };
  await start();
  return {
    host: "127.0.0.1",
    port,
    user: "cloudsqladmin",
    password,
    dataDirectory,
    get process() {
      return child;
    },
    connect,
    log: () => readFileSync(logFile, "utf8"),
    stop,
    start,
    remove: async () => {
      await stop("immediate");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
