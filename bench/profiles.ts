// What the database flags are worth: each profile on a server of its own, one after the other, with the same load and the same
// searches. The figures are of this machine; only their ratios say something.
import pg from "pg";
import { connectionBudget } from "../components/connection-budget.ts";
import { instanceTier } from "../components/instance-tier.ts";
import { parseConfig } from "../config.ts";
import { generateTracks } from "../tests/support/generated-tracks.ts";
import { startCluster, type TestCluster } from "../tests/support/postgres.ts";
import { applySchema, testDatabase, testPassword } from "../tests/support/schema.ts";

const tracks = 200_000;
const searches = 2000;
const clients = 16;
const rounds = 3;

interface SearchMeasure {
  readonly searchesPerSecond: number;
  readonly p95Ms: number;
}

/** A server of one profile, with all tracks in it. */
interface Server {
  readonly name: string;
  readonly cluster: TestCluster;
  /** What is asked of it. */
  readonly queries: readonly string[];
  /** Inserting all tracks, with their triggers and indexes. */
  readonly loadSeconds: number;
  /** Building all indexes of the tracks anew. */
  readonly indexSeconds: number;
  /** One a round. */
  readonly searches: SearchMeasure[];
}

/** Prints a table; asserts nothing. */
export async function benchProfiles(say: (line: string) => void): Promise<void> {
  const servers: Server[] = [];
  try {
    for (const [name, flags] of Object.entries(profileFlags())) {
      say(`${name}: loading`);
      servers.push(await loaded(name, flags));
    }
    for (let round = 0; round < rounds; round += 1) {
      // Another one begins in every round: what the machine does meanwhile hits each of them.
      for (const server of [...servers.slice(round), ...servers.slice(0, round)]) {
        server.searches.push(await measuredSearch(server));
      }
    }
    print(servers, say);
  } finally {
    for (const { cluster } of servers) await cluster.remove();
  }
}

function print(servers: readonly Server[], say: (line: string) => void): void {
  say(`\n${tracks} tracks; ${searches} searches by ${clients} clients; medians of ${rounds} rounds\n`);
  say("| Profile | Load | Indexes | Searches a second | 95 % within | Log |");
  say("| --- | --- | --- | --- | --- | --- |");
  for (const { name, loadSeconds, indexSeconds, searches: all, cluster } of servers) {
    const cells = [
      `${loadSeconds.toFixed(1)} s`,
      `${indexSeconds.toFixed(1)} s`,
      median(all.map(({ searchesPerSecond }) => searchesPerSecond)).toFixed(0),
      `${median(all.map(({ p95Ms }) => p95Ms)).toFixed(0)} ms`,
      `${(cluster.log().length / 1e6).toFixed(1)} MB`,
    ];
    say(`| ${name} | ${cells.join(" | ")} |`);
  }
}

/** The default machine's flags: computed, those of the first deployment, and what Cloud SQL sets where nobody says anything. */
function profileFlags(): Record<string, Record<string, string>> {
  const config = parseConfig({}, { stack: "bench", project: "music-library-bench", region: "us-central1" });
  const tier = instanceTier(config.tier);
  const of = (flagProfile: "computed" | "first-deployment"): Record<string, string> => {
    const { flags } = connectionBudget({ ...config, flagProfile, tier });
    return Object.fromEntries(flags.map(({ name, value }) => [name, value]));
  };
  const pages = (share: number): string => String(Math.floor((tier.memoryMb * share * 1024) / 8));
  return {
    computed: of("computed"),
    "first-deployment": of("first-deployment"),
    "Cloud SQL's defaults": {
      shared_buffers: pages(0.33),
      effective_cache_size: pages(0.4),
      max_connections: "100",
    },
  };
}

async function loaded(name: string, flags: Readonly<Record<string, string>>): Promise<Server> {
  const cluster = await startCluster({ ...flags, fsync: "on" });
  try {
    return { name, cluster, searches: [], ...(await filled(cluster)) };
  } catch (error) {
    await cluster.remove();
    throw error;
  }
}

async function filled(cluster: TestCluster): Promise<Pick<Server, "queries" | "loadSeconds" | "indexSeconds">> {
  await applySchema(cluster);
  const user = await cluster.connect(testDatabase, "music_library_user", testPassword);
  const admin = await cluster.connect(testDatabase);
  try {
    const loadSeconds = await seconds(() => generateTracks(user, tracks));
    await admin.query("checkpoint");
    const indexSeconds = await seconds(() => admin.query("reindex table library.audio_tracks"));
    return { queries: await queries(admin), loadSeconds, indexSeconds };
  } finally {
    await user.end();
    await admin.end();
  }
}

/** Titles and artists of tracks that are there: frequent words and rare ones, as listeners ask for. */
async function queries(admin: pg.Client): Promise<string[]> {
  const { rows } = await admin.query<{ query: string }>(
    `select case when n % 2 = 0 then title else artist end as query
     from (select row_number() over (order by md5(title || artist || album)) as n, title, artist from library.audio_tracks) t
     where n <= 200`,
  );
  return rows.map(({ query }) => query);
}

async function measuredSearch({ cluster: { port, host }, queries: asked }: Server): Promise<SearchMeasure> {
  const login = { host, port, database: testDatabase, user: "music_library_user", password: testPassword };
  const pool = new pg.Pool({ ...login, max: clients });
  const times: number[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < searches) {
      const query = asked[next++ % asked.length] ?? "";
      const begun = performance.now();
      await pool.query({ name: "search", text: "select * from library.search_tracks($1, 20)", values: [query] });
      times.push(performance.now() - begun);
    }
  };
  try {
    const took = await seconds(() => Promise.all(Array.from({ length: clients }, client)));
    const sorted = times.toSorted((a, b) => a - b);
    return { searchesPerSecond: times.length / took, p95Ms: sorted[Math.floor(times.length * 0.95)] ?? Number.NaN };
  } finally {
    await pool.end();
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
