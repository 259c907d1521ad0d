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

interface Measure {
  /** Inserting all tracks, with their triggers and indexes. */
  readonly loadSeconds: number;
  /** Building all indexes of the tracks anew. */
  readonly indexSeconds: number;
  readonly searchesPerSecond: number;
  readonly p95Ms: number;
  /** What the server wrote into its log, MB. */
  readonly logMb: number;
}

/** Prints a table; asserts nothing. */
export async function benchProfiles(say: (line: string) => void): Promise<void> {
  const profiles = Object.entries(profileFlags());
  const measures = new Map<string, Measure[]>(profiles.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    // Another one begins in every round, so that none always meets the warm machine.
    for (const [name, flags] of [...profiles.slice(round), ...profiles.slice(0, round)]) {
      measures.get(name)?.push(await measured(flags));
      say(`round ${round + 1} of ${rounds}: ${name}`);
    }
  }
  say(`\n${tracks} tracks; ${searches} searches by ${clients} clients; medians of ${rounds} rounds\n`);
  say("| Profile | Load | Indexes | Searches a second | 95 % within | Log |");
  say("| --- | --- | --- | --- | --- | --- |");
  for (const [name, all] of measures) {
    const of = (key: keyof Measure): number => median(all.map((measure) => measure[key]));
    const cells = [
      `${of("loadSeconds").toFixed(1)} s`,
      `${of("indexSeconds").toFixed(1)} s`,
      of("searchesPerSecond").toFixed(0),
      `${of("p95Ms").toFixed(0)} ms`,
      `${of("logMb").toFixed(1)} MB`,
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

async function measured(flags: Readonly<Record<string, string>>): Promise<Measure> {
  const cluster = await startCluster({ ...flags, fsync: "on" });
  try {
    await applySchema(cluster);
    const user = await cluster.connect(testDatabase, "music_library_user", testPassword);
    const admin = await cluster.connect(testDatabase);
    try {
      const logBefore = cluster.log().length;
      const loadSeconds = await seconds(() => generateTracks(user, tracks));
      await admin.query("checkpoint");
      const indexSeconds = await seconds(() => admin.query("reindex table library.audio_tracks"));
      const search = await measuredSearch(cluster, await queries(admin));
      return { loadSeconds, indexSeconds, ...search, logMb: (cluster.log().length - logBefore) / 1e6 };
    } finally {
      await user.end();
      await admin.end();
    }
  } finally {
    await cluster.remove();
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

async function measuredSearch(
  cluster: TestCluster,
  asked: readonly string[],
): Promise<Pick<Measure, "searchesPerSecond" | "p95Ms">> {
  const { port, host } = cluster;
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
