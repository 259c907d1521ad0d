-- Tracks whose title, artist, or both together are the query.

-- Whether the artist, or artist and title together, are the query, word by word.
create function library.is_artist(title text, artist text, query library.parsed_query) returns boolean
  language sql immutable parallel safe
  return coalesce(library.match_key(artist) = query.key, false) or query.pairs is not null
    and coalesce(library.key_pair(library.match_key(title), library.match_key(artist)) = any(query.pairs), false);

-- Whether title, artist, or the two together are the query. Takes the parser where a text has signs: to be asked last.
create function library.is_exact(title text, artist text, query library.parsed_query) returns boolean
  language sql immutable parallel safe
  return query.key is not null
    and (coalesce(library.match_key(title) = query.key, false) or library.is_artist(title, artist, query));

-- The place among tracks of exactness 3: where the artist is the query before where only the title is, because more tracks
-- bear a title by chance.
create function library.exact_place(title text, artist text, place bigint, query library.parsed_query) returns bigint
  language sql immutable parallel safe
  return place + case when library.is_artist(title, artist, query) then 140737488355328 else 0 end;

-- Tracks of exactness 3 below a place, by the hashes of title and artist.
create function library.search_exact(query library.parsed_query, before bigint, before_id uuid, max_results integer)
  returns table (id uuid, place bigint)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_bitmapscan = off
  set enable_seqscan = off
  set enable_sort = off
as $$
declare
  -- As exact_place has them.
  artist_before constant bigint := before - 140737488355328;
begin
  return query
    select f.id, f.place
    from (
      (select t.id, library.exact_place(t.title, t.artist, library.search_order(t.popularity, t.id), query) as place
        from library.audio_tracks t
        where library.match_key(t.artist) = query.key and library.search_order(t.popularity, t.id) <= artist_before
          and (library.search_order(t.popularity, t.id) < artist_before or t.id < before_id)
          and t.search_vector @@ query.stems
        order by library.search_order(t.popularity, t.id) desc, t.id desc limit max_results)
      union
      (select t.id, library.search_order(t.popularity, t.id)
        from library.audio_tracks t
        where library.match_key(t.title) = query.key and library.search_order(t.popularity, t.id) <= before
          and (library.search_order(t.popularity, t.id) < before or t.id < before_id)
          and t.search_vector @@ query.stems and not library.is_artist(t.title, t.artist, query)
        order by library.search_order(t.popularity, t.id) desc, t.id desc limit max_results)
      union
      select t.id, library.exact_place(t.title, t.artist, library.search_order(t.popularity, t.id), query)
      from library.audio_tracks t
      where library.key_pair(library.match_key(t.title), library.match_key(t.artist)) = any(query.pairs)
        and (library.search_order(t.popularity, t.id) + 0, t.id) < (artist_before, before_id)
        and t.search_vector @@ query.stems
    ) f
    order by f.place desc, f.id desc
    limit max_results;
end
$$;
