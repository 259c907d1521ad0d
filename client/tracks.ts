import type { Queries } from "./database.ts";

/** From the upload on: PENDING, PROCESSING, then COMPLETED or FAILED; FAILED may become PENDING again. */
export const TRACK_STATUSES = ["PENDING", "PROCESSING", "COMPLETED", "FAILED"] as const;
/** One of TRACK_STATUSES. */
export type TrackStatus = (typeof TRACK_STATUSES)[number];

/** From where a status may be reached; the database refuses everything else too. */
const REACHED_FROM: Record<TrackStatus, readonly TrackStatus[]> = {
  PENDING: ["FAILED"],
  PROCESSING: ["PENDING"],
  COMPLETED: ["PROCESSING"],
  FAILED: ["PROCESSING"],
};

/** What is known of a track before it is stored; null for what is not known. */
export interface NewTrack {
  /** UUID; the caller's choice makes a repeated creation harmless. */
  id: string;
  title: string;
  artist: string | null;
  album: string | null;
  genre: string | null;
  year: number | null;
  /** Seconds, to the millisecond. */
  duration: number | null;
  channels: number | null;
  /** Hertz. */
  sampleRate: number | null;
  /** Bits per second. */
  bitrate: number | null;
  /** Name of the file format, such as "flac". */
  format: string | null;
  /** `gs://bucket/object`. */
  audioPath: string;
  thumbnailPath: string | null;
}

/** A stored track. */
export interface Track extends NewTrack {
  status: TrackStatus;
  createdAt: Date;
  updatedAt: Date;
}

/** No track has the id. */
export class TrackNotFoundError extends Error {
  constructor(id: string) {
    super(`track "${id}": does not exist; expected the id of a track. Search for it first.`);
    this.name = "TrackNotFoundError";
  }
}

/** The status cannot follow the present one. */
export class TrackStatusError extends Error {
  constructor(id: string, from: TrackStatus, to: TrackStatus) {
    const allowed = TRACK_STATUSES.filter((status) => REACHED_FROM[status].includes(from));
    const expected = allowed.length === 0 ? "no further change" : allowed.join(" or ");
    super(
      `track "${id}": cannot become ${to} (it is ${from}); expected ${expected}. ` +
        "Read the track again and go through the steps in order.",
    );
    this.name = "TrackStatusError";
  }
}

export interface TrackRow {
  id: string;
  status: TrackStatus;
  artist: string | null;
  album: string | null;
  genre: string | null;
  title: string;
  year: number | null;
  /** NUMERIC arrives as text. */
  duration: string | null;
  channels: number | null;
  sample_rate: number | null;
  bitrate: number | null;
  format: string | null;
  audio_path: string;
  thumbnail_path: string | null;
  created_at: Date;
  updated_at: Date;
}

/** Columns by name: a column that a later migration adds changes no prepared statement's result. */
export const COLUMNS =
  "id, status, artist, album, genre, title, year, duration, channels, sample_rate, bitrate, format, " +
  "audio_path, thumbnail_path, created_at, updated_at";

/** The tracks of the library. Every value is bound; none reaches SQL text. Methods throw what `Queries.query` throws as well. */
export class Tracks {
  readonly #database: Queries;

  constructor(database: Queries) {
    this.#database = database;
  }

  /** Full-text search, best first, at most `max` tracks. Any text is a valid query. */
  async search(query: string, max: number): Promise<Track[]> {
    const text = `select ${COLUMNS} from library.search_tracks($1, $2)`;
    return this.#tracks({ name: "search_tracks", text, values: [storable(query), max] });
  }

  /** Tracks whose artist or title resembles the text, most similar first: for queries with typing errors. */
  async fuzzy(query: string, max: number): Promise<Track[]> {
    const text = `select ${COLUMNS} from library.fuzzy_tracks($1, $2)`;
    return this.#tracks({ name: "fuzzy_tracks", text, values: [storable(query), max] });
  }

  /** The newest tracks, newest first. */
  async recent(max: number): Promise<Track[]> {
    const text = `select ${COLUMNS} from library.audio_tracks order by created_at desc, id desc limit $1`;
    return this.#tracks({ name: "recent_tracks", text, values: [max] });
  }

  /** `id` is a UUID. */
  async find(id: string): Promise<Track | undefined> {
    const text = `select ${COLUMNS} from library.audio_tracks where id = $1`;
    const [track] = await this.#tracks({ name: "find_track", text, values: [id] });
    return track;
  }

  /** As `find`; throws TrackNotFoundError. */
  async get(id: string): Promise<Track> {
    const track = await this.find(id);
    if (track === undefined) throw new TrackNotFoundError(id);
    return track;
  }

  /** Creates a PENDING track, or answers with the one that has this id already. */
  async create(track: NewTrack): Promise<Track> {
    const text =
      "insert into library.audio_tracks (id, artist, album, genre, title, year, duration, channels, sample_rate, " +
      "bitrate, format, audio_path, thumbnail_path) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) " +
      `on conflict (id) do nothing returning ${COLUMNS}`;
    const values = [
      ...[track.id, track.artist, track.album, track.genre, track.title, track.year, track.duration],
      ...[track.channels, track.sampleRate, track.bitrate, track.format, track.audioPath, track.thumbnailPath],
    ];
    const [created] = await this.#tracks({ name: "create_track", text, values });
    return created ?? this.get(track.id);
  }

  /** Sets the status; asking for the status that it has is no change. Throws TrackNotFoundError, TrackStatusError. */
  async setStatus(id: string, status: TrackStatus): Promise<Track> {
    const text =
      "update library.audio_tracks set status = $2 where id = $1 and status = any($3) " + `returning ${COLUMNS}`;
    const values = [id, status, REACHED_FROM[status]];
    const [changed] = await this.#tracks({ name: "set_track_status", text, values });
    if (changed !== undefined) return changed;
    const track = await this.get(id);
    if (track.status === status) return track;
    throw new TrackStatusError(id, track.status, status);
  }

  async #tracks(statement: { name: string; text: string; values: readonly unknown[] }): Promise<Track[]> {
    // Reads, and writes whose repeat changes nothing: each may be tried again.
    return (await this.#database.query<TrackRow>({ ...statement, safe: true })).map(toTrack);
  }
}

/** PostgreSQL's text holds no NUL, and the wire no half characters. */
export function storable(text: string): string {
  return text.replaceAll("\u0000", " ").toWellFormed();
}

export function toTrack(row: TrackRow): Track {
  return {
    id: row.id,
    status: row.status,
    title: row.title,
    artist: row.artist,
    album: row.album,
    genre: row.genre,
    year: row.year,
    duration: row.duration === null ? null : Number(row.duration),
    channels: row.channels,
    sampleRate: row.sample_rate,
    bitrate: row.bitrate,
    format: row.format,
    audioPath: row.audio_path,
    thumbnailPath: row.thumbnail_path,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
