import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { OAuth2Client } from "google-auth-library";
import {
  ObjectAccessError,
  ObjectConflictError,
  ObjectNameError,
  ObjectNotFoundError,
  ObjectStore,
  ObjectStoreUnavailableError,
} from "../../client/index.ts";
import { bucketName, startStorage, type StorageSetup } from "../local/storage-setup.ts";
import { freePort } from "../support/postgres.ts";

let storage: StorageSetup;
let objects: ObjectStore;

const prefixes = { audio: "audio/", thumbnails: "thumbnails/", temp: "temp/" };
const text = { contentType: "text/plain" };

function storeAt(endpoint: string, token = "token-of-sa"): ObjectStore {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 });
  return new ObjectStore({ bucket: bucketName, prefixes, endpoint, authClient });
}

beforeAll(async () => {
  storage = await startStorage();
  await storage.declare();
  objects = storeAt(storage.server.endpoint);
});

afterAll(() => storage.close());

const uniqueName = () => `temp/${randomUUID()} ä&?.txt`;

describe("objects", () => {
  it("come back as they were written, whole and as a stream", async () => {
    const name = uniqueName();
    const written = await objects.upload(name, Buffer.from("content"), text);
    expect(written).toMatchObject({ name, sizeBytes: 7, contentType: "text/plain" });
    expect(await objects.metadata(name)).toEqual(written);
    expect((await objects.download(name)).toString()).toBe("content");
    expect((await buffer(objects.read(name, written.generation))).toString()).toBe("content");
    expect(await objects.list(name.slice(0, -3), 5)).toEqual([written]);
  });

  it("are not overwritten unless the writer has seen what is there", async () => {
    const name = uniqueName();
    const first = await objects.upload(name, Buffer.from("first"), text);
    await expect(objects.upload(name, Buffer.from("other"), text)).rejects.toThrow(ObjectConflictError);
    await objects.upload(name, Buffer.from("second"), { ...text, replacing: first.generation });
    const third = objects.upload(name, Buffer.from("third"), { ...text, replacing: first.generation });
    await expect(third).rejects.toThrow(ObjectConflictError);
    expect((await objects.download(name)).toString()).toBe("second");
  });

  it("are known as this writer's own when the answer of a first try was lost", async () => {
    const name = uniqueName();
    const first = await objects.upload(name, Buffer.from("same"), text);
    expect(await objects.upload(name, Buffer.from("same"), text)).toEqual(first);
    const otherType = objects.upload(name, Buffer.from("same"), { contentType: "text/html" });
    await expect(otherType).rejects.toThrow(ObjectConflictError);
  });

  it("are written from a stream, under the same conditions", async () => {
    const name = uniqueName();
    const chunks = () => Readable.from(Array.from({ length: 40 }, () => Buffer.alloc(10_000, "x")));
    const written = await objects.uploadStream(name, chunks(), text);
    expect(written).toMatchObject({ sizeBytes: 400_000, contentType: "text/plain" });
    await expect(objects.uploadStream(name, chunks(), text)).rejects.toThrow(ObjectConflictError);
  });

  it("are listed whole, a folder too", async () => {
    const folder = `temp/${randomUUID()}/`;
    for (const name of ["b", "a", "c/d"]) await objects.upload(`${folder}${name}`, Buffer.from(name), text);
    const names: string[] = [];
    for await (const { name } of objects.listAll(folder)) names.push(name);
    expect(names).toEqual(["a", "b", "c/d"].map((name) => `${folder}${name}`));
    const all: string[] = [];
    for await (const { name } of objects.listAll("temp/")) all.push(name);
    expect(all).toEqual(expect.arrayContaining(names));
  });

  it("change their type only as the object that was seen", async () => {
    const name = uniqueName();
    const first = await objects.upload(name, Buffer.from("first"), text);
    expect((await objects.setContentType(first, "text/html")).contentType).toBe("text/html");
    await objects.upload(name, Buffer.from("second"), { ...text, replacing: first.generation });
    await expect(objects.setContentType(first, "text/css")).rejects.toThrow(ObjectConflictError);
  });

  it("are copied once, and a repeat sees that it is done", async () => {
    const from = await objects.upload(uniqueName(), Buffer.from("content"), text);
    const to = `audio/${randomUUID()}`;
    expect(await objects.copy(from, to)).toBe("copied");
    expect(await objects.copy(from, to)).toBe("alreadyThere");
    expect(await objects.metadata(to)).toMatchObject({ contentType: "text/plain", crc32c: from.crc32c });
    const other = await objects.upload(uniqueName(), Buffer.from("other content"), text);
    await expect(objects.copy(other, to)).rejects.toThrow(ObjectConflictError);
  });

  it("are moved whole", async () => {
    const from = await objects.upload(uniqueName(), Buffer.from("content"), text);
    const to = `audio/${randomUUID()}`;
    await objects.move(from, to);
    expect([await objects.exists(from.name), await objects.exists(to)]).toEqual([false, true]);
  });

  it("can be undeleted when removed, and leave nothing when a generation is removed", async () => {
    const versions = async (prefix: string) => {
      const [files] = await storage.client.bucket(bucketName).getFiles({ prefix, versions: true });
      return files.length;
    };
    const kept = await objects.upload(`audio/${randomUUID()}`, Buffer.from("master"), text);
    expect(await objects.remove(kept)).toBe(true);
    expect([await objects.exists(kept.name), await versions(kept.name)]).toEqual([false, 1]);
    const gone = await objects.upload(uniqueName(), Buffer.from("upload"), text);
    expect(await objects.removeGeneration(gone)).toBe(true);
    expect([await objects.removeGeneration(gone), await versions(gone.name)]).toEqual([false, 0]);
  });

  it("are not removed when they have changed meanwhile", async () => {
    const name = `audio/${randomUUID()}`;
    const first = await objects.upload(name, Buffer.from("first"), text);
    await objects.upload(name, Buffer.from("second"), { ...text, replacing: first.generation });
    await expect(objects.remove(first)).rejects.toThrow(ObjectConflictError);
    expect((await objects.download(name)).toString()).toBe("second");
  });
});

describe("errors of objects", () => {
  it("tell what is missing, denied, or out of the library", async () => {
    const name = uniqueName();
    expect(await objects.exists(name)).toBe(false);
    await expect(objects.metadata(name)).rejects.toThrow(ObjectNotFoundError);
    await expect(objects.download(name)).rejects.toThrow(ObjectNotFoundError);
    await expect(storeAt(storage.server.endpoint, "stranger").metadata(name)).rejects.toThrow(ObjectAccessError);
    await expect(objects.metadata("private/keys.txt")).rejects.toThrow(ObjectNameError);
    await expect(objects.list("private/", 5)).rejects.toThrow(ObjectNameError);
  });

  it("call an unreachable storage unavailable", async () => {
    const nowhere = storeAt(`http://127.0.0.1:${String(await freePort())}`);
    await expect(nowhere.metadata(uniqueName())).rejects.toThrow(ObjectStoreUnavailableError);
  }, 60_000);
});

describe("permissions", () => {
  it("are asked of the bucket, not guessed", async () => {
    const held = await objects.heldPermissions(["storage.objects.get", "storage.buckets.delete"]);
    expect(held).toEqual(["storage.objects.get"]);
  });
});
