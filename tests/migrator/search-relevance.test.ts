// Who looks for a track finds it among the first ten: planted tracks that nobody plays, in a made-up library.
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type pg from "pg";
import { relevance } from "../../bench/search-relevance.ts";
import { GeneratedLibrary } from "../../commands/generate/generated-library.ts";
import { generatedColumns } from "../../commands/generate/track-file.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testDatabase, testPassword } from "../support/schema.ts";

const TRACKS = 4_000;

let cluster: TestCluster;
let app: pg.Client;

beforeAll(async () => {
  cluster = await startCluster();
  await applySchema(cluster);
  app = await cluster.connect(testDatabase, "music_library_user", testPassword);
  const tracks = [...new GeneratedLibrary({ tracks: TRACKS, seed: 1 }).tracks()];
  const columns = generatedColumns.join(", ");
  const insert = `insert into audio_tracks (${columns}) select ${columns} from json_populate_recordset(null::audio_tracks, $1)`;
  await app.query(insert, [JSON.stringify(tracks)]);
  await app.query("select fold_word_changes(100000)");
}, 120_000);

afterAll(async () => {
  await app.end();
  await cluster.remove();
});

it("finds planted tracks by title, artist, both, without accents and with a typing error, 99 of 100 in the first ten", async () => {
  const results = await relevance(app, TRACKS);
  for (const { kind, found, of } of results) process.stdout.write(`${kind}: ${String(found)} of ${String(of)}\n`);
  expect(results.length).toBeGreaterThanOrEqual(6);
  expect(results.filter(({ found, of }) => found < 0.99 * of)).toEqual([]);
}, 60_000);
