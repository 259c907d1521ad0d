// Single inserts and updates by eight clients while one searches.
import { randomUUID } from "node:crypto";
import { ms, percentile, timed } from "./percentiles.ts";
import type { SearchLibrary } from "./search-library.ts";
import { Draws, mixedQueries } from "./search-queries.ts";

const CLIENTS = 8;
const SECONDS = 15;

export async function benchWrites(
  say: (line: string) => void,
  library: SearchLibrary,
  words: string[][],
): Promise<void> {
  const draws = new Draws();
  const queries = mixedQueries(words, draws, 200);
  const until = performance.now() + SECONDS * 1000;
  const written: number[] = [];
  const searched: number[] = [];
  const ids: string[] = [];
  const write = async (): Promise<void> => {
    const client = await library.pooled();
    while (performance.now() < until) {
      const id = randomUUID();
      const title = `${draws.of(draws.of(words))} ${draws.of(draws.of(words))}`;
      const insert =
        "insert into library.audio_tracks (id, title, artist, audio_path) values ($1, $2, 'The Writers', 'gs://library/w')";
      written.push(await timed(() => client.query({ name: "insert", text: insert, values: [id, title] })));
      const update = "update library.audio_tracks set title = $2 where id = $1";
      written.push(await timed(() => client.query({ name: "update", text: update, values: [id, `${title} again`] })));
      ids.push(id);
    }
    await client.end();
  };
  const search = async (): Promise<void> => {
    const client = await library.pooled();
    while (performance.now() < until) {
      const text = "select id from library.search_tracks($1)";
      searched.push(await timed(() => client.query({ name: "searching", text, values: [draws.of(queries)] })));
    }
    await client.end();
  };
  await Promise.all([...Array.from({ length: CLIENTS }, write), search()]);
  const owner = await library.connect("music_library_migrator");
  await owner.query("set role music_library_owner");
  const { rows } = await owner.query<{ waiting: string; bytes: string }>(
    "select count(*) as waiting, pg_size_pretty(pg_total_relation_size('library.word_changes')) as bytes from library.word_changes",
  );
  await owner.query("delete from library.audio_tracks where id = any($1)", [ids]);
  await owner.end();
  say(
    `writes by ${String(CLIENTS)} clients while searching: ${String(Math.round(written.length / SECONDS))}/s, ` +
      `p50 ${ms(percentile(written, 0.5))}, p99 ${ms(percentile(written, 0.99))} (goal 25 ms); ` +
      `search p99 meanwhile ${ms(percentile(searched, 0.99))}; ` +
      `${rows[0]?.waiting ?? ""} changes not counted yet, ${rows[0]?.bytes ?? ""}`,
  );
}
