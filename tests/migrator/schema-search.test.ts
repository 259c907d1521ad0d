// What searching finds, in which order, and that no input makes it fail.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type pg from "pg";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testDatabase, testPassword } from "../support/schema.ts";

// Title, artist, album, genre.
const tracks = [
  ["Uncertain Smile", "The The", "Soul Mining", "Post-Punk"],
  ["Yesterday", "The Beatles", "Help!", "Pop"],
  ["Help!", "The Beatles", "Help!", "Pop"],
  ["Run", "Snow Patrol", "Final Straw", "Rock"],
  ["Running", "Helado Negro", "This Is How You Smile", "Electronic"],
  ["Ace of Spades", "Motörhead", "Ace of Spades", "Metal"],
  ["Jóga", "Bjo\u0308rk", "Homogenic", "Electronic"],
  ["Highway to Hell", "AC/DC", "Highway to Hell", "Rock"],
  ["All the Small Things", "Blink-182", "Enema of the State", "Pop Punk"],
  ["The Sound of Silence", "Simon & Garfunkel", "Sounds of Silence", "Folk"],
  ["Don't Stop 'Til You Get Enough", "Michael Jackson", "Off the Wall", "Disco"],
  ["I <3 U So", "Cassius", "The Rawkers", "House"],
  ["Scream & Shout", "will.i.am", "#willpower", "Dance"],
  ["Electronic", "Electronic", null, null],
  ["Song 2", "Blur", "Blur", null],
  ["上を向いて歩こう", "坂本 九", null, null],
];

let cluster: TestCluster;
let app: pg.Client;

beforeAll(async () => {
  cluster = await startCluster();
  await applySchema(cluster);
  app = await cluster.connect(testDatabase, "music_library_user", testPassword);
  for (const track of tracks) {
    const sql =
      "insert into audio_tracks (title, artist, album, genre, audio_path) values ($1, $2, $3, $4, 'gs://music/a')";
    await app.query(sql, track);
  }
}, 60_000);

afterAll(async () => {
  await app.end();
  await cluster.remove();
});

/** Titles in the order in which they are found. */
async function titles(search: "search_tracks" | "fuzzy_tracks", query: string | null, limit = 20): Promise<string[]> {
  const { rows } = await app.query<{ title: string }>(`select title from ${search}($1, $2)`, [query, limit]);
  return rows.map((row) => row.title);
}

describe("search_tracks", () => {
  it.each([
    { query: "The The", first: "Uncertain Smile", why: "keeps stop words, words in a row first" },
    { query: "running", first: "Running", why: "puts the word as written before its stem" },
    { query: "run", first: "Run", why: "puts the word as written before its stem" },
    { query: "motorhead", first: "Ace of Spades", why: "finds an accent without typing it" },
    { query: "Môtorheäd", first: "Ace of Spades", why: "finds an accent with other accents" },
    { query: "Björk joga", first: "Jóga", why: "finds decomposed letters by composed ones" },
    { query: "ac dc", first: "Highway to Hell", why: "takes a slash for a space" },
    { query: "AC/DC", first: "Highway to Hell", why: "takes a slash for a space in the query" },
    { query: "blink 182", first: "All the Small Things", why: "takes no number for a negative one" },
    { query: "Blink-182", first: "All the Small Things", why: "takes a hyphen in a word for no negation" },
    {
      query: "Blink-182 - all the small things",
      first: "All the Small Things",
      why: "takes a lone hyphen for nothing",
    },
    { query: "simon and garfunkel", first: "The Sound of Silence", why: "reads & as and" },
    { query: "simon & garfunkel", first: "The Sound of Silence", why: "reads & as and in the query" },
    { query: "dont stop til", first: "Don't Stop 'Til You Get Enough", why: "takes no notice of apostrophes" },
    { query: "don’t stop", first: "Don't Stop 'Til You Get Enough", why: "takes no notice of typographic ones" },
    { query: "i <3 u", first: "I <3 U So", why: "takes no sign for a tag" },
    { query: "will.i.am", first: "Scream & Shout", why: "takes no name for a host" },
    { query: "will i am", first: "Scream & Shout", why: "takes no name for a host" },
    { query: "electronic", first: "Electronic", why: "puts title and artist before genre" },
    { query: "smile", first: "Uncertain Smile", why: "puts title before album" },
    { query: "坂本", first: "上を向いて歩こう", why: "finds other scripts" },
  ])("finds $first for $query: $why", async ({ query, first }) => {
    expect((await titles("search_tracks", query))[0]).toBe(first);
  });

  it("finds a title by another form of its words, both ways", async () => {
    expect(await titles("search_tracks", "running")).toEqual(["Running", "Run"]);
    expect(await titles("search_tracks", "run")).toEqual(["Run", "Running"]);
  });

  it("understands phrases, or and negation", async () => {
    expect(await titles("search_tracks", '"small things"')).toEqual(["All the Small Things"]);
    expect(await titles("search_tracks", '"things small"')).toEqual([]);
    expect((await titles("search_tracks", "yesterday or blur")).toSorted()).toEqual(["Song 2", "Yesterday"]);
    expect(await titles("search_tracks", "beatles -yesterday")).toEqual(["Help!"]);
  });

  it.each([null, "", "  ", '"', "-", "-beatles", "yesterday or -beatles", "!!!", "😀", "-- '; drop table x"])(
    "finds nothing for %j, without failing",
    async (query) => {
      expect(await titles("search_tracks", query)).toEqual([]);
    },
  );

  it("orders by exactness, popularity and a fixed shuffle, and takes the limit to the nearest allowed", async () => {
    await app.query("begin; update audio_tracks set popularity = 7 where title in ('Yesterday', 'Help!')");
    const { rows } = await app.query<{ title: string; popularity: number; exactness: number }>(
      "select title, popularity, exactness from search_tracks('the')",
    );
    expect(rows.length).toBeGreaterThan(4);
    const inOrder = rows.toSorted((a, b) => b.exactness - a.exactness || b.popularity - a.popularity);
    expect(rows).toEqual(inOrder);
    expect(await titles("search_tracks", "the")).toEqual(rows.map(({ title }) => title));
    expect(await titles("search_tracks", "the", 2)).toHaveLength(2);
    expect(await titles("search_tracks", "the", -5)).toHaveLength(1);
    expect(await titles("search_tracks", "the", 2 ** 31 - 1)).toHaveLength(rows.length);
    await app.query("rollback");
  });

  it("puts what is the query before what only has its words, however popular that is", async () => {
    await app.query("begin; update audio_tracks set popularity = 100 where title <> 'Run'");
    expect((await titles("search_tracks", "RUN"))[0]).toBe("Run");
    expect((await titles("search_tracks", "snow patrol run"))[0]).toBe("Run");
    await app.query("rollback");
  });

  it("follows a change of the row", async () => {
    await app.query("begin; update audio_tracks set title = 'Renamed entirely' where title = 'Song 2'");
    expect(await titles("search_tracks", "rename")).toEqual(["Renamed entirely"]);
    expect(await titles("search_tracks", "song")).toEqual([]);
    await app.query("rollback");
  });
});

