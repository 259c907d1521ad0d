// What may happen to server, pooler and application while a thousand clients are at work.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Database } from "../client/index.ts";
import { exampleContract } from "../tests/client/contract-example.ts";
import type { Pooler } from "../tests/client/pooler-setup.ts";
import { LedgerLoad } from "../tests/support/ledger-load.ts";
import { freePort, type TestCluster } from "../tests/support/postgres.ts";
import { testPassword } from "../tests/support/schema.ts";

const CLIENTS = 1_000;
/** Of the pool that they share: a thousand logins at once after each event would be a benchmark of SCRAM. */
const CONNECTIONS = 100;
const HTTP_CLIENTS = 64;

interface Scene {
  readonly cluster: TestCluster;
  readonly pooler: Pooler;
  readonly limitSeconds: number;
}

/** One row an event: errors, time until calls succeed again, acknowledged writes that are gone. */
export async function chaos(
  say: (line: string) => void,
  { cluster, pooler, limitSeconds, queries }: Scene & { readonly queries: readonly string[] },
): Promise<void> {
  const contract = exampleContract();
  contract.database.pooler.port = pooler.port;
  const events: readonly [string, () => Promise<void>][] = [
    ["PostgreSQL restarted", () => restart(cluster, "fast")],
    ["PostgreSQL killed and started", () => restart(cluster, "kill")],
    ["PgBouncer restarted", () => pooler.restart()],
    ["credential rotated", () => rotate(cluster, pooler)],
    ["migration applied", () => migrate(cluster)],
  ];
  say(
    `under ${String(CLIENTS)} clients, a tenth of the calls writes retryable   other errors   recovery   writes   lost`,
  );
  for (const [name, event] of events) {
    const database = new Database({
      ...{ contract, password: testPassword, applicationName: "chaos", maxConnections: CONNECTIONS },
    });
    const load = new LedgerLoad(database, { clients: CLIENTS, queries });
    await load.recovery();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await event();
    const recoveryMs = await load.recovery();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const { retryable, broken, writes } = await load.stop();
    const admin = await cluster.connect("music_library");
    const lost = await load.lost(admin);
    await Promise.all([admin.end(), database.close()]);
    say(
      `${name.padEnd(44)} ${String(retryable).padStart(9)} ${String(broken.length).padStart(14)} ` +
        `${(recoveryMs / 1000).toFixed(2).padStart(8)} s ${String(writes).padStart(8)} ${String(lost).padStart(6)}` +
        (broken[0] === undefined ? "" : `   first: ${broken[0]}`),
    );
  }
  say(`promised: only retryable errors, recovery within ${String(limitSeconds)} s, nothing lost\n`);
}

async function restart(cluster: TestCluster, how: "fast" | "kill"): Promise<void> {
  await cluster.stop(how);
  await cluster.start();
}

async function rotate(cluster: TestCluster, pooler: Pooler): Promise<void> {
  pooler.useLogin("music_library_user_b");
  await new Promise((resolve) => setTimeout(resolve, 500));
  const admin = await cluster.connect();
  await admin.query("alter role music_library_user nologin");
  await admin.end();
}

async function migrate(cluster: TestCluster): Promise<void> {
  const client = await cluster.connect("music_library", "music_library_migrator", testPassword);
  await client.query("set role music_library_owner; set lock_timeout = '5s'");
  await client.query("alter table library.audio_tracks add column mood text");
  await client.query("create index concurrently idx_audio_tracks_mood on library.audio_tracks (mood)");
  await client.end();
}

/** SIGTERM to the service and its pooler at the same moment, as Cloud Run sends it: every request under way is answered. */
export async function stopTogether(say: (line: string) => void, scene: Scene): Promise<void> {
  const { pooler, limitSeconds } = scene;
  const contract = exampleContract();
  contract.database.pooler.port = pooler.port;
  const port = await freePort();
  const child = spawn(process.execPath, ["service/main.ts"], {
    cwd: join(import.meta.dirname, ".."),
    stdio: "ignore",
    env: {
      ...{ MUSIC_LIBRARY_CONTRACT: JSON.stringify(contract), POOLER_PASSWORD: testPassword, LOG_LEVEL: "silent" },
      ...{ PORT: String(port), HOST: "127.0.0.1" },
    },
  });
  const uri = `http://127.0.0.1:${String(port)}`;
  while ((await fetch(`${uri}/ready`).catch(() => undefined))?.status !== 200) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const counts = { answered: 0, lost: 0 };
  let stopping = false;
  const client = async (index: number) => {
    for (let turn = index; !stopping; turn += 1) {
      const response = await fetch(`${uri}/tracks?query=album%20${String(turn % 50)}`).catch(() => undefined);
      const body = await response?.text().catch(() => undefined);
      if (response?.status === 200 && body !== undefined) counts.answered += 1;
      else counts.lost += 1;
    }
  };
  const clients = Array.from({ length: HTTP_CLIENTS }, (_, index) => client(index));
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const exits = [once(child, "exit"), once(pooler.process, "exit")];
  // The front sends nothing new from here on; what it has sent is under way.
  stopping = true;
  const signalled = performance.now();
  child.kill("SIGTERM");
  pooler.process.kill("SIGTERM");
  await Promise.all([...clients, ...exits]);
  const seconds = (performance.now() - signalled) / 1000;
  say(
    `SIGTERM to application and sidecar, ${String(HTTP_CLIENTS)} requests under way: ${String(counts.answered)} answered, ` +
      `${String(counts.lost)} lost (promised 0), both gone after ${seconds.toFixed(1)} s (promised ${String(limitSeconds)} s)`,
  );
}
