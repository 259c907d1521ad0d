import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  createTrack,
  Database,
  DatabaseRefusedError,
  removeTrack,
  setStatus,
  TRACK_STATUSES,
  type TrackChanges,
  TrackConflictError,
  TrackInvalidError,
  TrackNotFoundError,
  Tracks,
  TrackStatusError,
  updateTrack,
} from "../../client/index.ts";
import { trackProblems } from "../../client/track-rules.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testPassword } from "../support/schema.ts";
import { exampleContract } from "./contract-example.ts";
import { newTrack } from "./example-track.ts";

let cluster: TestCluster;
let database: Database;

beforeAll(async () => {
  cluster = await startCluster();
  await applySchema(cluster);
  const contract = exampleContract();
  contract.database.pooler.port = cluster.port;
  database = new Database({ contract, password: testPassword, applicationName: "track changes test" });
}, 60_000);

afterAll(async () => {
  await database.close();
  await cluster.remove();
});

describe("a change of a track", () => {
  it("sets what is named and nothing else", async () => {
    const before = await createTrack(database, newTrack());
    const after = await updateTrack(database, before.id, { title: "Something", year: null });
    expect(after).toEqual({ ...before, title: "Something", year: null, updatedAt: after.updatedAt });
    expect(await updateTrack(database, before.id, {})).toEqual(after);
  });

  it("never overwrites silently what another writer has changed", async () => {
    const seen = await createTrack(database, newTrack());
    await new Promise((resolve) => setTimeout(resolve, 5));
    const first = await updateTrack(database, seen.id, { title: "First" }, seen);
    await expect(updateTrack(database, seen.id, { title: "Second" }, seen)).rejects.toThrow(TrackConflictError);
    expect((await updateTrack(database, seen.id, { title: "Third" }, first)).title).toBe("Third");
  });

  it("of a track that is not there says so", async () => {
    await expect(updateTrack(database, randomUUID(), { title: "x" })).rejects.toThrow(TrackNotFoundError);
  });

  it("is refused with all problems at once, and without a value that might be private", async () => {
    const changes = { title: " ", artist: "x".repeat(300), year: 3000, thumbnailPath: "https://elsewhere/private" };
    const error = await updateTrack(database, "an-id", changes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TrackInvalidError);
    expect(error).toMatchObject({
      problems: expect.arrayContaining([expect.stringContaining("year is wrong (3000)")]),
    });
    expect(error).toHaveProperty("problems.length", 4);
    expect(String(error)).not.toContain("private");
  });

  it("that passes the rules passes the table's checks, and the other way round", async () => {
    const { id } = await createTrack(database, newTrack());
    const text = fc.option(fc.string({ unit: "binary", maxLength: 300 }), { nil: null });
    const anyChange = fc.record(
      {
        title: fc.string({ unit: "binary", maxLength: 300 }),
        ...{ artist: text, format: text },
        year: fc.option(fc.integer({ min: 900, max: 2200 }), { nil: null }),
        channels: fc.option(fc.integer({ min: -1, max: 70 }), { nil: null }),
        duration: fc.option(fc.constantFrom(-1, 0, 0.001, 1.5, 9_999_999, 10_000_000), { nil: null }),
        thumbnailPath: fc.option(
          fc.constantFrom("gs://bucket-name/thumbnails/a.jpg", "gs://b/", "gs://B/x", "x", "gs://bucket/a\nb"),
          { nil: null },
        ),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(anyChange, async (changes: TrackChanges) => {
        const valid = trackProblems(changes).length === 0;
        if (valid) await expect(updateTrack(database, id, changes)).resolves.toHaveProperty("id", id);
        else await expect(updateTrack(database, id, changes)).rejects.toThrow(TrackInvalidError);
      }),
      { numRuns: 80 },
    );
  }, 60_000);
});

describe("a track's status", () => {
  const allowed = new Set(["PENDING PROCESSING", "PROCESSING COMPLETED", "PROCESSING FAILED", "FAILED PENDING"]);
  const ways = { PENDING: [], PROCESSING: ["PROCESSING"], COMPLETED: ["PROCESSING", "COMPLETED"] } as const;
  const pathTo = { ...ways, FAILED: ["PROCESSING", "FAILED"] as const };

  it.each(TRACK_STATUSES.flatMap((from) => TRACK_STATUSES.map((to) => [from, to] as const)))(
    "goes from %s to %s only where that is allowed",
    async (from, to) => {
      const { id } = await createTrack(database, newTrack());
      for (const step of pathTo[from]) await setStatus(database, id, step);
      const change = setStatus(database, id, to);
      if (from === to || allowed.has(`${from} ${to}`)) await expect(change).resolves.toHaveProperty("status", to);
      else await expect(change).rejects.toThrow(TrackStatusError);
    },
  );
});

describe("a removal", () => {
  it("says what was there, and a repeat that nothing is", async () => {
    const track = await createTrack(database, newTrack());
    expect(await removeTrack(database, track.id)).toEqual(track);
    expect(await removeTrack(database, track.id)).toBeUndefined();
    expect(await new Tracks(database).find(track.id)).toBeUndefined();
  });
});

describe("values that the database refuses", () => {
  it("raise a typed error that names the constraint and shows no value", async () => {
    const create = new Tracks(database).create(newTrack({ year: 3000, title: "private title" }));
    const error = await create.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatabaseRefusedError);
    expect(error).toMatchObject({ code: "23514", constraint: "ck_audio_tracks_year", retryable: false });
    expect(JSON.stringify([String(error), error])).not.toContain("private");
    await expect(new Tracks(database).find("no uuid")).rejects.toMatchObject({ code: "22P02" });
  });
});
