// Searching through the client and a real PgBouncer in transaction mode, with prepared statements.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Database, SearchCursorError, SearchSizeError, TrackSearch } from "../../client/index.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testPassword } from "../support/schema.ts";
import { exampleContract } from "./contract-example.ts";
import { type Pooler, startPooler } from "./pooler-setup.ts";

let cluster: TestCluster;
let pooler: Pooler;
let database: Database;
let search: TrackSearch;

beforeAll(async () => {
  cluster = await startCluster();
  await applySchema(cluster);
  pooler = await startPooler(cluster);
  const contract = exampleContract();
  contract.database.pooler.port = pooler.port;
  database = new Database({ contract, password: testPassword, applicationName: "search test" });
  search = new TrackSearch(database);
  for (let n = 0; n < 25; n += 1) {
    const text =
      "insert into library.audio_tracks (id, title, artist, popularity, audio_path) values ($1, $2, 'The Beatles', $3, 'gs://music/a')";
    await database.query({ name: "plant", text, values: [randomUUID(), `Song ${String(n)}`, n] });
  }
}, 60_000);

afterAll(async () => {
  await database.close();
  await pooler.stop();
  await cluster.remove();
});

describe("pages", () => {
  it("come in order and end with null", async () => {
    const first = await search.page("beatles song", { max: 10 });
    expect(first.tracks.map(({ popularity }) => popularity)).toEqual([24, 23, 22, 21, 20, 19, 18, 17, 16, 15]);
    const second = await search.page("beatles song", { max: 10, after: first.next });
    const third = await search.page("beatles song", { max: 10, after: second.next });
    expect(third.tracks.map(({ popularity }) => popularity)).toEqual([4, 3, 2, 1, 0]);
    expect(third.next).toBeNull();
  });

  it("follow one another by themselves", async () => {
    const titles: string[] = [];
    for await (const { title } of search.all("beatles", 7)) titles.push(title);
    expect(titles).toHaveLength(25);
    expect(new Set(titles).size).toBe(25);
  });

  it.each([0, -1, 1001, 1.5, Number.NaN])("refuse a size of %p with what is accepted", async (max) => {
    await expect(search.page("a", { max })).rejects.toThrow(SearchSizeError);
    await expect(search.page("a", { max })).rejects.toThrow(`(${String(max)}); expected a whole number from 1 to 1000`);
    await expect(search.corrected("a", max)).rejects.toThrow(SearchSizeError);
    await expect(search.suggest("a", max)).rejects.toThrow(SearchSizeError);
  });

  it.each(["", "x", "3.1.2.3", "a\u0000b", "\ud83c", "'; drop table library.audio_tracks; --", "9".repeat(10_000)])(
    "refuse a cursor that is none (case %#) without showing it",
    async (after) => {
      const error: unknown = await search.page("beatles", { after }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SearchCursorError);
      expect(String(error)).toContain("Begin again without one");
      if (after.length > 10) expect(String(error)).not.toContain(after);
    },
  );

  it("refuse the cursor of another query", async () => {
    const { next } = await search.page("beatles", { max: 1 });
    await expect(search.page("song", { after: next })).rejects.toThrow(SearchCursorError);
  });
});

describe("other ways", () => {
  it("correct what is misspelt and say what they searched for", async () => {
    const found = await search.corrected("beetles", 10);
    expect(found).toHaveLength(10);
    expect(found.every(({ artist, corrected }) => artist === "The Beatles" && corrected === "beatles")).toBe(true);
  });

  it("complete what is being typed", async () => {
    expect(await search.suggest("the bea")).toEqual([{ text: "the beatles", tracks: 25 }]);
  });

  it.each(["", "a\u0000b", "\ud83c", "((", '"', "🎵", "or", "x".repeat(10_240)])(
    "take any text (case %#)",
    async (query) => {
      await expect(search.page(query)).resolves.toHaveProperty("tracks");
      await expect(search.corrected(query)).resolves.toBeInstanceOf(Array);
      await expect(search.suggest(query)).resolves.toBeInstanceOf(Array);
    },
  );
});
