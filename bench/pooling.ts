// The pooler as declared, under a thousand clients: beside direct connections on the same server in the same run, and through
// what may happen to it.
import { connectionBudget } from "../components/connection-budget.ts";
import { instanceTier } from "../components/instance-tier.ts";
import { pgbouncerIni } from "../components/pgbouncer-config.ts";
import { Database } from "../client/index.ts";
import { exampleContract } from "../tests/client/contract-example.ts";
import { type Pooler, startPooler } from "../tests/client/pooler-setup.ts";
import { generatedWord, generateTracks } from "../tests/support/generated-tracks.ts";
import { LedgerLoad, type LoadOutcome } from "../tests/support/ledger-load.ts";
import { startCluster, type TestCluster } from "../tests/support/postgres.ts";
import { applySchema, testPassword } from "../tests/support/schema.ts";
import { chaos, stopTogether } from "./pooling-events.ts";
import { connectionPerRequest } from "./pooling-peers.ts";

const CLIENTS = 1_000;
const TRACKS = 20_000;
const LONG_SECONDS = 60;
/** Short turns and many of them, forwards and backwards: what the machine has to give changes within seconds. */
const TURN_SECONDS = 3;
const ROUNDS = 12;
/** Not counted: until each of a thousand connections has its statements prepared, as those of a running service have. */
const WARM_UP_SECONDS = 4;
const DIRECT_SIZES = [4, 8, 16];
/** Words of the made-up library that stand in few titles each: what a search costs is another benchmark's matter. */
const QUERIES = Array.from({ length: 200 }, (_, index) => generatedWord(1_000 + index * 19));
const promised = { ofDirect: 0.95, ofConnecting: 10, recoverySeconds: 5, exitSeconds: 8 };

/** Prints tables; asserts nothing, for machines differ. */
export async function benchPooling(say: (line: string) => void): Promise<void> {
  const budget = connectionBudget({
    ...{ tier: instanceTier("db-custom-1-3840"), flagProfile: "computed", databaseFlags: {} },
    ...{ administrationConnections: 5, serviceMaxInstances: 5, deployOverlap: 2 },
  });
  const cluster = await startCluster({ fsync: "on", max_connections: "100", shared_buffers: "256MB" });
  let pooler: Pooler | undefined;
  try {
    await applySchema(cluster);
    const admin = await cluster.connect("music_library", "music_library_migrator", testPassword);
    await admin.query("set role music_library_owner");
    await generateTracks(admin, TRACKS);
    await admin.end();
    pooler = await startPooler(cluster, { ini: (given) => declaredIni(cluster, given, budget) });
    await throughput(say, cluster, pooler, budget.maxDbConnections);
    await chaos(say, { cluster, pooler, queries: QUERIES, limitSeconds: promised.recoverySeconds });
    await stopTogether(say, { cluster, pooler, limitSeconds: promised.exitSeconds });
  } finally {
    await pooler?.stop();
    await cluster.remove();
  }
}

/** The file that the stack writes, for a server at a port of this machine instead of Cloud SQL's socket. */
function declaredIni(
  cluster: TestCluster,
  { port, user }: { port: number; user: string },
  budget: { poolSize: number; reservePoolSize: number; maxDbConnections: number },
): string {
  const { poolSize, reservePoolSize, maxDbConnections } = budget;
  return pgbouncerIni({
    ...{ listenPort: port, database: "music_library", serverLogin: { name: user, password: testPassword } },
    ...{ server: { mode: "cloudSqlConnector", socketFolder: "127.0.0.1" }, statsLogins: ["music_library_user"] },
    ...{ poolSize, reservePoolSize, maxDbConnections, serviceConcurrency: CLIENTS },
  })
    .replace("port='5432'", `port='${String(cluster.port)}'`)
    .replace(/^auth_file = .*$/m, "auth_file = userlist.txt");
}

