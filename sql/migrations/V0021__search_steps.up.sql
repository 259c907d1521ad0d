-- The four ways in which tracks are found. Each is one statement with one plan, whatever the words are: what the planner
-- thinks of a word it has not counted can make a search a thousand times slower. All give tracks below a place in the
-- order of search (before, before_id), the highest first. exactness 2: title and artist have the words as written, 1:
-- the track has their stems somewhere; neither has tracks of a higher exactness.

-- Follows the order of search down to the place lowest: for words that many tracks have.
create function library.search_walk(query library.parsed_query, exactness integer, before bigint, before_id uuid,
    lowest bigint, max_results integer)
  returns table (id uuid, place bigint)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_bitmapscan = off
  set enable_seqscan = off
as $$
begin
  if exactness = 2 then
    return query
      select t.id, library.search_order(t.popularity, t.id)
      from library.audio_tracks t
      where library.search_order(t.popularity, t.id) between lowest and before
        and (library.search_order(t.popularity, t.id) < before or t.id < before_id)
        and ts_filter(t.search_vector, '{a}') @@ query.words
        and (not query.is_negated or t.search_vector @@ query.stems)
        and not library.is_exact(t.title, t.artist, query)
      order by library.search_order(t.popularity, t.id) desc, t.id desc
      limit max_results;
  else
    return query
      select t.id, library.search_order(t.popularity, t.id)
      from library.audio_tracks t
      where library.search_order(t.popularity, t.id) between lowest and before
        and (library.search_order(t.popularity, t.id) < before or t.id < before_id)
        and t.search_vector @@ query.stems
        and not ts_filter(t.search_vector, '{a}') @@ query.words
      order by library.search_order(t.popularity, t.id) desc, t.id desc
      limit max_results;
  end if;
end
$$;

-- Meets the words' index with that of the order, down to the place lowest: for words that some tracks have.
create function library.search_gather(query library.parsed_query, exactness integer, before bigint, before_id uuid,
    lowest bigint, max_results integer)
  returns table (id uuid, place bigint)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_indexscan = off
  set enable_seqscan = off
as $$
begin
  if exactness = 2 then
    return query
      select t.id, library.search_order(t.popularity, t.id)
      from library.audio_tracks t
      where library.search_order(t.popularity, t.id) between lowest and before
        and (library.search_order(t.popularity, t.id) < before or t.id < before_id)
        and ts_filter(t.search_vector, '{a}') @@ query.words
        and (not query.is_negated or t.search_vector @@ query.stems)
        and not library.is_exact(t.title, t.artist, query)
      order by library.search_order(t.popularity, t.id) desc, t.id desc
      limit max_results;
  else
    return query
      select t.id, library.search_order(t.popularity, t.id)
      from library.audio_tracks t
      where library.search_order(t.popularity, t.id) between lowest and before
        and (library.search_order(t.popularity, t.id) < before or t.id < before_id)
        and t.search_vector @@ query.stems
        and not ts_filter(t.search_vector, '{a}') @@ query.words
      order by library.search_order(t.popularity, t.id) desc, t.id desc
      limit max_results;
  end if;
end
$$;
