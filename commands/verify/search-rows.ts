// Rows on search: words taken from the library itself, so that there is something to find, within the promised time.
import type pg from "pg";
import { expectThat, type Measurements, type Row, row } from "./report.ts";

/** The promise holds for libraries of this size and below. */
const promisedTracks = 100_000;
const promisedMs = 200;
const samples = 10;

export async function searchRows(client: pg.Client): Promise<Row[]> {
  return [
    await row("full-text search finds tracks in time", (measured) =>
      searchFigure(client, { name: "search_tracks", query: (artist) => artist }, measured),
    ),
    await row("fuzzy search finds a misspelt artist in time", (measured) =>
      searchFigure(client, { name: "fuzzy_tracks", query: misspelt }, measured),
    ),
  ];
}

async function searchFigure(
  client: pg.Client,
  { name, query }: { name: "search_tracks" | "fuzzy_tracks"; query: (artist: string) => string },
  measured: Measurements,
): Promise<string> {
  const { rows: counts } = await client.query<{ tracks: string }>(
    "select count(*) as tracks from library.audio_tracks",
  );
  const tracks = Number(counts[0]?.tracks ?? 0);
  const { rows: artists } = await client.query<{ artist: string }>(
    "select artist from library.audio_tracks where artist ~ '^[[:alpha:] ]{6,}$' order by md5(id::text) limit $1",
    [samples],
  );
  const latenciesMs: number[] = [];
  Object.assign(measured, { latenciesMs, limitMs: promisedMs });
  // An empty library has nothing to find; the functions must answer all the same.
  for (const { artist } of artists.length === 0 ? [{ artist: "Nobody Yet" }] : artists) {
    const started = performance.now();
    const { rows } = await client.query<{ artist: string }>(`select artist from library.${name}($1, 20)`, [
      query(artist),
    ]);
    latenciesMs.push(performance.now() - started);
    const found = artists.length === 0 || rows.some((found) => found.artist === artist);
    expectThat(found, `"${query(artist)}" does not find the artist it was made from`);
  }
  const slowest = Math.max(...latenciesMs);
  expectThat(
    tracks > promisedTracks || slowest <= promisedMs,
    `slowest answer ${slowest.toFixed(0)} ms at ${tracks} tracks; expected at most ${promisedMs} ms`,
  );
  return `slowest of ${Math.max(artists.length, 1)}: ${slowest.toFixed(1)} ms at ${tracks} tracks (limit ${promisedMs} ms to ${promisedTracks})`;
}

/** One typo: two letters in the middle of the longest word change places. */
export function misspelt(artist: string): string {
  const longest = artist.split(" ").sort((a, b) => b.length - a.length)[0] ?? artist;
  const middle = Math.floor(longest.length / 2);
  const swapped =
    longest.slice(0, middle - 1) + longest.charAt(middle) + longest.charAt(middle - 1) + longest.slice(middle + 1);
  return artist.replace(longest, swapped);
}
