// Slices of the order of search: what they hold, and that searching by them finds what the other ways find.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type pg from "pg";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testDatabase, testPassword } from "../support/schema.ts";

const TOP = "9223372036854775807";
const SHUFFLE = 1n << 40n;

let cluster: TestCluster;
let app: pg.Client;
let owner: pg.Client;

beforeAll(async () => {
  cluster = await startCluster({ track_functions: "pl" });
  await applySchema(cluster);
  app = await cluster.connect(testDatabase, "music_library_user", testPassword);
  owner = await cluster.connect(testDatabase, "music_library_migrator", testPassword);
  await owner.query("set role music_library_owner");
  // So many that a page of "middling" is cheapest by slices; of popularity 0 are 1,819.
  await app.query(`
    insert into audio_tracks (title, artist, album, popularity, audio_path)
    select concat_ws(' ', 'song', n, case when n % 50 = 0 then 'middling' end, case when n % 300 = 0 then 'seldom' end),
      case when n % 3 = 0 then 'Somebody' else 'Nobody' end, case when n % 75 = 0 then 'Middling' end,
      4 * (n % 11), 'gs://library/' || n
    from generate_series(1, 20000) n`);
  await app.query("analyze audio_tracks; select fold_word_changes(100000)");
}, 120_000);

afterAll(async () => {
  await Promise.all([app.end(), owner.end()]);
  await cluster.remove();
});

/** What the slices name between two places, beside the tracks that are there; undefined where there are no slices. */
async function between(lowest: string, before: string): Promise<{ missing: number; named: number } | undefined> {
  const { rows } = await app.query<{ slices: string | null; missing: number; named: number }>(
    `select s.slices, count(*) filter (where t.place between $1 and $2 and not t.is_named)::integer as missing,
       count(*) filter (where t.is_named)::integer as named
     from find_slices(parse_query('song'), 100, $1, $2) s, lateral (
       select search_order(popularity, id) as place, placed_names(search_vector, popularity, id) @@ s.slices as is_named
       from audio_tracks) t
     group by s.slices`,
    [lowest, before],
  );
  const [found] = rows;
  return found === undefined || found.slices === null ? undefined : found;
}

const place = fc
  .tuple(fc.integer({ min: 0, max: 101 }), fc.bigInt({ min: 0n, max: SHUFFLE - 1n }))
  .map(([popularity, shuffle]) => BigInt(popularity) * SHUFFLE + shuffle);

describe("slices", () => {
  it("hold every track between two places, whatever these are", async () => {
    await fc.assert(
      fc.asyncProperty(place, place, async (one, other) => {
        const [lowest, before] = one < other ? [one, other] : [other, one];
        expect((await between(String(lowest), String(before)))?.missing ?? 0).toBe(0);
      }),
      { numRuns: 40, examples: [[0n, 1n << 62n]] },
    );
  }, 60_000);

  it("narrow one popularity down by halves from an eighth on", async () => {
    for (const [part, fraction] of [4, 8, 16, 32, 64, 128, 256, 512, 4096].entries()) {
      const found = await between(String(SHUFFLE - SHUFFLE / BigInt(fraction)), String(SHUFFLE - 1n));
      // Above popularity 0 nothing is asked for; before the first eighth of it there are no slices.
      if (part === 0) expect(found).toBeUndefined();
      else expect(found?.named).toBeLessThan((1.5 * 1819) / Math.min(fraction, 512) + 12);
    }
  });

  it("hold tracks of a popularity that is not counted yet", async () => {
    await owner.query("begin; delete from library.popularity_counts");
    await owner.query("update library.audio_tracks set popularity = 97 where title = 'song 48'");
    const { rows } = await owner.query<{ slices: string }>(
      "select slices from library.find_slices(library.parse_query('song'), 1, $1, $2)",
      [String(96n * SHUFFLE), TOP],
    );
    await owner.query("rollback");
    expect(rows[0]?.slices).toContain("' 97'");
  });

  it("are no words", async () => {
    const { rows } = await app.query(
      "select title from audio_tracks where placed_names(search_vector, popularity, id) @@ '40'",
    );
    expect(rows).toEqual([{ title: "song 40" }]);
  });
});

describe("searching by slices", () => {
  async function calls(): Promise<number> {
    await app.query("select pg_stat_force_next_flush()");
    const { rows } = await owner.query<{ calls: string }>(
      "select calls from pg_stat_user_functions where schemaname = 'library' and funcname = 'search_slices'",
    );
    return Number(rows[0]?.calls ?? 0);
  }

  it.each(["middling", "seldom or middling", "middling somebody", "middling -seldom"])(
    "finds for %s what the meeting of indexes finds",
    async (query) => {
      await fc.assert(
        fc.asyncProperty(place, fc.integer({ min: 1, max: 300 }), async (lowest, size) => {
          const { rows } = await app.query<{ sliced: string[]; gathered: string[] }>(
            `select array(select id from search_slices(q, s.slices, $3, null, $2, $4)) as sliced,
               array(select id from search_gather(q, 2, $3, null, $2, $4)) as gathered
             from parse_query($1) q, find_slices(q, 100, $2, $3) s where s.slices is not null`,
            [query, String(lowest), TOP, size],
          );
          expect(rows[0]?.sliced).toEqual(rows[0]?.gathered);
        }),
        { numRuns: 40, examples: [[30n * SHUFFLE, 300]] },
      );
    },
    60_000,
  );

  it("gives the pages of a word that a fiftieth of the tracks has, in the documented order", async () => {
    const before = await calls();
    const ids: string[] = [];
    for (let after: string | null = null; ;) {
      const sql = "select id, cursor from search_tracks('middling', 60, $1)";
      const { rows }: pg.QueryResult<{ id: string; cursor: string }> = await app.query(sql, [after]);
      ids.push(...rows.map(({ id }) => id));
      if (rows.length < 60) break;
      after = rows.at(-1)?.cursor ?? null;
    }
    const { rows } = await app.query<{ id: string }>(`
      select id from audio_tracks where search_vector @@ 'middl'
      order by title like '%middling%' desc, popularity desc, uuid_hash_extended(id, 0) & 1099511627775 desc, id desc`);
    expect(ids).toEqual(rows.map(({ id }) => id));
    expect(await calls()).toBeGreaterThan(before);
  });
});
