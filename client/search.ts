import type { Queries } from "./database.ts";
import { COLUMNS, storable, toTrack, type Track, type TrackRow } from "./tracks.ts";

/** A page holds 1 to this many results; one of suggestions 1 to a tenth of it. */
export const MAX_RESULTS = 1000;
const MAX_SUGGESTIONS = 100;

/** A track that a search has found, with why it stands where it stands. */
export interface FoundTrack extends Track {
  /** 0 to 100. */
  popularity: number;
  /** 3: title, artist or both together are the query; 2: they have its words as written; 1: the rest of the track is needed. */
  exactness: number;
}

/** At most as many results as were asked for, and how to go on. */
export interface SearchPage {
  /** By exactness (of 3, artist before title), then popularity, both from high to low, then a fixed shuffle. */
  tracks: FoundTrack[];
  /** Pass it as `after` for the next page; null when there is none. */
  next: string | null;
}

/** How what was typed may go on. */
export interface Suggestion {
  /** What was typed, its last word completed; lower case, without accents. */
  text: string;
  /** Tracks that have it. */
  tracks: number;
}

/** A number of results that no page can hold. */
export class SearchSizeError extends Error {
  constructor(subject: string, seen: number, max: number) {
    super(
      `${subject}: is no number of results (${String(seen)}); expected a whole number from 1 to ${String(max)}. ` +
        "Ask for fewer and go on with the page's `next`.",
    );
    this.name = "SearchSizeError";
  }
}

/** A cursor that is none, or is one of another query. It is not shown: it may be anything. */
export class SearchCursorError extends Error {
  constructor(seenLength: number) {
    super(
      `search cursor: is not one of this query (${String(seenLength)} characters); expected the \`next\` of a page of the ` +
        "same query. Begin again without one.",
    );
    this.name = "SearchCursorError";
  }
}

/**
 * Searching, page by page. Any text is a valid query; its first 512 characters are read. Methods throw what `Queries.query`
 * throws as well.
 */
export class TrackSearch {
  readonly #database: Queries;

  constructor(database: Queries) {
    this.#database = database;
  }

  /** Tracks that have all the words of the query. Throws SearchSizeError, SearchCursorError. */
  async page(query: string, options: { max?: number; after?: string | null } = {}): Promise<SearchPage> {
    const { max = 20, after = null } = options;
    checkSize("search page", max, MAX_RESULTS);
    const text = `select ${COLUMNS}, popularity, exactness, cursor from library.search_tracks($1, $2, $3)`;
    const values = [storable(query), max, after === null ? null : storable(after)];
    try {
      const rows = await this.#database.query<TrackRow & { popularity: number; exactness: number; cursor: string }>({
        ...{ name: "search_page", text, values, safe: true },
      });
      const tracks = rows.map((row) => ({ ...toTrack(row), popularity: row.popularity, exactness: row.exactness }));
      return { tracks, next: rows.length < max ? null : (rows.at(-1)?.cursor ?? null) };
    } catch (error) {
      if (isRefusedCursor(error)) throw new SearchCursorError(after?.length ?? 0);
      throw error;
    }
  }

  /** Every track that has all the words, a page at a time. Throws as `page`. */
  async *all(query: string, max = MAX_RESULTS): AsyncGenerator<FoundTrack, void> {
    let after: string | null = null;
    do {
      const page: SearchPage = await this.page(query, { max, after });
      yield* page.tracks;
      after = page.next;
    } while (after !== null);
  }

  /** Tracks that have words like those of the query, the likeliest reading first: for queries with typing errors. */
  async corrected(query: string, max = 20): Promise<(Track & { corrected: string })[]> {
    checkSize("fuzzy search", max, MAX_RESULTS);
    const text = `select ${COLUMNS}, corrected from library.fuzzy_tracks($1, $2)`;
    const values = [storable(query), max];
    const rows = await this.#database.query<TrackRow & { corrected: string }>({
      ...{ name: "search_corrected", text, values, safe: true },
    });
    return rows.map((row) => ({ ...toTrack(row), corrected: row.corrected }));
  }

  /** Completions of the last word that is being typed, the most frequent first. Throws SearchSizeError. */
  async suggest(prefix: string, max = 10): Promise<Suggestion[]> {
    checkSize("suggestions", max, MAX_SUGGESTIONS);
    const text = "select suggestion, tracks from library.suggest($1, $2)";
    const rows = await this.#database.query<{ suggestion: string; tracks: number }>({
      ...{ name: "suggest", text, values: [storable(prefix), max], safe: true },
    });
    return rows.map(({ suggestion, tracks }) => ({ text: suggestion, tracks }));
  }
}

function checkSize(subject: string, seen: number, max: number): void {
  if (!Number.isInteger(seen) || seen < 1 || seen > max) throw new SearchSizeError(subject, seen, max);
}

/** SQLSTATE ML003 of sql/. */
function isRefusedCursor(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ML003";
}
