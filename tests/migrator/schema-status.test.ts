// The life of a track's status: which changes there are, and the history that nobody edits.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testDatabase, testPassword } from "../support/schema.ts";

const statuses = ["PENDING", "PROCESSING", "COMPLETED", "FAILED"];
const allowed = ["PENDING PROCESSING", "PROCESSING COMPLETED", "PROCESSING FAILED", "FAILED PENDING"];
const pairs = statuses.flatMap((from) => statuses.filter((to) => to !== from).map((to) => ({ from, to })));

let cluster: TestCluster;
let app: pg.Client;
let owner: pg.Client;
let id: string;

beforeAll(async () => {
  cluster = await startCluster();
  await applySchema(cluster);
  app = await cluster.connect(testDatabase, "music_library_user", testPassword);
  owner = await cluster.connect(testDatabase, "music_library_migrator", testPassword);
  await owner.query("set role music_library_owner");
}, 60_000);

afterAll(async () => {
  await Promise.all([app.end(), owner.end()]);
  await cluster.remove();
});

async function insertTrack(status: string): Promise<string> {
  const { rows } = await app.query<{ id: string }>(
    "insert into audio_tracks (title, audio_path, status) values ('Help!', 'gs://library/audio/help.mp3', $1) returning id",
    [status],
  );
  return rows[0]?.id ?? "";
}

async function setStatus(track: string, status: string): Promise<void> {
  await app.query("update audio_tracks set status = $2 where id = $1", [track, status]);
}

async function events(track: string): Promise<Record<string, unknown>[]> {
  const sql = "select old_status, new_status, actor from track_events where track_id = $1 order by id";
  return (await app.query<Record<string, unknown>>(sql, [track])).rows;
}

beforeEach(async () => {
  id = await insertTrack("PENDING");
});

describe("status transitions", () => {
  it.each(pairs)("from $from to $to", async ({ from, to }) => {
    const track = await insertTrack(from);
    if (allowed.includes(`${from} ${to}`)) {
      await setStatus(track, to);
      expect(await events(track)).toEqual([{ old_status: from, new_status: to, actor: "music_library_user" }]);
    } else {
      await expect(setStatus(track, to)).rejects.toMatchObject({
        code: "ML001",
        schema: "library",
        table: "audio_tracks",
        column: "status",
        message: `audio track "${track}": status cannot change from ${from} to ${to}`,
        hint: "Allowed: PENDING to PROCESSING, PROCESSING to COMPLETED or FAILED, FAILED to PENDING.",
      });
      expect(await events(track)).toEqual([]);
    }
  });

  it("bind the owner too", async () => {
    const refused = owner.query("update library.audio_tracks set status = 'COMPLETED' where id = $1", [id]);
    await expect(refused).rejects.toMatchObject({ code: "ML001" });
  });

  it("leave a status alone that is set to what it is", async () => {
    await setStatus(id, "PENDING");
    expect(await events(id)).toEqual([]);
  });
});

describe("track_events", () => {
  it("keeps a whole life in order, and outlives its track", async () => {
    for (const status of ["PROCESSING", "FAILED", "PENDING", "PROCESSING", "COMPLETED"]) await setStatus(id, status);
    await app.query("delete from audio_tracks where id = $1", [id]);
    expect((await events(id)).map((event) => event["new_status"])).toEqual([
      ...["PROCESSING", "FAILED", "PENDING", "PROCESSING", "COMPLETED"],
    ]);
  });

  it("names the login, not the role that it took", async () => {
    await owner.query("update library.audio_tracks set status = 'PROCESSING' where id = $1", [id]);
    expect(await events(id)).toMatchObject([{ actor: "music_library_migrator" }]);
  });

  it("forgets a change that is rolled back", async () => {
    await app.query("begin");
    await setStatus(id, "PROCESSING");
    await app.query("rollback");
    expect(await events(id)).toEqual([]);
  });

  it.each([
    "update library.track_events set actor = 'nobody'",
    "delete from library.track_events",
    "truncate library.track_events",
  ])("refuses everybody: %s", async (sql) => {
    await setStatus(id, "PROCESSING");
    await expect(app.query(sql)).rejects.toMatchObject({ code: "42501" });
    await expect(owner.query(sql)).rejects.toMatchObject({ code: "ML002", table: "track_events" });
  });

  it("takes no event from the application itself", async () => {
    const forged = app.query(
      "insert into track_events (track_id, old_status, new_status, actor) values ($1, 'PENDING', 'PROCESSING', 'x')",
      [id],
    );
    await expect(forged).rejects.toMatchObject({ code: "42501" });
  });
});
