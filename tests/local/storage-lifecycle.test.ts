// Lifecycle: the rules as a pure function, then their effect on a bucket that is declared like the stack's, with a clock that moves.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { lifecycleProblems } from "../../local/storage/lifecycle-problems.ts";
import {
  lifecycleActions,
  uploadsToAbort,
  type LifecycleCondition,
  type LifecycleVersion,
} from "../../local/storage/lifecycle.ts";
import { bucketName, dayMs, declaredBucket, startStorage, type StorageSetup } from "./storage-setup.ts";

const now = Date.parse("2026-03-10T12:00:00Z");

function version(changes: Partial<LifecycleVersion> = {}): LifecycleVersion {
  const created = now - 10 * dayMs;
  return {
    name: "audio/a.flac",
    generation: 1,
    size: 1000,
    storageClass: "STANDARD",
    timeCreated: created,
    newerVersions: 0,
    ...changes,
  };
}

const noncurrent = { timeDeleted: now - 5 * dayMs, newerVersions: 2 };

/** Condition, version, whether it holds. */
const cases: [LifecycleCondition, Partial<LifecycleVersion>, boolean][] = [
  [{ age: 10 }, {}, true],
  [{ age: 10 }, { timeCreated: now - 10 * dayMs + 1 }, false],
  [{ age: 0 }, { timeCreated: now }, true],
  [{ createdBefore: "2026-03-01" }, { timeCreated: Date.parse("2026-02-28T23:59:59Z") }, true],
  [{ createdBefore: "2026-03-01" }, { timeCreated: Date.parse("2026-03-01T00:00:00Z") }, false],
  [{ isLive: true }, {}, true],
  [{ isLive: true }, noncurrent, false],
  [{ isLive: false }, noncurrent, true],
  [{ matchesPrefix: ["temp/", "audio/"] }, {}, true],
  [{ matchesPrefix: ["temp/"] }, { name: "template" }, false],
  [{ matchesSuffix: [".flac"] }, {}, true],
  [{ matchesSuffix: [".mp3"] }, {}, false],
  [{ matchesStorageClass: ["NEARLINE"] }, {}, false],
  [{ matchesStorageClass: ["NEARLINE", "STANDARD"] }, {}, true],
  [{ numNewerVersions: 2 }, noncurrent, true],
  [{ numNewerVersions: 3 }, noncurrent, false],
  [{ numNewerVersions: 1 }, {}, false],
  [{ daysSinceNoncurrentTime: 5 }, noncurrent, true],
  [{ daysSinceNoncurrentTime: 6 }, noncurrent, false],
  [{ daysSinceNoncurrentTime: 0 }, {}, false],
  [{ noncurrentTimeBefore: "2026-03-06" }, noncurrent, true],
  [{ noncurrentTimeBefore: "2026-03-05" }, noncurrent, false],
  [{ noncurrentTimeBefore: "2026-03-06" }, {}, false],
  [{ daysSinceCustomTime: 3 }, { customTime: "2026-03-07T12:00:00Z" }, true],
  [{ daysSinceCustomTime: 3 }, { customTime: "2026-03-07T12:00:01Z" }, false],
  [{ daysSinceCustomTime: 0 }, {}, false],
  [{ customTimeBefore: "2026-03-08" }, { customTime: "2026-03-07T12:00:00Z" }, true],
  [{ customTimeBefore: "2026-03-08" }, {}, false],
  [{ sizeAboveBytes: 999 }, {}, true],
  [{ sizeAboveBytes: 1000 }, {}, false],
  [{ sizeBelowBytes: 1001 }, {}, true],
  [{ sizeBelowBytes: 1000 }, {}, false],
  [{ age: 10, matchesPrefix: ["temp/"] }, {}, false],
  [{}, {}, false],
];

