// Planted tracks that nobody plays, and the queries of people who look for them: how many stand among the first ten.
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { bands, Draws, misspelt } from "./search-queries.ts";

const TARGETS = 200;
const ACCENTS: Readonly<Record<string, string>> = { a: "á", e: "é", i: "í", o: "ö", u: "ü" };

/** Of a library with that many tracks, in which the client may insert and delete. */
export async function relevance(
  client: pg.Client,
  tracks: number,
): Promise<{ kind: string; found: number; of: number }[]> {
  const draws = new Draws();
  const words = (await bands(client, tracks)).flat();
  const planted = Array.from({ length: TARGETS }, () => {
    const some = (count: number): string => Array.from({ length: count }, () => draws.of(words)).join(" ");
    return { id: randomUUID(), title: some(2 + draws.below(2)), artist: some(2) };
  });
  const accented = (text: string): string =>
    text.replaceAll(/[aeiou]/g, (letter) => (draws.below(3) === 0 ? (ACCENTS[letter] ?? letter) : letter));
  const stored = new Map(planted.map(({ id, title, artist }) => [id, [accented(title), accented(artist)]] as const));
  for (const [id, names] of stored) {
    const text =
      "insert into library.audio_tracks (id, title, artist, audio_path) values ($1, $2, $3, 'gs://library/planted')";
    await client.query(text, [id, ...names]);
  }
  const first = async (id: string, search: "search_tracks" | "fuzzy_tracks", query: string): Promise<boolean> => {
    const { rows } = await client.query<{ id: string }>(`select id from library.${search}($1, 10)`, [query]);
    return rows.some((row) => row.id === id);
  };
  const typo = (text: string): string => {
    const longest = text.split(" ").reduce((long, word) => (word.length > long.length ? word : long), "");
    return text.replace(longest, misspelt(longest, draws));
  };
  const kinds: readonly [string, (track: (typeof planted)[number]) => Promise<boolean>][] = [
    ["exact title", ({ id }) => first(id, "search_tracks", stored.get(id)?.[0] ?? "")],
    ["exact title, accents missing", ({ id, title }) => first(id, "search_tracks", title)],
    ["exact artist, accents missing", ({ id, artist }) => first(id, "search_tracks", artist)],
    ["artist and title", ({ id, artist, title }) => first(id, "search_tracks", `${artist} ${title}`)],
    ["title with one typo", ({ id, title }) => first(id, "fuzzy_tracks", typo(title))],
    [
      "artist and title with one typo",
      ({ id, artist, title }) => first(id, "fuzzy_tracks", typo(`${artist} ${title}`)),
    ],
  ];
  const results: { kind: string; found: number; of: number }[] = [];
  for (const [kind, isFound] of kinds) {
    let found = 0;
    for (const track of planted) if (await isFound(track)) found += 1;
    results.push({ kind, found, of: TARGETS });
  }
  await client.query("delete from library.audio_tracks where id = any($1)", [planted.map(({ id }) => id)]);
  return results;
}
