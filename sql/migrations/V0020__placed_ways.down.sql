drop function library.search_slices(library.parsed_query, tsquery, bigint, uuid, bigint, integer);
drop function library.find_slices(library.parsed_query, double precision, bigint, bigint);
drop function library.sliced_cost(library.parsed_query, double precision, integer);

create or replace function library.suggest(prefix text, max_results integer default 10)
  returns table (suggestion text, tracks integer)
  language plpgsql stable rows 10
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
as $$
declare
  wanted constant integer := least(greatest(coalesce(suggest.max_results, 10), 1), 100);
  spelt constant text[] := string_to_array(library.parsed_text("left"(prefix, 512)), ' ');
  last constant text collate "C" := spelt[cardinality(spelt)];
  -- Above whatever begins with it.
  beyond constant text collate "C" := last || chr(1114111);
  before constant text := coalesce(nullif(array_to_string(spelt[:cardinality(spelt) - 1], ' '), '') || ' ', '');
  beside constant tsquery := case when before <> '' then plainto_tsquery('library.music', before) end;
  found_words text[];
  found_tracks integer[];
begin
  if numnode(beside) > 0 and (select min(w.named_tracks) from library.query_words(beside) w) <= 500 then
    return query
      select before || w.lexeme, count(*)::integer as having_all
      from library.audio_tracks t, unnest(ts_filter(t.search_vector, '{a}')) w
      where ts_filter(t.search_vector, '{a}') @@ beside
        and w.lexeme collate "C" between last and beyond and w.lexeme <> all(spelt[:cardinality(spelt) - 1])
      group by w.lexeme
      order by having_all desc, w.lexeme collate "C"
      limit wanted;
    return;
  end if;
  -- The most frequent words alone where they are enough: short prefixes have many, and the rare ones are most of them.
  select array_agg(w.word), array_agg(w.named_tracks) into found_words, found_tracks
  from (select k.word, k.named_tracks from library.words k where k.level >= 9 and k.word between last and beyond
    order by k.named_tracks desc, k.word limit wanted) w;
  if coalesce(cardinality(found_words), 0) < wanted then
    select array_agg(w.word), array_agg(w.named_tracks) into found_words, found_tracks
    from (select k.word, k.named_tracks from library.words k where k.level >= 5 and k.word between last and beyond
      order by k.named_tracks desc, k.word limit wanted) w;
  end if;
  if coalesce(cardinality(found_words), 0) < wanted then
    select array_agg(w.word), array_agg(w.named_tracks) into found_words, found_tracks
    from (select k.word, k.named_tracks from library.words k where k.named_tracks > 0 and k.word between last and beyond
      order by k.named_tracks desc, k.word limit wanted) w;
  end if;
  return query select before || w.word, w.tracks from unnest(found_words, found_tracks) w (word, tracks);
end
$$;

create or replace function library.search_whole(query library.parsed_query, names_only boolean, most integer,
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
      where pairs is null and names_only and ts_filter(n.search_vector, '{a}') @@ query.word_lookup
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

create or replace function library.search_gather(query library.parsed_query, exactness integer, before bigint,
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
      where pairs is null and exactness = 2 and ts_filter(n.search_vector, '{a}') @@ query.word_lookup
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
