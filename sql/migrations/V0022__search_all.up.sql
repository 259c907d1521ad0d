-- The other ways, for queries that few tracks fit. As the steps before, each is one statement with one plan.

-- Every track with the words, whatever its place.
create function library.search_whole(query library.parsed_query, exactness integer, before bigint, before_id uuid,
    max_results integer)
  returns table (id uuid, place bigint)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_indexscan = off
  set enable_seqscan = off
as $$
begin
  -- "+ 0" keeps the index of the order out: it would be read from end to end.
  if exactness = 2 then
    return query
      select t.id, library.search_order(t.popularity, t.id)
      from library.audio_tracks t
      where (library.search_order(t.popularity, t.id) + 0, t.id) < (before, before_id)
        and ts_filter(t.search_vector, '{a}') @@ query.words
        and (not query.is_negated or t.search_vector @@ query.stems)
        and not library.is_exact(t.title, t.artist, query)
      order by library.search_order(t.popularity, t.id) desc, t.id desc
      limit max_results;
  else
    return query
      select t.id, library.search_order(t.popularity, t.id)
      from library.audio_tracks t
      where (library.search_order(t.popularity, t.id) + 0, t.id) < (before, before_id)
        and t.search_vector @@ query.stems
        and not ts_filter(t.search_vector, '{a}') @@ query.words
      order by library.search_order(t.popularity, t.id) desc, t.id desc
      limit max_results;
  end if;
end
$$;

-- Tracks of exactness 3: title, artist or both together are the query.
create function library.search_exact(query library.parsed_query, before bigint, before_id uuid, max_results integer)
  returns table (id uuid, place bigint)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_bitmapscan = off
  set enable_seqscan = off
  set enable_sort = off
as $$
begin
  return query
    select f.id, f.place
    from (
      (select t.id, library.search_order(t.popularity, t.id) as place from library.audio_tracks t
        where library.match_key(t.title) = query.key and library.search_order(t.popularity, t.id) <= before
          and (library.search_order(t.popularity, t.id) < before or t.id < before_id)
          and t.search_vector @@ query.stems
        order by library.search_order(t.popularity, t.id) desc, t.id desc limit max_results)
      union
      (select t.id, library.search_order(t.popularity, t.id) from library.audio_tracks t
        where library.match_key(t.artist) = query.key and library.search_order(t.popularity, t.id) <= before
          and (library.search_order(t.popularity, t.id) < before or t.id < before_id)
          and t.search_vector @@ query.stems
        order by library.search_order(t.popularity, t.id) desc, t.id desc limit max_results)
      union
      select t.id, library.search_order(t.popularity, t.id) from library.audio_tracks t
        where library.match_key(t.artist) = any(query.artist_keys)
          and library.key_pair(library.match_key(t.title), library.match_key(t.artist)) = any(query.pairs)
          and (library.search_order(t.popularity, t.id) + 0, t.id) < (before, before_id)
          and t.search_vector @@ query.stems
    ) f
    order by f.place desc, f.id desc
    limit max_results;
end
$$;
