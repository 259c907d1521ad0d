drop function library.similar_words(text, integer);
-- The word with two neighbouring letters exchanged or with one letter less: slips of the fingers that leave too few
-- trigrams in common. Nothing for words under 3 or over 24 letters.
create function library.word_slips(word text) returns setof text
  language sql immutable parallel safe
begin atomic
  select pg_catalog."left"(word, i - 1) || pg_catalog.substr(word, i + 1, 1) || pg_catalog.substr(word, i, 1)
      || pg_catalog.substr(word, i + 2)
    from pg_catalog.generate_series(1, pg_catalog.length(word) - 1) i where pg_catalog.length(word) between 3 and 24
  union
  select pg_catalog."left"(word, i - 1) || pg_catalog.substr(word, i + 1)
    from pg_catalog.generate_series(1, pg_catalog.length(word)) i where pg_catalog.length(word) between 3 and 24;
end;

-- Words of titles and artists that look like the given one (lower case, no accents), the most similar first, itself
-- included where it is one. At most 1000 titles and 1000 artists are looked through at each threshold of similarity,
-- close ones first, and no further when that is many: a word that stands in more rows stands in some of those too.
create function library.similar_words(word text, max_words integer default 3)
  returns table (similar_word text, similarity real)
  language plpgsql stable rows 3
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  texts text[] := '{}';
  threshold text;
  threshold_before text;
begin
  -- One wrong letter in a word of seven leaves 0.45 of similarity; the extension's own threshold is 0.6. Not a SET
  -- clause of the function: restoring a dump would then need a superuser, as long as pg_trgm is not loaded. The first
  -- call of one of its functions loads it.
  perform extensions.show_limit();
  threshold_before := current_setting('pg_trgm.word_similarity_threshold');
  foreach threshold in array array['0.6', '0.4'] loop
    perform set_config('pg_trgm.word_similarity_threshold', threshold, true);
    texts := texts
      || array(select t.title::text from library.audio_tracks t
        where t.title operator(extensions.%>) similar_words.word limit 1000)
      || array(select t.artist::text from library.audio_tracks t
        where t.artist operator(extensions.%>) similar_words.word limit 1000);
    exit when cardinality(texts) >= 1000;
  end loop;
  perform set_config('pg_trgm.word_similarity_threshold', threshold_before, true);
  return query
    select w.word, max(w.likeness) as likeness
    from (
      select t.word, extensions.similarity(t.word, similar_words.word) as likeness
      from unnest(library.distinct_words(array_to_string(texts, ' '))) as t (word)
      union all
      -- One letter of as many as there are.
      select slip, (1 - 1.0 / length(similar_words.word))::real
      from library.word_slips(similar_words.word) slip
      where exists (select from library.audio_tracks t where t.search_vector @@ plainto_tsquery('library.music', slip))
    ) w
    where w.likeness >= 0.3
    group by w.word
    order by likeness desc, w.word
    limit similar_words.max_words;
end
$$;

comment on function library.similar_words(text, integer) is 'Words of titles and artists like the given one';
