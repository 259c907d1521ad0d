import { join } from "node:path";
import type { Contract } from "../../client/contract.ts";
import { type AudioFile, audioFiles } from "./audio-files.ts";
import { type ServedTrack, ServiceClient } from "./service-client.ts";

export interface DemoOptions {
  contract: Contract;
  /** Address of the deployed service. */
  serviceUri: string;
  /** Identify the caller to the service; operatorHeaders makes them. */
  headers: Readonly<Record<string, string>>;
  /** Where the generated files are kept; `.local/demo` unless given. */
  folder?: string;
  onProgress?: (line: string) => void;
}

export interface DemoRow {
  fileName: string;
  artist: string;
  format: string;
  sizeBytes: number;
  /** "added" by this run, or "there" from an earlier one. */
  state: "added" | "there" | "failed";
  /** What was not as it should be; empty when all was. */
  problems: string[];
}

export interface DemoReport {
  bucket: string;
  rows: DemoRow[];
  passed: boolean;
}

/**
 * Takes two dozen audio files through a deployed stack as a user's program would: signed upload, promotion, tags and
 * technical values compared with what was written, cover art and audio fetched by signed URLs and compared byte by byte,
 * the track found by a misspelt artist. A second run finds the tracks of the first and adds none.
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const service = new ServiceClient(options.serviceUri, options.headers);
  const progress = options.onProgress ?? (() => undefined);
  const files = await audioFiles(options.folder ?? join(import.meta.dirname, "../../.local/demo"));
  progress(`${String(files.length)} audio files`);
  const rows: DemoRow[] = [];
  for (const file of files) {
    const row = await take(service, file);
    rows.push(row);
    progress(`${row.state.padEnd(6)} ${row.fileName}`);
  }
  return { bucket: options.contract.bucket.name, rows, passed: rows.every(({ problems }) => problems.length === 0) };
}

async function take(service: ServiceClient, file: AudioFile): Promise<DemoRow> {
  const { fileName, bytes, track } = file;
  const row = { fileName, artist: track.artist, format: track.format, sizeBytes: bytes.length };
  try {
    const present = await findPresent(service, file);
    const { id } = present ?? (await service.add(file));
    const problems = [
      ...tagProblems(await service.track(id), file),
      ...(await coverProblems(service, id, file)),
      ...(await searchProblems(service, id, file)),
      ...(await streamProblems(service, id, file)),
    ];
    return { ...row, state: present === undefined ? "added" : "there", problems };
  } catch (error) {
    return { ...row, state: "failed", problems: [error instanceof Error ? error.message : String(error)] };
  }
}

/** The same audio from an earlier run: same tags, same bytes. */
async function findPresent(service: ServiceClient, file: AudioFile): Promise<ServedTrack | undefined> {
  const { match, tracks } = await service.search(`${file.track.title} ${file.track.artist}`);
  if (match === "similar") return undefined;
  for (const track of tracks) {
    if (track.status !== "COMPLETED" || tagProblems(track, file).length > 0) continue;
    const stored = Buffer.from(await (await service.fetchSigned(track.id, "stream")).arrayBuffer());
    if (stored.equals(file.bytes)) return track;
  }
  return undefined;
}

/** An MP3's frames are whole: its duration is up to two frames longer than the sound. */
const DURATION_TOLERANCE_SECONDS = 0.11;

function tagProblems(served: ServedTrack, { track, cover }: AudioFile): string[] {
  const { title, artist, album, genre, year, format, channels, sampleRate } = track;
  const expected = {
    title,
    artist,
    album,
    genre,
    year,
    format,
    channels,
    sampleRate,
    hasThumbnail: cover !== undefined,
  };
  const names = Object.keys(expected) as (keyof typeof expected)[];
  const problems = names
    .filter((name) => served[name] !== expected[name])
    .map((name) => `${name} is ${String(served[name])}, expected ${String(expected[name])}`);
  if (Math.abs((served.duration ?? 0) - track.seconds) > DURATION_TOLERANCE_SECONDS) {
    problems.push(`duration is ${String(served.duration)} s, expected ${String(track.seconds)} s`);
  }
  return problems;
}

async function coverProblems(service: ServiceClient, id: string, { cover, track }: AudioFile): Promise<string[]> {
  if (cover === undefined) return [];
  const response = await service.fetchSigned(id, "thumbnail");
  const type = response.headers.get("content-type");
  const same = Buffer.from(await response.arrayBuffer()).equals(cover);
  return [
    ...(same ? [] : ["the cover art has other bytes than were embedded"]),
    ...(type === `image/${track.cover}` ? [] : [`the cover art is served as ${String(type)}`]),
  ];
}

async function searchProblems(service: ServiceClient, id: string, { track }: AudioFile): Promise<string[]> {
  const { tracks } = await service.search(track.misspelt);
  return tracks.some((found) => found.id === id) ? [] : [`not found by "${track.misspelt}"`];
}

async function streamProblems(service: ServiceClient, id: string, file: AudioFile): Promise<string[]> {
  // From the middle, as a player that seeks.
  const range = { first: Math.floor(file.bytes.length / 2), last: Math.floor(file.bytes.length / 2) + 999 };
  const [part, whole] = await Promise.all([
    service.fetchSigned(id, "stream", range),
    service.fetchSigned(id, "stream"),
  ]);
  const type = whole.headers.get("content-type");
  const partBytes = Buffer.from(await part.arrayBuffer());
  return [
    ...(part.status === 206 ? [] : [`a range was answered with status ${String(part.status)}`]),
    ...(partBytes.equals(file.bytes.subarray(range.first, range.last + 1)) ? [] : ["the range has other bytes"]),
    ...(Buffer.from(await whole.arrayBuffer()).equals(file.bytes) ? [] : ["the audio has other bytes"]),
    ...(type === file.contentType ? [] : [`the audio is served as ${String(type)}`]),
  ];
}
