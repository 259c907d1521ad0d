// `npm run load` beside what one does by hand: COPY into the bare table, then every index. Then into a library in use.
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { startPooler } from "../tests/client/pooler-setup.ts";
import type { TestCluster } from "../tests/support/postgres.ts";
import { applySchema, testDatabase, testPassword } from "../tests/support/schema.ts";
import { ms, percentile, timed } from "./percentiles.ts";
import { declaredCluster, generatedFile, load, openLibrary, type SearchLibrary } from "./search-library.ts";
import { bands, Draws, mixedQueries } from "./search-queries.ts";

/** Share of the library that is loaded into it while it is in use. */
const LIVE_SHARE = 50;

/**
 * Prints lines; asserts nothing, for machines differ. With BENCH_PORT (see openLibrary) it loads into the library that is
 * there, and keeps what it loaded.
 */
export async function benchLoad(say: (line: string) => void, tracks = 100_000): Promise<void> {
  if (process.env["BENCH_PORT"] !== undefined) {
    const library = await openLibrary(tracks);
    try {
      await benchLive(say, library, library.tracks);
    } finally {
      await library.remove();
    }
    return;
  }
  const { file, remove } = await generatedFile(tracks);
  try {
    const byHand = await onCluster((cluster) => copyByHand(cluster, file));
    say(
      `by hand: COPY, then every index: ${seconds(byHand[0])}; the words, without which none is searched: ${seconds(byHand[1])}`,
    );
    await onCluster(async (cluster) => {
      let memory = 0;
      const loaded = await timed(async () => {
        memory = await load(cluster.port, "music_library_migrator", file, ["--as", "migrator"]);
      });
      const ratio = (loaded / (byHand[0] ?? Number.NaN)).toFixed(2);
      say(
        `npm run load --as migrator, words counted too: ${seconds(loaded)}, ${ratio}x (goal 1.25x), ${memory.toFixed(0)} MB`,
      );
      const connect = (user: string): Promise<pg.Client> => cluster.connect(testDatabase, user, testPassword);
      await benchLive(say, { port: cluster.port, connect }, tracks);
      return [loaded];
    });
  } finally {
    remove();
  }
}

async function onCluster(work: (cluster: TestCluster) => Promise<number[]>): Promise<number[]> {
  const cluster = await declaredCluster();
  try {
    await applySchema(cluster);
    return await work(cluster);
  } finally {
    await cluster.remove();
  }
}

/** Milliseconds of COPY and the indexes, and those of counting the words between them. */
async function copyByHand(cluster: TestCluster, file: string): Promise<number[]> {
  const client = await cluster.connect(testDatabase, "music_library_migrator", testPassword);
  await client.query("set role music_library_owner");
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
     where indrelid = 'library.audio_tracks'::regclass and not indisprimary`,
  );
  for (const { name } of rows) await client.query(`drop index ${name}`);
  await client.query("alter table library.audio_tracks disable trigger user");
  const columns =
    "id, title, artist, album, genre, year, duration, channels, sample_rate, bitrate, format, audio_path, status, popularity, created_at";
  const copied = await timed(() =>
    pipeline(
      createReadStream(file),
      client.query(copyFrom(`copy library.audio_tracks (${columns}) from stdin csv header`)),
    ),
  );
  const counted = await timed(() => client.query("select library.rebuild_words(), library.choose_common_words()"));
  const indexed = await timed(async () => {
    for (const { definition } of rows) await client.query(definition);
    await client.query("analyze library.audio_tracks");
  });
  await client.end();
  return [copied + indexed, counted];
}

async function benchLive(
  say: (line: string) => void,
  { port, connect }: Pick<SearchLibrary, "port" | "connect">,
  tracks: number,
): Promise<void> {
  const more = Math.ceil(tracks / LIVE_SHARE);
  // Another seed for each library: what a run before this one has loaded is not loaded again.
  const { file, remove } = await generatedFile(more, tracks);
  const pooler = await startPooler({ port });
  const client = await connect("music_library_user");
  try {
    const queries = mixedQueries(await bands(client, tracks), new Draws(), 400);
    const alone = await searchWhile(client, queries, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5_000));
    });
    let [took, memory] = [0, 0];
    const meanwhile = await searchWhile(client, queries, async () => {
      took = await timed(async () => {
        memory = await load(pooler.port, "music_library_user", file);
      });
    });
    say(
      `${String(more)} rows into the library in use, through PgBouncer: ${String(Math.round((more / took) * 1000))} rows/s (goal 15,000); ` +
        `search p99 ${ms(percentile(meanwhile, 0.99))}, alone ${ms(percentile(alone, 0.99))} (goal twice); ${memory.toFixed(0)} MB`,
    );
  } finally {
    await client.end();
    await pooler.stop();
    remove();
  }
}

/** Times of searches that run one after the other until the work is done. */
async function searchWhile(
  client: pg.Client,
  queries: readonly string[],
  work: () => Promise<void>,
): Promise<number[]> {
  const times: number[] = [];
  const progress = { done: false };
  const working = work().finally(() => {
    progress.done = true;
  });
  for (let n = 0; !progress.done; n += 1) {
    const values = [queries[n % queries.length]];
    times.push(
      await timed(() => client.query({ name: "search", text: "select id from library.search_tracks($1)", values })),
    );
  }
  await working;
  return times;
}

function seconds(time = Number.NaN): string {
  return `${(time / 1000).toFixed(1)} s`;
}
