// One record of a file as a row of library.audio_tracks: which columns it may have, and what is wrong with its values.
import { randomUUID } from "node:crypto";
import { TRACK_STATUSES } from "../../client/tracks.ts";
import { trackProblems } from "../../client/track-rules.ts";

/** Columns that a file may have; those that it lacks get the table's defaults. */
export const LOADABLE = [
  ...["id", "title", "artist", "album", "genre", "year", "duration", "channels", "sample_rate", "bitrate", "format"],
  ...["audio_path", "thumbnail_path", "status", "popularity", "created_at"],
] as const;
const REQUIRED = ["title", "audio_path"] as const;

/** Text of each column in the file's order, as PostgreSQL reads it; null for none. */
export type TrackRecord = readonly (string | null)[];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What is wrong with a file's columns, for its header. */
export function columnProblems(columns: readonly string[]): string[] {
  const known: readonly string[] = LOADABLE;
  const twice = columns.filter((column, place) => columns.indexOf(column) !== place);
  return [
    ...columns
      .filter((column) => !known.includes(column))
      .map((column) => `column "${column}" is not known; expected some of ${LOADABLE.join(", ")}`),
    ...twice.map((column) => `column "${column}" stands there twice; expected once`),
    ...REQUIRED.filter((column) => !columns.includes(column)).map(
      (column) => `column "${column}" is missing; expected one`,
    ),
  ];
}

/** What is wrong with a record, never with its values shown but numbers. */
export function recordProblems(columns: readonly string[], record: TrackRecord): string[] {
  const text = (column: string): string | null => record[columns.indexOf(column)] ?? null;
  const number = (column: string): number | null => {
    const value = text(column);
    return value === null ? null : Number(value);
  };
  const problems = trackProblems({
    title: text("title") ?? "",
    artist: text("artist"),
    album: text("album"),
    genre: text("genre"),
    format: text("format"),
    audioPath: text("audio_path") ?? "",
    thumbnailPath: text("thumbnail_path"),
    year: number("year"),
    duration: number("duration"),
    channels: number("channels"),
    sampleRate: number("sample_rate"),
    bitrate: number("bitrate"),
  });
  const id = text("id");
  if (id !== null && !UUID.test(id)) problems.push("id is no UUID; expected 8-4-4-4-12 hexadecimal digits");
  const status = text("status");
  if (status !== null && !(TRACK_STATUSES as readonly string[]).includes(status)) {
    problems.push(`status is none; expected one of ${TRACK_STATUSES.join(", ")}`);
  }
  const popularity = number("popularity");
  if (popularity !== null && !(Number.isInteger(popularity) && popularity >= 0 && popularity <= 100)) {
    problems.push(`popularity is wrong (${String(popularity)}); expected 0 to 100`);
  }
  const created = text("created_at");
  if (created !== null && (!/^\d{4}-\d\d-\d\d([T ]|$)/.test(created) || Number.isNaN(Date.parse(created)))) {
    problems.push("created_at is no time; expected ISO 8601");
  }
  return problems;
}

/** The record with the table's defaults for what it leaves out. */
export function withDefaults(columns: readonly string[], record: TrackRecord): TrackRecord {
  return record.map((value, place) => value ?? DEFAULTS[columns[place] ?? ""]?.() ?? null);
}

const DEFAULTS: Readonly<Record<string, () => string>> = {
  id: randomUUID,
  status: () => "PENDING",
  popularity: () => "0",
  created_at: () => new Date().toISOString(),
};

/** The record as a line of COPY's text format. */
export function copyLine(record: TrackRecord): string {
  return `${record.map((value) => (value === null ? "\\N" : escaped(value))).join("\t")}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function escaped(value: string): string {
  return /[\\\t\n\r]/.test(value) ? value.replaceAll(/[\\\t\n\r]/g, (sign) => ESCAPES[sign] ?? sign) : value;
}
