import { randomUUID } from "node:crypto";
import { type MusicLibrary, type NewTrack, objectUri, Tracks } from "../../client/index.ts";
import { type Check, type Measurements, percentile, PromiseBrokenError, timed } from "./check.ts";

/** The first bar of the library: every search within this at 100,000 tracks. */
const SEARCH_LIMIT_MS = 200;
const SEARCHES = 10;

type Library = Pick<MusicLibrary, "contract" | "database">;

/** The application's way to the database, its rights there, and search, tried in a transaction that is rolled back. */
export function databaseChecks(library: Library): Check[] {
  return [
    { name: "database through the pooler", run: (measured) => connection(library, measured) },
    { name: "application's rights in the database", run: () => rights(library) },
    { name: "full-text search", run: (measured) => search(library, "full text", measured) },
    { name: "fuzzy search", run: (measured) => search(library, "fuzzy", measured) },
  ];
}

async function connection({ contract, database }: Library, measured: Measurements): Promise<string> {
  const text = "select current_user::text as login, current_database()::text as database";
  const [seen] = await database.query<{ login: string; database: string }>({ name: "verify_login", text, values: [] });
  const { user, name } = contract.database;
  if (seen?.login !== user || seen.database !== name) {
    throw new PromiseBrokenError("pooler", `${seen?.login ?? ""} in ${seen?.database ?? ""}`, `${user} in ${name}`);
  }
  const times: number[] = [];
  measured.latenciesMs = times;
  for (let turn = 0; turn < 20; turn += 1) times.push(await timed(() => database.ping()));
  return `${user}, SELECT 1 in ${percentile(times, 0.5).toFixed(1)} ms`;
}

async function rights({ database }: Library): Promise<string> {
  const text = `
    select
      has_table_privilege('library.audio_tracks', 'SELECT')
        and has_table_privilege('library.audio_tracks', 'INSERT')
        and has_table_privilege('library.audio_tracks', 'UPDATE') as "reads and writes tracks",
      not has_table_privilege('library.track_events', 'INSERT') as "cannot write the history of tracks",
      not has_schema_privilege('library', 'CREATE') as "cannot create in library",
      not has_schema_privilege('public', 'CREATE') as "cannot create in public",
      not has_schema_privilege('migrations', 'USAGE') as "cannot see the migration history",
      not has_database_privilege(current_database(), 'CREATE') as "cannot create schemas",
      not (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls) as "is no administrator"
    from pg_roles where rolname = current_user`;
  const [held] = await database.query<Record<string, boolean>>({ name: "verify_rights", text, values: [] });
  const broken = Object.entries(held ?? { "has a role": false }).filter(([, holds]) => !holds);
  if (broken.length > 0) {
    const seen = `broken: ${broken.map(([name]) => name).join(", ")}`;
    throw new PromiseBrokenError("application's login", seen, "each of these to hold");
  }
  return `${String(Object.keys(held ?? {}).length)} statements about its rights hold`;
}

/** Plants a track that nobody else has, finds it, and takes it back. */
async function search(
  { contract, database }: Library,
  kind: "full text" | "fuzzy",
  measured: Measurements,
): Promise<string> {
  const planted = plantedTrack(contract.bucket.name);
  return database.withRollback(async (queries) => {
    const tracks = new Tracks(queries);
    await tracks.create(planted);
    const find = () =>
      kind === "full text" ? tracks.search("verification hummingbirds", 10) : tracks.fuzzy("hummingbrids", 10);
    const first = await find();
    if (!first.some(({ id }) => id === planted.id)) {
      throw new PromiseBrokenError(
        `${kind} search`,
        "the planted track is not among the results",
        "it in the first 10",
      );
    }
    const times: number[] = [];
    Object.assign(measured, { latenciesMs: times, limitMs: SEARCH_LIMIT_MS });
    for (let turn = 0; turn < SEARCHES; turn += 1) times.push(await timed(find));
    const slowest = percentile(times, 1);
    if (slowest > SEARCH_LIMIT_MS) {
      throw new PromiseBrokenError(
        `${kind} search`,
        `${slowest.toFixed(0)} ms`,
        `at most ${String(SEARCH_LIMIT_MS)} ms`,
      );
    }
    return `found, slowest of ${String(SEARCHES)} in ${slowest.toFixed(1)} ms`;
  });
}

function plantedTrack(bucket: string): NewTrack {
  const id = randomUUID();
  return {
    ...{ id, title: "Vérification Hummingbirds", artist: "The Hummingbirds", album: null, genre: null, year: null },
    ...{ duration: 1, channels: 1, sampleRate: 44_100, bitrate: null, format: "WAV", thumbnailPath: null },
    audioPath: objectUri(bucket, `audio/${id}.wav`),
  };
}
