// The lists in which the indexes of words gather entries: what stands there is found, and they stay short.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testDatabase, testPassword } from "../support/schema.ts";

let cluster: TestCluster;
let app: pg.Client;
let other: pg.Client;
let owner: pg.Client;

beforeAll(async () => {
  cluster = await startCluster();
  await applySchema(cluster);
  app = await cluster.connect(testDatabase, "music_library_user", testPassword);
  other = await cluster.connect(testDatabase, "music_library_user_b", testPassword);
  owner = await cluster.connect(testDatabase, "music_library_migrator", testPassword);
  await owner.query("set role music_library_owner");
}, 60_000);

afterAll(async () => {
  await Promise.all([app.end(), other.end(), owner.end()]);
  await cluster.remove();
});

beforeEach(async () => {
  await owner.query("truncate library.audio_tracks");
});

const indexes = ["search", "placed_names", "pairs", "title_trgm", "artist_trgm"];

/** Pages that have gathered in each index; they are merged by asking. */
async function gathered(): Promise<number> {
  let pages = 0;
  for (const name of indexes) {
    const { rows } = await owner.query<{ pages: number }>("select gin_clean_pending_list($1)::integer as pages", [
      `library.idx_audio_tracks_${name}`,
    ]);
    pages += rows[0]?.pages ?? 0;
  }
  return pages;
}

const insertMany = (client: pg.Client, rows: number): Promise<unknown> =>
  client.query(
    "insert into audio_tracks (title, artist, audio_path) select 'Quiet ' || n, 'Band', 'gs://library/a' from generate_series(1, $1::integer) n",
    [rows],
  );

describe("new entries", () => {
  it("are found before they are merged", async () => {
    await insertMany(app, 5);
    const { rows } = await app.query("select from search_tracks('quiet 3')");
    expect(rows).toHaveLength(1);
  });

  it("are merged by the statement that writes a thousand rows", async () => {
    await insertMany(app, 1000);
    expect(await gathered()).toBe(0);
  });

  it("do not pile up where single rows are written and changed", async () => {
    const ids = Array.from({ length: 600 }, () => randomUUID());
    const title = "Quiet Evenings Somewhere Beyond Twenty Hills Without Another Sound";
    for (const id of ids) {
      await app.query("insert into audio_tracks (id, title, audio_path) values ($1, $2, 'gs://library/a')", [
        id,
        title,
      ]);
      await app.query("update audio_tracks set status = 'PROCESSING' where id = $1", [id]);
    }
    const { rows } = await owner.query<{ pages: number }>(
      "select gin_clean_pending_list('library.idx_audio_tracks_title_trgm')::integer as pages",
    );
    // All of them are about 160.
    expect(rows[0]?.pages).toBeLessThan(100);
  });

  it("are left to the session that is merging", async () => {
    await insertMany(app, 100);
    await app.query("begin");
    await app.query("select merge_new_entries()");
    await other.query("set statement_timeout = '20s'");
    await insertMany(other, 1000);
    await app.query("commit");
    expect(await gathered()).toBeGreaterThan(0);
  });
});
