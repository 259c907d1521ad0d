-- The ways in which tracks are found. Each is a statement with one plan, whatever the words are: what the planner thinks of
-- a word it has not counted can make a search a thousand times slower. Where a condition must not be looked for in an
-- index it stands as ts_match_vq. Of the parts of a union all only the one whose first condition holds is run.

-- Follows the order of search from a place (before, before_id) down to the place lowest, and gives tracks of one
-- exactness, the highest first: for words that many tracks have.
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
  return query
    select t.id, library.search_order(t.popularity, t.id)
    from library.audio_tracks t
    where library.search_order(t.popularity, t.id) between lowest and before
      and (library.search_order(t.popularity, t.id) < before or t.id < before_id)
      and ts_match_vq(t.search_vector, query.stems)
      and ts_filter(t.search_vector, '{a}') @@ query.words = (exactness = 2)
      and (exactness = 1 or not library.is_exact(t.title, t.artist, query))
    order by library.search_order(t.popularity, t.id) desc, t.id desc
    limit max_results;
end
$$;

-- The same, where an index of the words meets that of the order: for words that some tracks have.
create function library.search_gather(query library.parsed_query, exactness integer, before bigint,
    before_id uuid, lowest bigint, max_results integer)
  returns table (id uuid, place bigint)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_indexscan = off
  set enable_seqscan = off
as $$
declare
  pairs constant integer[] := case exactness when 2 then query.word_pairs else query.stem_pairs end;
begin
  return query
    select t.id, library.search_order(t.popularity, t.id)
    from (
      select * from library.audio_tracks p
      where pairs is not null and library.common_pairs(p.search_vector) @> pairs
      union all
      select * from library.audio_tracks n
      where pairs is null and exactness = 2
        and library.placed_names(n.search_vector, n.popularity, n.id) @@ query.word_lookup
      union all
      select * from library.audio_tracks s
      where pairs is null and exactness = 1 and s.search_vector @@ query.stem_lookup
    ) t
    where library.search_order(t.popularity, t.id) between lowest and before
      and (library.search_order(t.popularity, t.id) < before or t.id < before_id)
      and ts_match_vq(t.search_vector, query.stems)
      and ts_filter(t.search_vector, '{a}') @@ query.words = (exactness = 2)
      and (exactness = 1 or not library.is_exact(t.title, t.artist, query))
    order by library.search_order(t.popularity, t.id) desc, t.id desc
    limit max_results;
end
$$;

-- Tracks of exactness 2, where the words' own index leaves those of the given slices: for words that a
-- ten-thousandth to a hundredth of the tracks has.
create function library.search_slices(query library.parsed_query, slices tsquery, before bigint, before_id uuid,
    lowest bigint, max_results integer)
  returns table (id uuid, place bigint)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_indexscan = off
  set enable_seqscan = off
as $$
declare
  asked constant tsquery := query.word_lookup && slices;
begin
  return query
    select t.id, library.search_order(t.popularity, t.id)
    from library.audio_tracks t
    where library.placed_names(t.search_vector, t.popularity, t.id) @@ asked
      -- Not to be looked for in the index of the order.
      and library.search_order(t.popularity, t.id) + 0 between lowest and before
      and (library.search_order(t.popularity, t.id) < before or t.id < before_id)
      and ts_match_vq(t.search_vector, query.stems)
      and ts_match_vq(ts_filter(t.search_vector, '{a}'), query.words)
      and not library.is_exact(t.title, t.artist, query)
    order by library.search_order(t.popularity, t.id) desc, t.id desc
    limit max_results;
end
$$;

-- Looks at every track that fits (with names_only: in title and artist), and puts in order what comes after the given one,
-- of exactness 2 and 1. Stops when it has found more than `most`, and then says so by matched: what it gives is no answer.
create function library.search_whole(query library.parsed_query, names_only boolean, most integer,
    max_results integer, after_exactness integer, after_place bigint, after_id uuid,
    out matched bigint, out exactnesses integer[], out places bigint[], out ids uuid[])
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_indexscan = off
  set enable_seqscan = off
as $$
declare
  pairs constant integer[] := case when names_only then query.word_pairs else query.stem_pairs end;
begin
  with fitting as materialized (
    select t.id, t.title, t.artist, library.search_order(t.popularity, t.id) as place,
      case when ts_filter(t.search_vector, '{a}') @@ query.words then 2 else 1 end as exactness
    from (
      select * from library.audio_tracks p
      where pairs is not null and library.common_pairs(p.search_vector) @> pairs
      union all
      select * from library.audio_tracks n
      where pairs is null and names_only
        and library.placed_names(n.search_vector, n.popularity, n.id) @@ query.word_lookup
      union all
      select * from library.audio_tracks s
      where pairs is null and not names_only and s.search_vector @@ query.stem_lookup
    ) t
    where ts_match_vq(t.search_vector, query.stems)
    limit most + 1
  ), page as (
    select f.id, f.exactness, f.place
    from (
      select * from fitting a
      where (a.exactness, a.place, a.id) < (after_exactness, after_place, after_id) and (a.exactness = 2 or not names_only)
      order by a.exactness desc, a.place desc, a.id desc
      -- So that the next condition is asked of those alone that would be in the page.
      offset 0
    ) f
    where f.exactness = 1 or not library.is_exact(f.title, f.artist, query)
    limit max_results
  )
  select (select count(*) from fitting), array_agg(p.exactness), array_agg(p.place), array_agg(p.id)
  into matched, exactnesses, places, ids
  from page p;
end
$$;
