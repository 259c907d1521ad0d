// Pages of search: whichever way the tracks are found, they come in the documented order, none twice and none left out.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type pg from "pg";
import { generateTracks } from "../support/generated-tracks.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testDatabase, testPassword } from "../support/schema.ts";

let cluster: TestCluster;
let app: pg.Client;
let owner: pg.Client;

beforeAll(async () => {
  cluster = await startCluster();
  await applySchema(cluster);
  app = await cluster.connect(testDatabase, "music_library_user", testPassword);
  // As many as the frequent words need to be searched the other way than the rare ones.
  await generateTracks(app, 6_000);
  await app.query("update audio_tracks set popularity = floor(100 * random() ^ 6)");
  await app.query("select fold_word_changes(100000)");
  owner = await cluster.connect(testDatabase, "music_library_migrator", testPassword);
  await owner.query("set role music_library_owner");
}, 120_000);

afterAll(async () => {
  await Promise.all([app.end(), owner.end()]);
  await cluster.remove();
});

interface Found {
  id: string;
  cursor: string;
}

async function page(query: string, size: number, after: string | null = null): Promise<Found[]> {
  return (await app.query<Found>("select id, cursor from search_tracks($1, $2, $3)", [query, size, after])).rows;
}

/** Every track of a query, page by page, the sizes taken in turn. */
async function allPages(
  query: string,
  sizes: number[],
  between: () => Promise<void> = async () => undefined,
): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  for (let turn = 0; ; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    const found = await page(query, size, after);
    ids.push(...found.map(({ id }) => id));
    if (found.length < size) return ids;
    after = found.at(-1)?.cursor ?? null;
    await between();
  }
}

/** The documented order, from the whole table and without any of the search's own steps. */
const reference = `
  select t.id
  from audio_tracks t, lateral (
    select parsed_text($1) as asked, parsed_text(t.title) as title, parsed_text(coalesce(t.artist, '')) as artist
  ) p
  where t.search_vector @@ search_query('library.music_stems', $1)
  order by
    case when p.asked in (p.title, p.artist, p.title || ' ' || p.artist, p.artist || ' ' || p.title)
      and $1 !~ '-| or ' then case when p.asked = p.title and p.asked <> p.artist then 3 else 4 end
    when to_tsvector('library.music', fold_text(t.title || ' ' || coalesce(t.artist, '')))
      @@ search_query('library.music', $1) then 2
    else 1 end desc, popularity desc, uuid_hash_extended(id, 0) & 1099511627775 desc, id desc`;

