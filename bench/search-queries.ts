// What is searched for: words of the library itself, drawn evenly from four bands of frequency, always the same.
import type pg from "pg";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Share of the tracks that have a word, up to which it belongs to a band. */
const BANDS = [
  ["rare", 0.0001],
  ["medium", 0.003],
  ["frequent", 0.02],
  ["most frequent", 1],
] as const;
const WORDS_A_BAND = 200;

export class Draws {
  readonly #generator = xoroshiro128plus(7);

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return uniformInt(this.#generator, 0, limit - 1);
  }

  of<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to draw from: the library is too small for this benchmark");
    return item;
  }
}

/** Words by band, the rarest band first. */
export async function bands(client: pg.Client, tracks: number): Promise<string[][]> {
  const found: string[][] = [];
  let from = 0;
  for (const [, share] of BANDS) {
    const { rows } = await client.query<{ word: string }>(
      `select word from library.words where named_tracks > $1 and named_tracks <= $2 and word ~ '^[a-z]{3,}$'
       order by md5(word) limit $3`,
      [from, Math.floor(share * tracks), WORDS_A_BAND],
    );
    found.push(rows.map(({ word }) => word));
    from = Math.floor(share * tracks);
  }
  return found;
}

/** `count` queries of one to four words, each word's band drawn evenly. */
export function mixedQueries(words: readonly (readonly string[])[], draws: Draws, count: number): string[] {
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + draws.below(4) }, () => draws.of(draws.of(words))).join(" "),
  );
}

/** One slip: two letters exchanged, one left out, one doubled, or another one. */
export function misspelt(word: string, draws: Draws): string {
  const place = 1 + draws.below(word.length - 2);
  const [before, letter, after] = [word.slice(0, place), word.charAt(place), word.slice(place + 1)];
  return draws.of([
    before + after.charAt(0) + letter + after.slice(1),
    before + after,
    before + letter + letter + after,
    before + draws.of(["a", "e", "n", "s"]) + after,
  ]);
}
