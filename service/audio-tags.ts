import type { Readable } from "node:stream";
import { type IAudioMetadata, parseStream, selectCover } from "music-metadata"; // reads all four formats from a stream

export interface AudioTags {
  title: string | undefined;
  artist: string | null;
  album: string | null;
  genre: string | null;
  year: number | null;
  /** Seconds, to the millisecond. */
  duration: number;
  channels: number;
  sampleRate: number;
  bitrate: number | null;
  cover: Cover | undefined;
}

export interface Cover {
  contentType: "image/jpeg" | "image/png";
  extension: "jpg" | "png";
  bytes: Uint8Array;
}

/** What was uploaded is no audio that can be read. */
export class AudioUnreadableError extends Error {
  constructor(name: string, problem: string, options?: ErrorOptions) {
    super(
      `audio "${name}": ${problem}; expected a whole file of the type it was uploaded as. Upload it again.`,
      options,
    );
    this.name = "AudioUnreadableError";
  }
}

/** What the columns of library.audio_tracks hold: characters, and years. */
const MAX_TEXT = 255;
const FIRST_YEAR = 1000;
const LAST_YEAR = 2100;

/**
 * Reads tags and technical values. The duration is counted where no header tells it, which reads the whole stream.
 * Throws AudioUnreadableError; an error of the stream itself is passed on as it is.
 */
export async function readAudioTags(
  name: string,
  content: Readable,
  file: { contentType: string; sizeBytes: number },
): Promise<AudioTags> {
  let streamError: Error | undefined;
  content.once("error", (error) => (streamError = error));
  let metadata: IAudioMetadata;
  try {
    metadata = await parseStream(content, { mimeType: file.contentType, size: file.sizeBytes }, { duration: true });
  } catch (cause) {
    throw streamError ?? new AudioUnreadableError(name, "cannot be read", { cause });
  } finally {
    // Tags often stand first: the rest is not fetched. A stream that is cut short reports that as an error.
    content.on("error", () => undefined).destroy();
  }
  const { duration, numberOfChannels, sampleRate, bitrate } = metadata.format;
  if (duration === undefined || duration <= 0 || numberOfChannels === undefined || sampleRate === undefined) {
    throw new AudioUnreadableError(name, "holds no sound");
  }
  const { title, artist, album, genre, year, picture } = metadata.common;
  return {
    title: tagText(title) ?? undefined,
    artist: tagText(artist),
    album: tagText(album),
    genre: tagText(genre?.[0]),
    year: year !== undefined && Number.isInteger(year) && year >= FIRST_YEAR && year <= LAST_YEAR ? year : null,
    duration: Math.round(duration * 1000) / 1000,
    channels: numberOfChannels,
    sampleRate,
    bitrate: bitrate === undefined ? null : Math.round(bitrate),
    cover: coverOf(selectCover(picture)?.data),
  };
}

/** A tag as the database can hold it; null where nothing is left of it. */
export function tagText(tag: string | undefined): string | null {
  // Tags end in NULs and blanks in the wild, and PostgreSQL's text holds no NUL.
  const text = (tag ?? "").toWellFormed().replaceAll("\u0000", " ").trim();
  return text === "" ? null : Array.from(text).slice(0, MAX_TEXT).join("");
}

/** The picture's type by its first bytes, not by what the tag claims; undefined for other types. */
function coverOf(bytes: Uint8Array | undefined): Cover | undefined {
  const start = Buffer.from(bytes?.subarray(0, 8) ?? []).toString("hex");
  if (bytes === undefined) return undefined;
  if (start.startsWith("ffd8ff")) return { contentType: "image/jpeg", extension: "jpg", bytes };
  if (start === "89504e470d0a1a0a") return { contentType: "image/png", extension: "png", bytes };
  return undefined;
}
