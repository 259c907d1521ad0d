import { type NewTrack } from "./tracks.ts";

/** What may be changed of a track: what its tags say and where its cover art lies. */
export type TrackChanges = Partial<Omit<NewTrack, "id" | "audioPath">>;

/** Values that no track can have; `problems` has all of them. Never shows a value. */
export class TrackInvalidError extends Error {
  readonly problems: readonly string[];

  constructor(id: string, problems: readonly string[]) {
    super(`track "${id}": ${problems.join("; ")}. Correct the values; nothing was written.`);
    this.name = "TrackInvalidError";
    this.problems = problems;
  }
}

const TEXTS = ["title", "artist", "album", "genre"] as const;
const MAX_TEXT = 255;
const MAX_FORMAT = 20;
const MAX_PATH_BYTES = 1253;

/** Whole numbers with what the table's checks take. */
const RANGES = {
  year: [1000, 2100],
  channels: [1, 64],
  sampleRate: [1000, 49_152_000],
  bitrate: [1, 2_147_483_647],
} as const;

/** What the table would refuse, before it is asked: the same rules as the checks in sql/migrations. */
export function trackProblems(track: TrackChanges & { audioPath?: string }): string[] {
  const problems: string[] = [];
  if (track.title?.trim() === "") problems.push("title is blank; expected a text");
  for (const field of [...TEXTS, "format"] as const) {
    const text = track[field];
    if (text == null) continue;
    const max = field === "format" ? MAX_FORMAT : MAX_TEXT;
    const length = Array.from(text).length;
    if (length > max)
      problems.push(`${field} is too long (${String(length)} characters); expected at most ${String(max)}`);
    if (text.includes("\u0000") || !text.isWellFormed()) {
      problems.push(`${field} holds a NUL or half a character; expected text that PostgreSQL can hold`);
    }
  }
  for (const field of Object.keys(RANGES) as (keyof typeof RANGES)[]) {
    const value = track[field];
    const [min, max] = RANGES[field];
    if (value == null || (Number.isInteger(value) && value >= min && value <= max)) continue;
    problems.push(`${field} is wrong (${String(value)}); expected ${String(min)} to ${String(max)}`);
  }
  const { duration } = track;
  if (duration != null && !(duration > 0 && duration < 10_000_000)) {
    problems.push(`duration is wrong (${String(duration)}); expected seconds above 0 and below 10,000,000`);
  }
  for (const field of ["audioPath", "thumbnailPath"] as const) {
    const path = track[field];
    if (path == null || isObjectPath(path)) continue;
    problems.push(`${field} is no address of an object; expected gs://BUCKET/OBJECT of at most 1253 bytes`);
  }
  return problems;
}

function isObjectPath(path: string): boolean {
  const shape = /^gs:\/\/[a-z0-9][a-z0-9._-]+[a-z0-9]\/[^\r\n\u0000]*[^/\r\n\u0000]$/;
  return Buffer.byteLength(path) <= MAX_PATH_BYTES && path.isWellFormed() && shape.test(path);
}
