-- A text's words in lower case, without accents and signs, each once, in their order.
create function library.distinct_words(input text) returns text[]
  language sql stable parallel safe
  return array(
    select w.word
    from pg_catalog.unnest(pg_catalog.string_to_array(
      extensions.unaccent('extensions.unaccent', pg_catalog.lower(
        pg_catalog.translate(library.fold_text(input), '-"()[]{},;!?', '            '))), ' '
    )) with ordinality as w (word, place)
    group by w.word
    -- What holds no letter and no digit has no trigrams.
    having pg_catalog.cardinality(extensions.show_trgm(w.word)) > 0
    order by pg_catalog.min(w.place)
  );

-- Words of titles and artists that may be meant by the given one (lower case, no accents), the likeliest first, itself
-- included where it is one. A word one slip away is taken for common where it is much more frequent: likelihood is the
-- logarithm of the tracks that have it, less 4.6 (one in a hundred) for a slip. Only where there is none, words that have
-- three tenths of their trigrams in common with it.
create function library.similar_words(word text, max_words integer default 4)
  returns table (similar_word text, likelihood double precision)
  language plpgsql stable rows 4
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_indexscan = off
  set enable_seqscan = off
as $$
begin
  return query
    select w.word, ln(w.named_tracks) - case when w.word = similar_words.word then 0
      else 4.6 + 3 * (1 - extensions.similarity(w.word, similar_words.word)) end as likely
    from library.words w
    where w.level is not null and library.word_skips(w.word) operator(pg_catalog.&&) library.word_skips(similar_words.word)
    order by likely desc, w.word
    limit similar_words.max_words;
  if found then
    return;
  end if;
  return query
    select w.word, ln(w.named_tracks) - 12 * (1 - extensions.similarity(w.word, similar_words.word)) as likely
    from library.words w
    where w.level is not null and w.word operator(extensions.%) similar_words.word
    order by likely desc, w.word
    limit similar_words.max_words;
end
$$;

comment on function library.similar_words(text, integer) is 'Words of titles and artists like the given one';

-- Tracks that have words like the given ones: for queries that search_tracks does not answer, because a word is misspelt
-- ("beetles" finds The Beatles). Each word is replaced by those of similar_words, the eight likeliest readings of the
-- whole are searched one after the other, each in the order of search_tracks. Words that are like nothing are left out;
-- where no reading has a track, tracks that have any of its words come. Any text is a valid query; the first 8 different
-- words of its first 512 characters count. corrected: what was searched for.
-- max_results: 1 to 1000; what lies outside is taken as the nearest of them.
create function library.fuzzy_tracks(query text, max_results integer default 20)
  returns table (
    id uuid, created_at timestamp with time zone, updated_at timestamp with time zone, status varchar,
    artist varchar, title varchar, album varchar, genre varchar, year integer, duration numeric,
    channels integer, sample_rate integer, bitrate integer, format varchar,
    audio_path text, thumbnail_path text, popularity smallint, corrected text
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
  wanted constant integer := least(greatest(coalesce(fuzzy_tracks.max_results, 20), 1), 1000);
  given text;
  -- Readings as search_tracks takes them, each word in quotation marks: "or" is a word here.
  readings text[] := array[''];
  likelihoods double precision[] := '{0}';
  parsed library.parsed_query;
  found_ids uuid[] := '{}';
  found_by integer[] := '{}';
begin
  foreach given in array (library.distinct_words("left"(fuzzy_tracks.query, 512)))[1:8] loop
    select coalesce(array_agg(b.reading order by b.likelihood desc), readings),
      coalesce(array_agg(b.likelihood order by b.likelihood desc), likelihoods)
    into readings, likelihoods
    from (
      select btrim(r.reading || ' "' || s.similar_word || '"') as reading, r.likelihood + s.likelihood as likelihood
      from unnest(readings, likelihoods) r (reading, likelihood), library.similar_words(given) s
      order by r.likelihood + s.likelihood desc, s.similar_word
      limit 8
    ) b;
  end loop;
  -- The last: any word of the likeliest reading.
  readings := readings || replace(readings[1], '" "', '" or "');
  for n in 1 .. cardinality(readings) loop
    exit when cardinality(found_ids) >= wanted or n = cardinality(readings) and cardinality(found_ids) > 0;
    parsed := library.parse_query(readings[n]);
    continue when numnode(parsed.stems) = 0;
    select found_ids || array_agg(p.id order by p.exactness desc, p.place desc, p.id desc),
      found_by || array_agg(n)
    into found_ids, found_by
    from library.search_page(parsed, wanted, 4, 0, null) p
    where p.id <> all(found_ids);
  end loop;
  return query
    select t.id, t.created_at, t.updated_at, t.status, t.artist, t.title, t.album, t.genre, t.year, t.duration,
      t.channels, t.sample_rate, t.bitrate, t.format, t.audio_path, t.thumbnail_path, t.popularity,
      replace(readings[f.reading], '"', '')
    from unnest(found_ids, found_by) with ordinality f (id, reading, number)
    join library.audio_tracks t on t.id = f.id
    order by f.number
    limit wanted;
end
$$;

comment on function library.fuzzy_tracks(text, integer) is 'Search that forgives misspelt words';
