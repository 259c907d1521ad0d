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

-- Every track that fits, its exactness found out one by one; after the first `most` of them it stops, and matched says so.
create function library.search_at_most(query library.parsed_query, most integer, max_results integer,
    after_exactness integer, after_place bigint, after_id uuid)
  returns table (exactness integer, place bigint, id uuid, matched bigint)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_indexscan = off
  set enable_seqscan = off
as $$
#variable_conflict use_column
begin
  return query
    select f.exactness, f.place, f.id, f.matched
    from (
      select t.id, library.search_order(t.popularity, t.id) as place,
        case when not ts_filter(t.search_vector, '{a}') @@ query.words then 1
          when query.key is not null and library.is_exact(t.title, t.artist, query) then 3
          else 2 end as exactness,
        count(*) over () as matched
      from (
        select u.id, u.popularity, u.title, u.artist, u.search_vector from library.audio_tracks u
        where u.search_vector @@ query.stems limit most + 1
      ) t
    ) f
    where (f.exactness, f.place, f.id) < (after_exactness, after_place, after_id)
    order by f.exactness desc, f.place desc, f.id desc
    limit max_results;
end
$$;
