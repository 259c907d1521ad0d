import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ByteVector, File, Picture, PictureType } from "node-taglib-sharp"; // writes tags and pictures of all four formats
import { AUDIO_FORMATS } from "../../service/audio-formats.ts";
import { coverArt } from "./cover-art.ts";
import { type DemoTrack, demoTracks } from "./demo-tracks.ts";
import { encode } from "./encoders.ts";
import { melody } from "./melody.ts";

export interface AudioFile {
  track: DemoTrack;
  path: string;
  fileName: string;
  contentType: (typeof AUDIO_FORMATS)[number]["contentType"];
  bytes: Buffer<ArrayBuffer>;
  /** The embedded picture as it must come out again; undefined for none. */
  cover: Uint8Array | undefined;
}

/** The demo's files in `folder`; what is missing there is made first. */
export async function audioFiles(folder: string): Promise<AudioFile[]> {
  mkdirSync(folder, { recursive: true });
  const files: AudioFile[] = [];
  for (const [index, track] of demoTracks.entries()) files.push(await audioFile(folder, track, index));
  return files;
}

async function audioFile(folder: string, track: DemoTrack, index: number): Promise<AudioFile> {
  const known = AUDIO_FORMATS.find(({ format }) => format === track.format) ?? AUDIO_FORMATS[0];
  const cover = track.cover === "none" ? undefined : coverArt(track.cover, index);
  const fileName = `${String(index + 1).padStart(2, "0")} ${track.title.replaceAll("/", "-")}.${known.extension}`;
  // A changed description is another file, not a stale one.
  const description = createHash("sha256")
    .update(JSON.stringify([index, track]))
    .digest("hex")
    .slice(0, 16);
  const path = join(folder, `${description}.${known.extension}`);
  const described = { track, path, fileName, contentType: known.contentType, cover };
  if (existsSync(path)) return { ...described, bytes: readFileSync(path) };
  // Under another name until it is whole, so that an interrupted run leaves no half file to be taken for one.
  const unfinished = join(folder, `${randomUUID()}.${known.extension}`);
  try {
    const sound = melody({ seed: index, ...track });
    writeFileSync(unfinished, await encode(track.format, sound, track.sampleRate));
    writeTags(unfinished, track, index, cover);
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return { ...described, bytes: readFileSync(path) };
}

function writeTags(path: string, track: DemoTrack, index: number, cover: Uint8Array | undefined): void {
  const file = File.createFromPath(path);
  try {
    file.tag.title = track.title;
    file.tag.performers = [track.artist];
    file.tag.album = track.album;
    file.tag.genres = [track.genre];
    file.tag.year = track.year;
    file.tag.track = (index % 4) + 1;
    if (cover !== undefined) {
      const mimeType = track.cover === "jpeg" ? "image/jpeg" : "image/png";
      const bytes = ByteVector.fromByteArray(cover);
      file.tag.pictures = [Picture.fromFullData(bytes, PictureType.FrontCover, mimeType, "cover")];
    }
    file.save();
  } finally {
    file.dispose();
  }
}
