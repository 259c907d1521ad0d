// Search beside what one writes first: ts_rank over every match, pg_trgm over the tracks, OFFSET. In turn, on one server,
// through PgBouncer with prepared statements.
import Table from "cli-table3";
import type pg from "pg";
import { ms, percentile, timed } from "./percentiles.ts";
import { openLibrary, type SearchLibrary } from "./search-library.ts";
import { bands, Draws, misspelt, mixedQueries } from "./search-queries.ts";
import { relevance } from "./search-relevance.ts";
import { benchWrites } from "./search-writes.ts";

const QUERIES = 800;
/** Of the peers, which take seconds; what takes longer than the limit counts as that long. */
const PEER_QUERIES = 12;
const PEER_LIMIT_MS = 10_000;

type Search = (text: string) => Promise<unknown>;

interface Clients {
  client: pg.Client;
  peer: pg.Client;
}

/** Prints a table; asserts nothing, for machines differ. */
export async function benchSearch(say: (line: string) => void, tracks = 100_000): Promise<void> {
  const library = await openLibrary(tracks);
  const client = await library.pooled();
  const peer = await library.connect("music_library_user");
  await peer.query(`set statement_timeout = ${String(PEER_LIMIT_MS)}`);
  try {
    say(`${library.tracks.toLocaleString("en")} tracks`);
    const table = new Table({ head: ["", "goal", "this project", "peer", "peer's ratio to it"] });
    const words = await bands(client, library.tracks);
    await searchRows(table, { client, peer }, words);
    await fuzzyRows(table, { client, peer }, words);
    await pageRow(table, { client, peer }, words);
    await relevanceRow(table, library, client);
    say(table.toString());
    await benchWrites(say, library, words);
  } finally {
    await client.end();
    await peer.end();
    await library.remove();
  }
}

function statement(client: pg.Client, name: string, text: string): Search {
  return (value) =>
    client.query({ name, text, values: [value] }).catch((error: unknown) => {
      // Cancelled by the peers' limit.
      if (!(error instanceof Error && "code" in error && error.code === "57014")) throw error;
    });
}

async function times(search: Search, texts: readonly string[]): Promise<number[]> {
  const all: number[] = [];
  for (const text of texts) all.push(await timed(() => search(text)));
  return all;
}

async function searchRows(table: Table.Table, { client, peer: rival }: Clients, words: string[][]): Promise<void> {
  const queries = mixedQueries(words, new Draws(), QUERIES);
  const own = statement(client, "own", "select id from library.search_tracks($1)");
  const peer = statement(
    rival,
    "ts_rank",
    `select id from library.audio_tracks where search_vector @@ library.search_query('library.music_stems', $1)
     order by ts_rank(search_vector, library.search_query('library.music', $1)) desc, id limit 20`,
  );
  // Each server session makes its plans once.
  await times(own, queries.slice(0, 20));
  const first = await times(own, queries);
  const peers = await times(peer, queries.slice(0, PEER_QUERIES));
  for (const [name, share, goal] of [
    ["search, p50", 0.5, "3 ms"],
    ["search, p99", 0.99, "50 ms"],
    ["search, slowest", 1, ""],
  ] as const) {
    const [mine, theirs] = [percentile(first, share), percentile(peers, share)];
    table.push([name, goal, ms(mine), `ts_rank ${ms(theirs)}`, `${(theirs / mine).toFixed(1)}x`]);
  }
  const names = ["rare", "medium", "frequent", "most frequent"];
  for (const [place, band] of words.entries()) {
    const alone = await times(own, band);
    table.push([
      `one ${names[place] ?? ""} word, p50 / p99`,
      "",
      `${ms(percentile(alone, 0.5))} / ${ms(percentile(alone, 0.99))}`,
      "",
      "",
    ]);
  }
}

async function fuzzyRows(table: Table.Table, { client, peer }: Clients, words: string[][]): Promise<void> {
  const draws = new Draws();
  const long = words.flat().filter((word) => word.length >= 5);
  const texts = Array.from({ length: 300 }, () =>
    Array.from({ length: 1 + draws.below(2) }, () => misspelt(draws.of(long), draws)).join(" "),
  );
  const own = await times(statement(client, "fuzzy", "select id from library.fuzzy_tracks($1)"), texts);
  const trigrams = statement(
    peer,
    "trigrams",
    `select id from library.audio_tracks where title operator(extensions.%) $1
     order by extensions.similarity(title, $1) desc, id limit 20`,
  );
  const peers = await times(trigrams, texts.slice(0, 5));
  const [mine, theirs] = [percentile(own, 0.99), percentile(peers, 0.99)];
  table.push(["fuzzy, p99", "20 ms", ms(mine), `pg_trgm ${ms(theirs)}`, `${(theirs / mine).toFixed(1)}x`]);
  const prefixes = Array.from({ length: 300 }, () => draws.of(words.flat()).slice(0, 1 + draws.below(5)));
  const suggested = await times(statement(client, "suggest", "select suggestion from library.suggest($1)"), prefixes);
  table.push(["suggest, p99", "10 ms", ms(percentile(suggested, 0.99)), "", ""]);
}

async function pageRow(table: Table.Table, { client, peer: rival }: Clients, words: string[][]): Promise<void> {
  const word = words.at(-1)?.[0] ?? "";
  const page = async (after: string | null): Promise<string | null> => {
    const text = "select cursor from library.search_tracks($1, 20, $2)";
    const { rows } = await client.query<{ cursor: string }>({ name: "page", text, values: [word, after] });
    return rows.length < 20 ? null : (rows.at(-1)?.cursor ?? null);
  };
  let cursor: string | null = null;
  let pages = 0;
  for (; pages < 499; pages += 1) {
    const next = await page(cursor);
    if (next === null) break;
    cursor = next;
  }
  const deep: number[] = [];
  const first: number[] = [];
  const offset: number[] = [];
  const offsetText = `select id from library.audio_tracks where search_vector @@ library.search_query('library.music_stems', $1)
    order by popularity desc, id offset ${String(pages * 20)} limit 20`;
  const byOffset = statement(rival, "offset", offsetText);
  for (let round = 0; round < 21; round += 1) {
    first.push(await timed(() => page(null)));
    deep.push(await timed(() => page(cursor)));
    if (round < 3) offset.push(await timed(() => byOffset(word)));
  }
  const [one, last, peer] = [percentile(first, 0.5), percentile(deep, 0.5), percentile(offset, 0.5)];
  const seen = `${(last / one).toFixed(2)}x (${ms(last)})`;
  table.push([
    `page ${String(pages + 1)} to page 1`,
    "1.2x",
    seen,
    `OFFSET ${ms(peer)}`,
    `${(peer / last).toFixed(1)}x`,
  ]);
}

async function relevanceRow(table: Table.Table, library: SearchLibrary, client: pg.Client): Promise<void> {
  for (const { kind, found, of } of await relevance(client, library.tracks)) {
    table.push([`in the first 10: ${kind}`, "99 %", `${((100 * found) / of).toFixed(1)} % of ${String(of)}`, "", ""]);
  }
}
