-- The ways in which tracks are found, by the index that knows slices of the order too; one way more.

-- What looking for the words of title and artist in slices of the order takes, in microseconds as measured at ten million
-- tracks. The index goes through what is rarer, tracks with the words (0.1 each; 0.5 where they must meet) or tracks of the
-- slices, with a look at each slice (0.015), and reads the lists of both (0.005 and 0.008 a track).
create function library.sliced_cost(query library.parsed_query, sliced double precision, slices integer)
  returns double precision
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  is_any constant boolean := cardinality(query.word_lookup_tracks) = 1 or strpos(query.words::text, '|') > 0;
  fewest double precision := 'infinity';
  together double precision := 0;
  having_it integer;
begin
  if coalesce(cardinality(query.word_lookup_tracks), 0) = 0 then
    return 'infinity';
  end if;
  foreach having_it in array query.word_lookup_tracks loop
    fewest := least(fewest, having_it);
    together := together + having_it;
  end loop;
  return 0.005 * together + 0.008 * sliced + (case when is_any then 0.1 else 0.5 end + 0.015 * slices)
    * least(case when is_any then together else fewest end, sliced);
end
$$;

-- The slices that hold every track from the place lowest up to before, as what to ask idx_audio_tracks_placed_names for,
-- and what search_slices should take with them; fitting: tracks that the index names for the words alone. Null where there
-- are none: at the end of tracks without popularity.
create function library.find_slices(query library.parsed_query, fitting double precision, lowest bigint, before bigint,
    out slices tsquery, out cost double precision)
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
as $$
declare
  last constant integer := lowest >> 40;
  part constant integer := library.order_part(lowest);
  last_slice constant text := case when part > 0 then last || '.' || part else last::text end;
  first integer;
  sliced double precision;
begin
  if last = 0 and part = 0 then
    return;
  end if;
  -- The counts may not know of a popularity yet: what is found must not depend on them.
  first := least(before, coalesce((
    select library.search_order(t.popularity, t.id) from library.audio_tracks t
    order by library.search_order(t.popularity, t.id) desc limit 1), 0)) >> 40;
  slices := (select string_agg(format(''' %s''', case p when last then last_slice else p::text end), ' | ')
    from generate_series(last, first) p)::tsquery;
  sliced := (
    select coalesce(sum(c.tracks * case when c.popularity = last and part > 0 then 0.5 ^ (part + 2) else 1 end), 0)
    from library.popularity_counts c where c.popularity between last and first);
  cost := library.sliced_cost(query, sliced, first - last + 1) + 4 * fitting * sliced / greatest(query.total, 1);
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

-- The same, where an index of the words meets that of the order: for words that some tracks have.
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

-- Looks at every track that fits (with names_only: in title and artist), and puts in order what comes after the given one,
-- of exactness 2 and 1. Stops when it has found more than `most`, and then says so by matched: what it gives is no answer.
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

-- Completes the last word of a text that somebody is typing: words of titles and artists that begin with it, the most
-- frequent first, then by the word; tracks is how many have it there. After words that at most 500 tracks have, only what
-- stands beside them, and tracks is how many have all. Any text is a valid prefix; its first 512 characters are read, in
-- lower case and without accents, and so are the suggestions. max_results: 1 to 100, or the nearest of them.
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
      where library.placed_names(t.search_vector, t.popularity, t.id) @@ beside
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