/** Frequent words of titles and albums, rare ones, and what people put between them. */
const frequent = ["bababa", "album", "rock", "of", "1", "vequilolo", "vepelove", "jazz"];
const queries = fc
  .array(
    fc.oneof(fc.constantFrom(...frequent), fc.constantFrom("kekeke", "lolorun", "-bababa", "or", '"album 1"', "zz")),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((words) => words.join(" "))
  .filter((query) => !/^-|or -|^or| or$/.test(query));

/** Scans of each index until now. */
async function scans(): Promise<Record<string, number>> {
  await app.query("select pg_stat_force_next_flush()");
  const { rows } = await owner.query<{ name: string; scans: string }>(
    "select indexrelname as name, idx_scan as scans from pg_stat_user_indexes where relname = 'audio_tracks'",
  );
  return Object.fromEntries(rows.map((row) => [row.name, Number(row.scans)]));
}

const ORDER_AND_NAMES = ["idx_audio_tracks_order", "idx_audio_tracks_placed_names", "idx_audio_tracks_search"];

describe.each([
  { state: "without pairs of common words", prepare: "select 1", pairs: false },
  {
    state: "with them",
    prepare: "select library.choose_common_words(400); reindex index library.idx_audio_tracks_pairs",
    pairs: true,
  },
  {
    state: "with others chosen, before the index knows them",
    prepare: "select library.choose_common_words(100)",
    pairs: false,
  },
])("pages $state", ({ prepare, pairs }) => {
  beforeAll(async () => {
    await owner.query(prepare);
  });

  it("hold, one after the other, exactly what is found, in the documented order", async () => {
    const before = await scans();
    let tracks = 0;
    await fc.assert(
      fc.asyncProperty(
        queries,
        fc.array(fc.integer({ min: 50, max: 1000 }), { minLength: 1, maxLength: 3 }),
        async (query, sizes) => {
          const { rows } = await app.query<Found>(reference, [query]);
          expect(await allPages(query, sizes)).toEqual(rows.map(({ id }) => id));
          tracks += rows.length;
        },
      ),
      {
        numRuns: 14,
        examples: [
          ["bababa rock", [70]],
          ["vequilolo vepelove jazz", [1000]],
          ["bababa", [300]],
          ["album", [1000]],
          ["album of", [700]],
          ["bababa or kekeke", [400]],
        ],
      },
    );
    expect(tracks).toBeGreaterThan(10_000);
    const after = await scans();
    const used = Object.keys(after).filter((index) => (after[index] ?? 0) > (before[index] ?? 0));
    expect(used).toEqual(expect.arrayContaining(ORDER_AND_NAMES));
    expect(used.includes("idx_audio_tracks_pairs")).toBe(pairs);
  }, 120_000);

  it("of one track each come without repeating and skipping, too", async () => {
    const { rows } = await app.query<Found>(reference, ["vequilolo vepelove"]);
    expect(await allPages("vequilolo vepelove", [1])).toEqual(rows.map(({ id }) => id));
    expect(rows.length).toBeGreaterThan(5);
  });

  it.each(["bababa", "bababa album"])("of %s keep every track while others come and go", async (query) => {
    const before = (await app.query<Found>(reference, [query])).rows.map(({ id }) => id);
    const planted: string[] = [];
    const found = await allPages(query, [80], async () => {
      const id = randomUUID();
      planted.push(id);
      await app.query(
        "insert into audio_tracks (id, title, artist, popularity, audio_path) values ($1, $2, 'vequilolo', $3, 'gs://library/a')",
        [id, `bababa album ${String(planted.length)}`, planted.length % 101],
      );
      if (planted.length % 2 === 0) await app.query("delete from audio_tracks where id = $1", [planted.at(-2)]);
    });
    await app.query("delete from audio_tracks where id = any($1)", [planted]);
    expect(new Set(found).size).toBe(found.length);
    expect(found.filter((id) => !planted.includes(id))).toEqual(before);
    expect(planted.length).toBeGreaterThan(0);
  });
});

it("a page of a hundred words that no track has is empty", async () => {
  const words = Array.from({ length: 100 }, (_, n) => `x${String(n)}`).join(" ");
  expect(await page(words, 20)).toEqual([]);
  expect(await page(`bababa ${words}`, 20)).toEqual([]);
});

describe("a cursor", () => {
  it("is the same for the same query in other spelling, and refused with ML003 for another", async () => {
    const [first] = await page("bababa", 1);
    expect(await page("BÁBABA", 3, first?.cursor)).toEqual(await page("bababa", 3, first?.cursor));
    await expect(page("bababa album", 3, first?.cursor)).rejects.toMatchObject({ code: "ML003" });
  });

  it("is refused with ML003 whatever else it is", async () => {
    const [first] = await page("bababa", 1);
    const cursor = first?.cursor ?? "";
    const edited = fc
      .tuple(fc.nat({ max: cursor.length - 1 }), fc.constantFrom("0", "1", "7", "a", "f", ".", "-", "x"))
      .map(([place, sign]) => cursor.slice(0, place) + sign + cursor.slice(place + 1));
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 80 }).filter((given) => !given.includes("\0")),
      edited,
    );
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        // Another place of the same query is a cursor that could have been given.
        if (/^[123]\.\d{1,15}\.[0-9a-f-]{36}\./.test(given) && given.endsWith(cursor.split(".")[3] ?? "")) return;
        await expect(page("bababa", 3, given)).rejects.toMatchObject({ code: "ML003" });
      }),
      { numRuns: 200, examples: [[""], ["1"], [`${cursor} `], ["3.1.x.1"]] },
    );
  });
});
