import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseBuffer } from "music-metadata";
import { type AudioFile, audioFiles } from "../../commands/demo/audio-files.ts";
import { objectOfUri } from "../../client/index.ts";
import { runDemo } from "../../commands/demo/run-demo.ts";
import { AUDIO_FORMATS } from "../../service/audio-formats.ts";
import { type ServiceSetup, startService } from "./service-setup.ts";

let folder: string;
let files: AudioFile[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "demo-audio-"));
  files = await audioFiles(folder);
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the generated audio", () => {
  it("is two dozen files in four formats, with covers of both kinds and without", () => {
    const count = (value: (file: AudioFile) => string) =>
      Object.fromEntries(Object.entries(Object.groupBy(files, value)).map(([name, group]) => [name, group?.length]));
    expect(count(({ track }) => track.format)).toEqual({ MP3: 6, FLAC: 6, OGG: 6, WAV: 6 });
    expect(Object.keys(count(({ track }) => track.cover)).toSorted()).toEqual(["jpeg", "none", "png"]);
  });

  it("is what a tag reader takes it for, with the duration and the tags that were asked for", async () => {
    for (const { bytes, contentType, track, cover } of files) {
      const { format, common } = await parseBuffer(
        bytes,
        { mimeType: contentType, size: bytes.length },
        { duration: true },
      );
      const container = { MP3: "MPEG", FLAC: "FLAC", OGG: "Ogg", WAV: "WAVE" }[track.format];
      expect([track.format, format.container]).toEqual([track.format, container]);
      expect(format).toMatchObject({ sampleRate: track.sampleRate, numberOfChannels: track.channels });
      // MP3 comes in whole frames of up to 52 ms.
      expect(Math.abs((format.duration ?? 0) - track.seconds)).toBeLessThan(track.format === "MP3" ? 0.11 : 0.001);
      const { title, artist, album, year } = track;
      expect(common).toMatchObject({ title, artist, album, year, genre: [track.genre] });
      expect(common.picture?.map(({ data }) => Buffer.from(data))).toEqual(
        cover === undefined ? undefined : [Buffer.from(cover)],
      );
    }
  });

  it("sounds: no file is silence", () => {
    for (const { bytes, track } of files.filter(({ track: { format } }) => format === "WAV")) {
      const loudest = Math.max(...new Int16Array(bytes.buffer, bytes.byteOffset + 44, 4000));
      expect([track.title, loudest > 5000]).toEqual([track.title, true]);
    }
  });

  it("is the same when it is made again, and is not made when it is there", async () => {
    const again = mkdtempSync(join(tmpdir(), "demo-audio-"));
    try {
      const others = await audioFiles(again);
      expect(others.map(({ bytes }) => bytes.toString("base64"))).toEqual(
        files.map(({ bytes }) => bytes.toString("base64")),
      );
      const before = execFileSync("ls", ["-l", "--time-style=full-iso", folder], { encoding: "utf8" });
      await audioFiles(folder);
      expect(execFileSync("ls", ["-l", "--time-style=full-iso", folder], { encoding: "utf8" })).toBe(before);
      expect(readdirSync(folder)).toHaveLength(24);
    } finally {
      rmSync(again, { recursive: true, force: true });
    }
  }, 30_000);

  it("is of formats that the database knows by the same names", () => {
    const seed = readFileSync(join(import.meta.dirname, "../../sql/seeds/S0001__audio_formats.sql"), "utf8");
    for (const { format, contentType, extension } of AUDIO_FORMATS) {
      expect(seed).toContain(`('${format}', '${contentType}', '${extension}')`);
    }
  });
});

describe("the demo", () => {
  let service: ServiceSetup;
  let serviceUri: string;
  beforeAll(async () => {
    service = await startService();
    serviceUri = await service.server.listen({ host: "127.0.0.1", port: 0 });
  }, 60_000);
  afterAll(() => service.close());

  const demo = () => runDemo({ contract: service.library.contract, serviceUri, headers: {}, folder });

  it("takes every file through the service and finds it unchanged; a second run adds none", async () => {
    const first = await demo();
    expect(first.rows.filter(({ problems }) => problems.length > 0)).toEqual([]);
    expect([first.passed, new Set(first.rows.map(({ state }) => state))]).toEqual([true, new Set(["added"])]);
    const second = await demo();
    expect([second.passed, new Set(second.rows.map(({ state }) => state))]).toEqual([true, new Set(["there"])]);
    const [audio] = await service.storage.client.bucket(first.bucket).getFiles({ prefix: "audio/" });
    expect(audio).toHaveLength(24);
  }, 120_000);

  it("tells each file that comes out otherwise than it went in", async () => {
    const { library, storage } = service;
    const bucket = storage.client.bucket(library.contract.bucket.name);
    const client = await service.cluster.connect("music_library");
    // Somebody replaces a picture, and somebody renames an artist.
    const { rows } = await client.query<{ path: string }>(
      "select thumbnail_path as path from library.audio_tracks where artist like 'Velvet%' and thumbnail_path is not null",
    );
    const cover = objectOfUri(rows[0]?.path ?? "", bucket.name);
    await bucket.file(cover).save("not a picture", { contentType: "image/gif", resumable: false });
    await client.query("update library.audio_tracks set artist = 'Somebody Else' where artist like '%Yakou%'");
    await client.end();
    const report = await demo();
    expect(report.passed).toBe(false);
    const problems = report.rows.flatMap((row) => row.problems);
    expect(problems).toContain("the cover art has other bytes than were embedded");
    expect(problems).toContain("the cover art is served as image/gif");
    // The renamed tracks are no longer those that were written: they are added anew.
    expect(report.rows.filter(({ state }) => state === "added")).toHaveLength(4);
  }, 60_000);
});
