-- Where the page before ended: exactness, place and id of its last track, and which query it was.
-- ML003: text that search_tracks has not given, or has given for another query.
create function library.search_cursor(exactness integer, place bigint, id uuid, query library.parsed_query) returns text
  language sql immutable parallel safe
  return exactness || '.' || place || '.' || id || '.' || pg_catalog.hashtext(query.words::text || query.stems::text);

create function library.read_search_cursor(given text, query library.parsed_query,
    out exactness integer, out place bigint, out id uuid)
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  parts constant text[] := string_to_array(given, '.');
begin
  if given ~ '^[123]\.\d{1,15}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.-?\d{1,10}$' then
    exactness := parts[1]; place := parts[2]; id := parts[3];
    if given = library.search_cursor(exactness, place, id, query) then
      return;
    end if;
  end if;
  raise exception 'search cursor: is not one of this query'
    using errcode = 'ML003', schema = 'library',
      hint = 'Pass the cursor of the last track of the page before, with the same query.';
end
$$;

-- Full-text search over title, artist, album and genre. Any text is a valid query: "a phrase", or, -not are understood,
-- the rest are words that a track must have, as written or as an English stem. Its first 512 characters are read. A query
-- that only excludes ("-live") or holds no word finds nothing: no index could answer it.
--
-- Order, the same whatever the library holds: exactness (3: title, artist or both together are the query; 2: title and
-- artist have its words as written; 1: album, genre or other forms of the words are needed), among exactness 3 the artist
-- (or both) before the title alone, then popularity, from high to low, then a fixed shuffle of the ids.
--
-- A page goes on after a track's cursor, for the same query; another is refused with ML003. No track comes twice, and
-- none is left out that was there all the time. max_results: 1 to 1000; what lies outside is taken as the nearest of them.
create function library.search_tracks(query text, max_results integer default 20, after_cursor text default null)
  returns table (
    id uuid, created_at timestamp with time zone, updated_at timestamp with time zone, status varchar,
    artist varchar, title varchar, album varchar, genre varchar, year integer, duration numeric,
    channels integer, sample_rate integer, bitrate integer, format varchar,
    audio_path text, thumbnail_path text, popularity smallint, exactness integer, cursor text
  )
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  parsed constant library.parsed_query := library.parse_query(search_tracks.query);
  wanted constant integer := least(greatest(coalesce(search_tracks.max_results, 20), 1), 1000);
  after_exactness integer := 4;
  after_place bigint := 0;
  after_id uuid;
begin
  if after_cursor is not null then
    select c.exactness, c.place, c.id into after_exactness, after_place, after_id
    from library.read_search_cursor(after_cursor, parsed) c;
  end if;
  -- querytree is what an index can search for: '' nothing, 'T' everything.
  if coalesce(querytree(parsed.stems), '') in ('', 'T') then
    return;
  end if;
  return query
    select t.id, t.created_at, t.updated_at, t.status, t.artist, t.title, t.album, t.genre, t.year, t.duration,
      t.channels, t.sample_rate, t.bitrate, t.format, t.audio_path, t.thumbnail_path, t.popularity,
      p.exactness, library.search_cursor(p.exactness, p.place, p.id, parsed)
    from library.search_page(parsed, wanted, after_exactness, after_place, after_id) p
    join library.audio_tracks t on t.id = p.id
    order by p.exactness desc, p.place desc, p.id desc;
end
$$;

comment on function library.search_tracks(text, integer, text) is 'Full-text search; any text is a valid query';
