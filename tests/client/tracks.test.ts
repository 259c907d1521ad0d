import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  Database,
  DatabaseUnavailableError,
  TrackNotFoundError,
  Tracks,
  TrackStatusError,
} from "../../client/index.ts";
import { freePort, startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testPassword } from "../support/schema.ts";
import { exampleContract } from "./contract-example.ts";
import { newTrack } from "./example-track.ts";

let cluster: TestCluster;
let database: Database;
let tracks: Tracks;

function databaseAt(port: number, changes: { password?: string; maxConnections?: number } = {}): Database {
  const contract = exampleContract();
  contract.database.pooler.port = port;
  return new Database({ contract, password: testPassword, applicationName: "tracks test", ...changes });
}

beforeAll(async () => {
  cluster = await startCluster();
  await applySchema(cluster);
  database = databaseAt(cluster.port);
  tracks = new Tracks(database);
}, 60_000);

afterAll(async () => {
  await database.close();
  await cluster.remove();
});

describe("tracks", () => {
  it("are read as they were created, pending", async () => {
    const track = newTrack();
    const created = await tracks.create(track);
    expect(created).toEqual({ ...track, status: "PENDING", createdAt: expect.any(Date), updatedAt: expect.any(Date) });
    expect(await tracks.get(track.id)).toEqual(created);
  });

  it("are created once, however often it is asked", async () => {
    const track = newTrack();
    await tracks.create(track);
    expect((await tracks.create({ ...track, title: "Something Else" })).title).toBe("Come Together");
  });

  it("are found by words, and by words with typing errors", async () => {
    const track = newTrack({ artist: "Sigur Rós", title: "Hoppípolla" });
    await tracks.create(track);
    expect((await tracks.search("hoppipolla sigur", 5)).map(({ id }) => id)).toEqual([track.id]);
    expect(await tracks.search("hopipolla", 5)).toEqual([]);
    expect((await tracks.fuzzy("hopipolla", 5)).map(({ id }) => id)).toEqual([track.id]);
  });

  it.each([
    "",
    "'; drop table library.audio_tracks; --",
    "a\u0000b",
    "\ud83c",
    "%_\\",
    "((",
    '"',
    "🎵",
    "x".repeat(10_240),
  ])("can be searched with any text (case %#)", async (query) => {
    await expect(tracks.search(query, 5)).resolves.toBeInstanceOf(Array);
    await expect(tracks.fuzzy(query, 5)).resolves.toBeInstanceOf(Array);
  });

  it("say when they do not exist", async () => {
    expect(await tracks.find(randomUUID())).toBeUndefined();
    await expect(tracks.get(randomUUID())).rejects.toThrow(TrackNotFoundError);
    await expect(tracks.setStatus(randomUUID(), "PROCESSING")).rejects.toThrow(TrackNotFoundError);
  });

  it("go through their statuses in order, and back from failure", async () => {
    const { id } = await tracks.create(newTrack());
    for (const status of ["PROCESSING", "FAILED", "PENDING", "PROCESSING", "COMPLETED"] as const) {
      expect((await tracks.setStatus(id, status)).status).toBe(status);
      expect((await tracks.setStatus(id, status)).status).toBe(status);
    }
  });

  it("refuse a step that is not allowed and name those that are", async () => {
    const { id } = await tracks.create(newTrack());
    await expect(tracks.setStatus(id, "COMPLETED")).rejects.toThrow(TrackStatusError);
    await expect(tracks.setStatus(id, "COMPLETED")).rejects.toThrow("it is PENDING); expected PROCESSING.");
    expect((await tracks.get(id)).status).toBe("PENDING");
  });
});

describe("the pool", () => {
  it("shows who it is to the server", async () => {
    const text = "select current_setting('application_name') as name";
    const [row] = await database.query<{ name: string }>({ name: "application_name", text, values: [] });
    expect(row?.name).toBe("tracks test");
  });

  it("undoes a trial, whether it succeeds or fails", async () => {
    const track = newTrack();
    const planted = await database.withRollback((queries) => new Tracks(queries).create(track));
    expect(planted.id).toBe(track.id);
    const failing = database.withRollback(async (queries) => {
      await new Tracks(queries).create(track);
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    expect(await tracks.find(track.id)).toBeUndefined();
  });

  it("makes callers wait instead of opening more connections than it may", async () => {
    const small = databaseAt(cluster.port, { maxConnections: 3 });
    const statement = { name: "pid", text: "select pg_backend_pid() as pid, pg_sleep(0.01)::text", values: [] };
    const rows = await Promise.all(Array.from({ length: 30 }, () => small.query<{ pid: number }>(statement)));
    expect(new Set(rows.flat().map(({ pid }) => pid)).size).toBe(3);
    await small.close();
  });

  it("gives a retryable error when nobody listens", async () => {
    const nowhere = databaseAt(await freePort());
    await expect(nowhere.ping()).rejects.toThrow(DatabaseUnavailableError);
    await nowhere.close();
  });

  it("gives a retryable error when the connection breaks under a query, and goes on afterwards", async () => {
    const sleeping = database.query({ name: "sleep", text: "select pg_sleep(5)::text", values: [] });
    const admin = await cluster.connect("music_library");
    const terminate =
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(5)%' and pid <> pg_backend_pid()";
    const refused = expect(sleeping).rejects.toThrow(DatabaseUnavailableError);
    for (let ended = 0; ended === 0;) ended = (await admin.query(terminate)).rowCount ?? 0;
    await refused;
    await admin.end();
    await database.ping();
  });

  it("does not call a wrong password unavailable, nor show it", async () => {
    const wrong = databaseAt(cluster.port, { password: "not-the-password" });
    const error = await wrong.ping().catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(DatabaseUnavailableError);
    expect(String(error)).not.toContain("not-the-password");
    await wrong.close();
  });
});
