import type { Queries } from "./database.ts";
import { type TrackChanges, TrackInvalidError, trackProblems } from "./track-rules.ts";
import { COLUMNS, type NewTrack, toTrack, type Track, type TrackRow, type TrackStatus, Tracks } from "./tracks.ts";

/** Another writer was first: the track is not as it was read. */
export class TrackConflictError extends Error {
  constructor(id: string) {
    super(`track "${id}": has changed meanwhile; expected the state that was read. Read it again and decide anew.`);
    this.name = "TrackConflictError";
  }
}

/** Column of each property that may be changed. */
const COLUMN_OF: Readonly<Record<keyof TrackChanges, string>> = {
  title: "title",
  artist: "artist",
  album: "album",
  genre: "genre",
  year: "year",
  duration: "duration",
  channels: "channels",
  sampleRate: "sample_rate",
  bitrate: "bitrate",
  format: "format",
  thumbnailPath: "thumbnail_path",
};

/** Creates a PENDING track, or answers with the one that has this id already. Throws TrackInvalidError. */
export async function createTrack(queries: Queries, track: NewTrack): Promise<Track> {
  const problems = trackProblems(track);
  if (problems.length > 0) throw new TrackInvalidError(track.id, problems);
  return new Tracks(queries).create(track);
}

/**
 * Changes what is named of a track, and only if it is still as `seen` where that is given. Throws TrackInvalidError,
 * TrackNotFoundError, TrackConflictError.
 */
export async function updateTrack(
  queries: Queries,
  id: string,
  changes: TrackChanges,
  seen?: Pick<Track, "updatedAt">,
): Promise<Track> {
  const problems = trackProblems(changes);
  if (problems.length > 0) throw new TrackInvalidError(id, problems);
  const columns = (Object.keys(COLUMN_OF) as (keyof TrackChanges)[])
    .map((field, index) => ({ column: COLUMN_OF[field], value: changes[field], bit: 2 ** index }))
    .filter(({ value }) => value !== undefined);
  if (columns.length === 0) return new Tracks(queries).get(id);
  const sets = columns.map(({ column }, index) => `${column} = $${String(index + 3)}`);
  const [row] = await queries.query<TrackRow>({
    // One prepared statement for each set of columns; PostgreSQL's names have 63 characters.
    name: `update_track_${String(columns.reduce((mask, { bit }) => mask + bit, 0))}`,
    // A Date holds milliseconds, the column microseconds.
    text:
      `update library.audio_tracks set ${sets.join(", ")} where id = $1 and ` +
      `($2::timestamptz is null or pg_catalog.date_trunc('milliseconds', updated_at) = $2) returning ${COLUMNS}`,
    values: [id, seen?.updatedAt ?? null, ...columns.map(({ value }) => value)],
    // Without `seen` a repeat sets the same again.
    safe: seen === undefined,
  });
  if (row !== undefined) return toTrack(row);
  await new Tracks(queries).get(id);
  throw new TrackConflictError(id);
}

/** As Tracks.setStatus: only the allowed transitions. Throws TrackNotFoundError, TrackStatusError. */
export function setStatus(queries: Queries, id: string, status: TrackStatus): Promise<Track> {
  return new Tracks(queries).setStatus(id, status);
}

/** Removes the row, and says what it was; undefined where there was none. Objects are the caller's to remove. */
export async function removeTrack(queries: Queries, id: string): Promise<Track | undefined> {
  const text = `delete from library.audio_tracks where id = $1 returning ${COLUMNS}`;
  const [row] = await queries.query<TrackRow>({ name: "remove_track", text, values: [id] });
  return row === undefined ? undefined : toTrack(row);
}
