// The words that search counts follow the tracks: whoever changes them, how, and in which transaction.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
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

async function insert(client: pg.Client, title: string, popularity = 0): Promise<string> {
  const id = randomUUID();
  const sql =
    "insert into audio_tracks (id, title, artist, popularity, audio_path) values ($1, $2, 'The Band', $3, 'gs://library/a')";
  await client.query(sql, [id, title, popularity]);
  return id;
}

/** What is counted, and what a count of all tracks would give. */
async function counts(): Promise<{ counted: unknown[]; recounted: unknown[] }> {
  while ((await app.query<{ folded: number }>("select fold_word_changes(300) as folded")).rows[0]?.folded !== 0);
  const read = async (): Promise<unknown[]> =>
    (
      await app.query<Record<string, unknown>>(
        `select word, tracks, named_tracks from words where tracks <> 0
         union all select 'popularity ' || popularity, tracks, 0 from popularity_counts where tracks <> 0 order by 1`,
      )
    ).rows;
  const counted = await read();
  await owner.query("select library.rebuild_words()");
  return { counted, recounted: await read() };
}

describe("the words", () => {
  it("are counted as the tracks are, after any changes", async () => {
    const words = fc.constantFrom("love", "running", "run", "the", "été", "x");
    const change = fc.record({
      kind: fc.constantFrom(
        "insert",
        "insert many",
        "insert thousands",
        "rename",
        "popularity",
        "status",
        "delete",
        "roll back",
      ),
      title: fc.array(words, { minLength: 1, maxLength: 3 }).map((list) => list.join(" ")),
      pick: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 15 }), async (changes) => {
        await owner.query("truncate library.audio_tracks");
        const ids: string[] = [];
        for (const { kind, title, pick } of changes) {
          const id = ids[pick % Math.max(ids.length, 1)] ?? randomUUID();
          if (kind === "insert") ids.push(await insert(app, title, pick % 101));
          else if (kind === "rename") await app.query("update audio_tracks set title = $2 where id = $1", [id, title]);
          else if (kind === "popularity")
            await app.query("update audio_tracks set popularity = $2 where id = $1", [id, pick % 101]);
          else if (kind === "status")
            await app.query("update audio_tracks set status = 'PROCESSING' where id = $1 and status = 'PENDING'", [id]);
          else if (kind === "delete") await app.query("delete from audio_tracks where id = $1", [id]);
          else if (kind === "insert many") {
            await app.query(
              "insert into audio_tracks (title, audio_path) select $1 || n, 'gs://library/a' from generate_series(1, 70) n",
              [title],
            );
          } else if (kind === "insert thousands") {
            await app.query(
              "insert into audio_tracks (title, audio_path) select $1 || n % 9, 'gs://library/a' from generate_series(1, 1100) n",
              [title],
            );
          } else {
            await app.query("begin");
            await insert(app, title);
            await app.query("rollback");
          }
        }
        const { counted, recounted } = await counts();
        expect(counted).toEqual(recounted);
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  it("hold a new word at once, in the transaction that brings it and after it", async () => {
    await app.query("begin");
    await insert(app, "Hummingbirds");
    const found = "select title from fuzzy_tracks('hummingbrids')";
    expect((await app.query(found)).rows).toEqual([{ title: "Hummingbirds" }]);
    await app.query("commit");
    expect((await other.query(found)).rows).toEqual([{ title: "Hummingbirds" }]);
    expect((await other.query("select * from suggest('hum')")).rows).toEqual([
      { suggestion: "hummingbirds", tracks: 1 },
    ]);
  });

  it("make no writer wait for another, whatever the other has open", async () => {
    await insert(app, "Love");
    await app.query("begin");
    await insert(app, "Quite Novel");
    await other.query("set statement_timeout = '20s'");
    // Same words, new words, renamed and removed: none meets a lock.
    const id = await insert(other, "Quite Novel Love");
    await other.query("update audio_tracks set title = 'Quite Other Love' where id = $1", [id]);
    await other.query("delete from audio_tracks where id = $1", [id]);
    await app.query("rollback");
    const { counted, recounted } = await counts();
    expect(counted).toEqual(recounted);
  });

  it("are no reason for a serialization failure", async () => {
    for (const client of [app, other]) await client.query("begin isolation level repeatable read");
    await insert(app, "Serious Novelty");
    await app.query("commit");
    await insert(other, "Serious Novelty Again");
    await other.query("commit");
    const { counted, recounted } = await counts();
    expect(counted).toEqual(recounted);
  });

  it("hold a new word at once although a load has left thousands to count", async () => {
    await app.query("begin");
    await app.query("select set_config('library.load', 'on', true)");
    await app.query(
      "insert into audio_tracks (title, audio_path) select 'Loaded ' || n % 50, 'gs://library/a' from generate_series(1, 3000) n",
    );
    await app.query("commit");
    await insert(app, "Hummingbirds");
    expect((await app.query("select title from fuzzy_tracks('hummingbrids')")).rows).toEqual([
      { title: "Hummingbirds" },
    ]);
    expect((await app.query("select from loaded_word_changes")).rowCount).toBeGreaterThan(2000);
    const { counted, recounted } = await counts();
    expect(counted).toEqual(recounted);
    expect((await app.query("select from loaded_word_changes")).rowCount).toBe(0);
  });

  it("leave nothing behind when every change is counted", async () => {
    for (let n = 0; n < 50; n += 1) await insert(app, `Love ${String(n)}`);
    await counts();
    expect((await app.query("select from word_changes")).rowCount).toBe(0);
  });
});

describe("rights on the words", () => {
  it.each([
    "insert into words values ('x', 1, 1)",
    "delete from word_changes",
    "delete from loaded_word_changes",
    "select write_common_words('{}')",
    "update popularity_counts set tracks = 0",
    "select rebuild_words()",
  ])("refuse the application: %s", async (sql) => {
    await expect(app.query(sql)).rejects.toMatchObject({ code: "42501" });
  });

  it("let the verifier search and suggest, and not count", async () => {
    const verifier = await cluster.connect(testDatabase, "music_library_verifier", testPassword);
    await verifier.query("select search_tracks('love'), fuzzy_tracks('lvoe'), suggest('l')");
    await expect(verifier.query("select fold_word_changes()")).rejects.toMatchObject({ code: "42501" });
    await verifier.end();
  });
});
