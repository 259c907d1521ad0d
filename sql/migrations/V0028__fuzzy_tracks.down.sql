drop function library.fuzzy_tracks(text, integer);
-- Tracks that have words like the given ones: for queries that search_tracks does not answer, because a word is misspelt
-- ("beetles" finds The Beatles). Each word is replaced by the three words of the library that look most like it. Tracks
-- that have one of each come alone; where there is none, tracks that have any. Any text is a valid query; its first 8
-- different words count.
-- rank: mean over the words of the similarity of what was found for them, 0 to 1. Order: rank from high to low, then
-- id. max_results: 1 to 1000; what lies outside is taken as the nearest of them.
create function library.fuzzy_tracks(query text, max_results integer default 20)
  returns table (
    id uuid, created_at timestamp with time zone, updated_at timestamp with time zone, status varchar,
    artist varchar, title varchar, album varchar, genre varchar, year integer, duration numeric,
    channels integer, sample_rate integer, bitrate integer, format varchar,
    audio_path text, thumbnail_path text, rank real
  )
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  words constant text[] := (library.distinct_words("left"(fuzzy_tracks.query, 512)))[1:8];
  places integer[];
  variants tsquery[];
  similarities real[];
  each_word tsquery;
  any_word tsquery;
  required tsquery;
begin
  select array_agg(w.place), array_agg(plainto_tsquery('library.music', s.similar_word)), array_agg(s.similarity)
  into places, variants, similarities
  from unnest(words) with ordinality as w (word, place), library.similar_words(w.word) s;
  if variants is null then
    return;
  end if;
  select string_agg(w.alternatives, ' & ')::tsquery, string_agg(w.alternatives, ' | ')::tsquery
  into each_word, any_word
  from (
    select '(' || string_agg(v.variant::text, ' | ') || ')' as alternatives
    from unnest(places, variants) as v (place, variant)
    group by v.place
  ) w;
  foreach required in array array[each_word, any_word] loop
    return query
      with found as (
        select b.id, (sum(b.similarity) / cardinality(words))::real as rank
        from (
          select t.id, v.place, max(v.similarity) as similarity
          from unnest(places, variants, similarities) as v (place, variant, similarity)
          join library.audio_tracks t on t.search_vector @@ (v.variant && required)
          group by t.id, v.place
        ) b
        group by b.id
        order by rank desc, b.id
        limit least(greatest(coalesce(fuzzy_tracks.max_results, 20), 1), 1000)
      )
      select t.id, t.created_at, t.updated_at, t.status, t.artist, t.title, t.album, t.genre, t.year, t.duration,
        t.channels, t.sample_rate, t.bitrate, t.format, t.audio_path, t.thumbnail_path, f.rank
      from found f
      join library.audio_tracks t on t.id = f.id
      order by f.rank desc, t.id;
    exit when found;
  end loop;
end
$$;

comment on function library.fuzzy_tracks(text, integer) is 'Search that forgives misspelt words';
