create or replace function library.parse_query(query text) returns library.parsed_query
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  parsed library.parsed_query;
  words text[];
  stems text[];
  spelt text[];
begin
  parsed.words := library.search_query('library.music', query);
  parsed.stems := library.search_query('library.music_stems', query);
  select array_agg(w.word), array_agg(w.named_tracks) into words, parsed.named_tracks
  from library.query_words(parsed.words) w;
  select array_agg(w.word), array_agg(w.tracks) into stems, parsed.stem_tracks
  from library.query_words(parsed.stems) w;
  parsed.is_negated := strpos(parsed.words::text, '!') > 0;
  parsed.total := greatest((select sum(c.tracks) from library.popularity_counts c), 0);
  if parsed.is_negated or strpos(parsed.words::text, '|') > 0 then
    parsed.word_lookup := parsed.words;
    parsed.stem_lookup := parsed.stems;
    parsed.word_lookup_tracks := parsed.named_tracks;
    parsed.stem_lookup_tracks := parsed.stem_tracks;
    return parsed;
  end if;
  select l.lookup, l.lookup_tracks into parsed.word_lookup, parsed.word_lookup_tracks
  from library.lookup_words(words, parsed.named_tracks, parsed.total) l;
  select l.lookup, l.lookup_tracks into parsed.stem_lookup, parsed.stem_lookup_tracks
  from library.lookup_words(stems, parsed.stem_tracks, parsed.total) l;
  parsed.word_pairs := library.query_pairs(words, 'a');
  parsed.stem_pairs := library.query_pairs(stems, '');
  spelt := string_to_array(library.parsed_text("left"(query, 512)), ' ');
  parsed.key := hashtext(array_to_string(spelt, ' '));
  select array_agg(library.key_pair(k.title_key, k.artist_key)) into parsed.pairs
  from generate_series(1, cardinality(spelt) - 1) n,
    lateral (values (array_to_string(spelt[:n], ' '), array_to_string(spelt[n + 1:], ' '))) half (first, last),
    lateral (values (hashtext(half.first), hashtext(half.last)), (hashtext(half.last), hashtext(half.first)))
      k (title_key, artist_key)
  where cardinality(spelt) <= 8;
  return parsed;
end
$$;

create or replace function library.lookup_words(words text[], tracks integer[], total double precision,
    out lookup tsquery, out lookup_tracks integer[])
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  quoted text[];
  word text;
  having_it integer;
  fitting double precision := total;
begin
  for word, having_it in select w, t from unnest(words, tracks) u (w, t) order by t, w loop
    if quoted is null or 0.01 * having_it < 4 * fitting * (1 - having_it / greatest(total, 1)) then
      quoted := quoted || ('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''');
      lookup_tracks := lookup_tracks || having_it;
      fitting := fitting * least((having_it + 1) / (total + 1), 1);
    end if;
  end loop;
  lookup := array_to_string(quoted, ' & ')::tsquery;
end
$$;

create or replace function library.lookup_cost(asked tsquery, tracks integer[], by_pairs boolean, expected double precision)
  returns double precision
  language sql immutable parallel safe
  return coalesce(case when by_pairs then 0.2 * expected
    when cardinality(tracks) = 1 or strpos(asked::text, '|') > 0 then (select 0.1 * sum(t) from unnest(tracks) t)
    else (select 0.5 * min(t) + 0.01 * sum(t) from unnest(tracks) t) end, 0);

create or replace function library.expected_tracks(asked tsquery, tracks integer[], total double precision)
  returns double precision
  language sql immutable parallel safe
  return coalesce(case when strpos(asked::text, '|') > 0 then (select sum(t) from unnest(tracks) t)
    else total * (select exp(sum(ln(greatest(least((t + 1) / (total + 1), 1), 0.000000001)))) from unnest(tracks) t) end, 0);