async function throughput(
  say: (line: string) => void,
  cluster: TestCluster,
  pooler: Pooler,
  limit: number,
): Promise<void> {
  const contract = exampleContract();
  contract.database.pooler.port = pooler.port;
  const open = (maxConnections: number, direct: boolean) =>
    new Database({
      ...{ contract, password: testPassword, applicationName: "bench", maxConnections, allowDirect: direct },
      ...(direct ? { direct: { host: "127.0.0.1", port: cluster.port, user: "music_library_user" } } : {}),
    });
  const databases = new Map([
    ["pooled", open(CLIENTS, false)],
    ...DIRECT_SIZES.map((size): [string, Database] => [`direct, ${String(size)} connections`, open(size, true)]),
  ]);
  for (const [name, database] of databases) await warm(database, name === "pooled" ? CLIENTS : 0);
  const contestants: [string, () => Promise<number>][] = [
    ...[...databases].map(([name, database]): [string, () => Promise<number>] => [name, () => rate(database)]),
    ["direct, a connection per request", () => connectionPerRequest(cluster, QUERIES, TURN_SECONDS)],
  ];
  const rates = new Map(contestants.map(([name]): [string, number[]] => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, measure] of round % 2 === 0 ? contestants : contestants.toReversed()) {
      rates.get(name)?.push(await measure());
    }
  }
  await Promise.all([...databases.values()].map((database) => database.close()));
  const long = await longRun(open(CLIENTS, false), cluster);
  /** Within a round the machine was the same for both. */
  const pooledTo = (name: string) =>
    geometricMean((rates.get("pooled") ?? []).map((rate, round) => rate / (rates.get(name)?.[round] ?? Number.NaN)));
  say(`${String(CLIENTS)} clients, nine searches to one write, ${String(TRACKS)} tracks      calls/s   pooled's ratio`);
  for (const [name, all] of rates) {
    say(`${name.padEnd(52)} ${median(all).toFixed(0).padStart(9)} ${pooledTo(name).toFixed(2).padStart(14)}x`);
  }
  const ofBest = Math.min(...DIRECT_SIZES.map((size) => pooledTo(`direct, ${String(size)} connections`)));
  say(
    `of the best direct ${ofBest.toFixed(2)} (promised ${promised.ofDirect.toFixed(2)}), of a connection per request ` +
      `${pooledTo("direct, a connection per request").toFixed(1)}x (promised ${String(promised.ofConnecting)}x)`,
  );
  const { outcome, sessions } = long;
  const errors = outcome.retryable + outcome.broken.length;
  say(
    `${outcome.seconds.toFixed(0)} s pooled: ${String(outcome.reads + outcome.writes)} calls, ${String(errors)} errors ` +
      `(promised 0), at most ${String(sessions)} server connections (budget ${String(limit)}), ` +
      `p50 ${quantile(outcome, 0.5)} ms, p99 ${quantile(outcome, 0.99)} ms${outcome.broken[0] === undefined ? "" : `; first: ${outcome.broken[0]}`}\n`,
  );
}

/** Opens a pool's connections, in small groups, because a thousand logins at once are a benchmark of SCRAM; then uses them. */
async function warm(database: Database, connections: number): Promise<void> {
  for (let open = 50; open <= connections; open += 50) {
    await Promise.all(Array.from({ length: open }, () => database.ping()));
  }
  await callsFor(database, WARM_UP_SECONDS);
}

async function rate(database: Database): Promise<number> {
  // Until the calls that began together have spread.
  await callsFor(database, 0.5);
  const { reads, writes, seconds } = await callsFor(database, TURN_SECONDS);
  return (reads + writes) / seconds;
}

async function callsFor(database: Database, seconds: number): Promise<LoadOutcome> {
  const load = new LedgerLoad(database, { clients: CLIENTS, queries: QUERIES });
  await sleep(seconds);
  return load.stop();
}

async function longRun(database: Database, cluster: TestCluster): Promise<{ outcome: LoadOutcome; sessions: number }> {
  const admin = await cluster.connect("music_library");
  await warm(database, CLIENTS);
  const load = new LedgerLoad(database, { clients: CLIENTS, queries: QUERIES });
  let sessions = 0;
  for (const end = Date.now() + LONG_SECONDS * 1000; Date.now() < end;) {
    await sleep(0.5);
    const text = "select count(*)::int as sessions from pg_stat_activity where usename like 'music_library_user%'";
    sessions = Math.max(sessions, (await admin.query<{ sessions: number }>(text)).rows[0]?.sessions ?? 0);
  }
  const outcome = await load.stop();
  await Promise.all([admin.end(), database.close()]);
  return { outcome, sessions };
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function quantile({ latenciesMs }: LoadOutcome, share: number): string {
  return (latenciesMs.toSorted((a, b) => a - b)[Math.floor(latenciesMs.length * share)] ?? Number.NaN).toFixed(0);
}

async function sleep(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