describe("a rule", () => {
  it.each(cases)("with %j holds of %j: %s", (condition, changes, holds) => {
    const actions = lifecycleActions([{ action: { type: "Delete" }, condition }], [version(changes)], now);
    expect(actions.length).toBe(holds ? 1 : 0);
  });

  it("that deletes beats one that changes the class, and the cheapest class wins", () => {
    const to = (
      storageClass: string,
    ): { action: { type: string; storageClass: string }; condition: LifecycleCondition } => ({
      action: { type: "SetStorageClass", storageClass },
      condition: { age: 1 },
    });
    const [cheapest] = lifecycleActions([to("NEARLINE"), to("ARCHIVE"), to("COLDLINE")], [version()], now);
    expect(cheapest).toMatchObject({ type: "SetStorageClass", storageClass: "ARCHIVE" });
    const [deleted] = lifecycleActions(
      [to("ARCHIVE"), { action: { type: "Delete" }, condition: { age: 1 } }],
      [version()],
      now,
    );
    expect(deleted).toMatchObject({ type: "Delete" });
    expect(lifecycleActions([to("NEARLINE")], [version({ storageClass: "COLDLINE" })], now)).toEqual([]);
    expect(lifecycleActions([to("NEARLINE")], [version({ storageClass: "NEARLINE" })], now)).toEqual([]);
  });

  it("that deletes does not see uploads; the one that aborts them sees no objects", () => {
    const condition = { age: 1, matchesPrefix: ["temp/"] };
    const upload = { name: "temp/x", timeCreated: now - dayMs };
    expect(uploadsToAbort([{ action: { type: "Delete" }, condition }], [upload], now)).toEqual([]);
    const abort = { action: { type: "AbortIncompleteMultipartUpload" }, condition };
    expect(
      uploadsToAbort([abort], [upload, { ...upload, name: "audio/x" }, { ...upload, timeCreated: now }], now),
    ).toEqual([upload]);
    expect(lifecycleActions([abort], [version({ name: "temp/x" })], now)).toEqual([]);
  });

  it("that Google would not take is refused, each problem by its place", () => {
    const problems = lifecycleProblems([
      { action: { type: "Burn" }, condition: { age: 1 } },
      { action: { type: "SetStorageClass", storageClass: "FROZEN" }, condition: {} },
      {
        action: { type: "Delete" },
        condition: { age: -1, createdBefore: "2026-13-40", moonPhase: "full", matchesPrefix: [] },
      },
      { action: { type: "AbortIncompleteMultipartUpload" }, condition: { isLive: true } },
      { action: { type: "Delete" }, condition: { age: 1, matchesSuffix: [".tmp"] } },
    ]);
    expect(problems.map(({ rule, field }) => `${rule} ${field}`)).toEqual([
      ...["0 action.type", "1 action.storageClass", "1 condition", "2 condition.age", "2 condition.createdBefore"],
      ...["2 condition.moonPhase", "2 condition.matchesPrefix", "3 condition.isLive"],
    ]);
  });
});