describe("fuzzy_tracks", () => {
  it.each([
    ["beetles", ["Help!", "Yesterday"]],
    ["beetles yesterdy", ["Yesterday"]],
    ["hte betales", ["Help!", "Yesterday"]],
    ["btu blrur", ["Song 2"]],
    ["blnk 182", ["All the Small Things"]],
    ["garfunkle", ["The Sound of Silence"]],
    ["micheal jakson", ["Don't Stop 'Til You Get Enough"]],
    ["yesterday zzqqxx", ["Yesterday"]],
    ["zzqqxx", []],
  ])("finds for %s what was meant", async (query, found) => {
    expect((await titles("fuzzy_tracks", query)).toSorted()).toEqual(found);
  });

  it("leaves the session's own threshold as it was", async () => {
    await app.query("begin; set local pg_trgm.word_similarity_threshold = 0.77");
    await titles("fuzzy_tracks", "beetles");
    const { rows } = await app.query("show pg_trgm.word_similarity_threshold");
    await app.query("rollback");
    expect(rows).toEqual([{ "pg_trgm.word_similarity_threshold": "0.77" }]);
  });
});

describe("suggest", () => {
  it.each([
    ["bea", ["beatles"]],
    ["BEÄ", ["beatles"]],
    ["the be", ["the beatles"]],
    ["things sm", ["things small"]],
    ["beatles h", ["beatles help"]],
    ["beatles blu", []],
    ["h", ["hell", "help", "highway", "helado"]],
    ["", []],
    ["zzqq", []],
  ])("completes %j to %j", async (prefix, completions) => {
    const { rows } = await app.query<{ suggestion: string; tracks: number }>("select * from suggest($1)", [prefix]);
    expect(rows.map(({ suggestion }) => suggestion).toSorted()).toEqual(completions.toSorted());
    expect(rows).toEqual(rows.toSorted((a, b) => b.tracks - a.tracks || (a.suggestion < b.suggestion ? -1 : 1)));
  });
});

describe("any input", () => {
  // NUL cannot be sent to PostgreSQL at all.
  const sendable = (text: string): boolean => !text.includes("\0");
  const syntax = fc.constantFrom(
    '"',
    "-",
    " or ",
    "the",
    "!",
    "&",
    "|",
    "(",
    ")",
    ":*",
    "<->",
    "'",
    "\\",
    "😀",
    "é",
    " ",
    "%",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }).filter(sendable),
    fc.array(syntax, { maxLength: 60 }).map((parts) => parts.join("")),
  );

  it("is a valid query for every search", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (query) => {
        await titles("search_tracks", query);
        await titles("fuzzy_tracks", query);
        await app.query("select suggest($1)", [query]);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it("is a valid title that its own words find", async () => {
    const title = fc.array(fc.constantFrom(...Array.from("aéßñŁ漢'-/.&<>@:_+\"! 1")), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(title, async (letters) => {
        const name = `x${letters.join("")}`;
        await app.query("begin");
        await app.query("insert into audio_tracks (title, audio_path) values ($1, 'gs://music/a')", [name]);
        const found = await titles("search_tracks", name.replaceAll('"', " ").replaceAll(/(?<=\s)-+/g, " "), 1000);
        await app.query("rollback");
        expect(found).toContain(name);
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it.each([
    "beetles ".repeat(1300),
    "a".repeat(10_240),
    '"'.repeat(10_240),
    "-".repeat(10_240),
    "ﷺ".repeat(10_240),
    "a or ".repeat(2048),
  ])("may be 10 KB long", async (query) => {
    const before = performance.now();
    await titles("search_tracks", query);
    await titles("fuzzy_tracks", query);
    await app.query("select suggest($1)", [query]);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