describe("in the declared bucket", () => {
  let storage: StorageSetup;

  beforeEach(async () => {
    storage = await startStorage();
    await storage.declare();
  });

  afterEach(async () => {
    await storage.close();
  });

  const save = async (name: string, text: string): Promise<void> => {
    await storage.client.bucket(bucketName).file(name).save(text, { resumable: false });
  };
  const run = (): object | undefined => storage.server.runLifecycle()[bucketName];
  const begin = async (name: string): Promise<string> => {
    const headers = { authorization: "Bearer token-of-sa" };
    const url = `${storage.server.endpoint}/${bucketName}/${name}`;
    const begun = await fetch(`${url}?uploads`, { method: "POST", headers });
    const id = /<UploadId>(.+)<\/UploadId>/.exec(await begun.text())?.[1] ?? "";
    await fetch(`${url}?partNumber=1&uploadId=${id}`, { method: "PUT", headers, body: "x".repeat(500) });
    return id;
  };

  it("a master that was deleted by mistake comes back, until its time as noncurrent is over", async () => {
    const master = storage.client.bucket(bucketName).file("audio/master.flac");
    await save("audio/master.flac", "the only copy");
    const [{ generation }] = await master.getMetadata();
    await master.delete();
    expect((await master.exists())[0]).toBe(false);
    const [versions] = await storage.client.bucket(bucketName).getFiles({ prefix: "audio/", versions: true });
    expect(versions.map((file) => file.metadata)).toMatchObject([{ generation, timeDeleted: expect.any(String) }]);
    storage.ahead = 29 * dayMs;
    expect(run()).toMatchObject({ deleted: 0 });
    await storage.client
      .bucket(bucketName)
      .file("audio/master.flac", { generation: Number(generation) })
      .copy(master);
    expect((await master.download())[0].toString()).toBe("the only copy");
    storage.ahead = 30 * dayMs + 60_000;
    expect(run()).toMatchObject({ deleted: 1 });
    expect((await master.download())[0].toString()).toBe("the only copy");
    await expect(
      storage.client
        .bucket(bucketName)
        .file("audio/master.flac", { generation: Number(generation) })
        .download(),
    ).rejects.toMatchObject({ code: 404 });
  });

  it("a temporary object leaves nothing that is billed: live, noncurrent and parts of uploads", async () => {
    await save("audio/stays.flac", "1234567890");
    const kept = storage.server.billedBytes(bucketName);
    await save("temp/a", "old");
    await save("temp/a", "new content");
    await save("template", "x");
    await begin("temp/b");
    expect(storage.server.billedBytes(bucketName)).toBe(kept + 3 + 11 + 1 + 500);
    storage.ahead = dayMs - 60_000;
    run();
    expect(storage.server.billedBytes(bucketName)).toBe(kept + 3 + 11 + 1 + 500);
    storage.ahead = dayMs + 60_000;
    expect(run()).toEqual({ deleted: 2, classChanged: 0, uploadsAborted: 1 });
    run();
    expect(storage.server.billedBytes(bucketName)).toBe(kept + 1);
    const [left] = await storage.client.bucket(bucketName).getFiles({ versions: true });
    expect(left.map(({ name }) => name)).toEqual(["audio/stays.flac", "template"]);
  });

  it("soft delete, where it is left on, goes on costing for its time", async () => {
    await storage.declare({
      ...declaredBucket,
      versioning: { enabled: false },
      softDeletePolicy: { retentionDurationSeconds: 604_800 },
    });
    await save("temp/a", "12345");
    const [{ generation }] = await storage.client.bucket(bucketName).file("temp/a").getMetadata();
    await storage.client.bucket(bucketName).file("temp/a").delete();
    expect(storage.server.billedBytes(bucketName)).toBe(5);
    await storage.client
      .bucket(bucketName)
      .file("temp/a")
      .restore({ generation: Number(generation) });
    expect((await storage.client.bucket(bucketName).file("temp/a").download())[0].toString()).toBe("12345");
    await storage.client.bucket(bucketName).file("temp/a").delete();
    await storage.restart();
    expect(storage.server.billedBytes(bucketName)).toBe(10);
    storage.ahead = 7 * dayMs + 60_000;
    run();
    expect(storage.server.billedBytes(bucketName)).toBe(0);
  });

  it("old audio moves to a cheaper class, with its metadata", async () => {
    const file = storage.client.bucket(bucketName).file("audio/old.flac");
    await file.save("x", { resumable: false, metadata: { contentType: "audio/flac" } });
    storage.ahead = 90 * dayMs + 60_000;
    expect(run()).toMatchObject({ classChanged: 1 });
    expect((await file.getMetadata())[0]).toMatchObject({
      storageClass: "NEARLINE",
      contentType: "audio/flac",
      metageneration: "2",
    });
    expect(run()).toMatchObject({ classChanged: 0 });
  });

  it("an unfinished resumable upload is gone after a week", async () => {
    const [uri] = await storage.client.bucket(bucketName).file("temp/never").createResumableUpload();
    storage.ahead = 7 * dayMs + 60_000;
    run();
    expect((await fetch(uri, { method: "PUT", body: "x" })).status).toBe(404);
  });
});
