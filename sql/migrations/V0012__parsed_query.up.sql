-- What a person typed, read once. Nine words and more are no title with its artist: they have no pairs.
-- migrator: ignore prefer-bigint-over-int because keys are hashes of 32 bits
create type library.parsed_query as (
  words tsquery,          -- as written, for title and artist
  stems tsquery,          -- for the whole track
  is_negated boolean,     -- excludes something
  key integer,            -- match_key of the whole; null where the query is more than words
  pairs bigint[],         -- key_pair of each way to read it as title and artist, or artist and title
  named_tracks integer[], -- for each of its words, tracks that have it in title or artist
  stem_tracks integer[],  -- for each of its stems, tracks that have it
  total double precision, -- all tracks there are
  word_lookup tsquery,    -- what an index is asked for instead of the words: lookup_words
  stem_lookup tsquery,
  word_lookup_tracks integer[],
  stem_lookup_tracks integer[],
  word_pairs integer[],   -- of common words in title and artist; null where not all of them are common
  stem_pairs integer[]    -- of common words anywhere
);

-- The words that an index is asked for, each with what library.words knows of it.
create function library.query_words(asked tsquery)
  returns table (word text, tracks integer, named_tracks integer)
  language plpgsql stable rows 4
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
begin
  return query
    select w.word, coalesce(k.tracks, 0), coalesce(k.named_tracks, 0)
    from (
      select distinct replace(replace(m[1], '''''', ''''), '\\', '\') as word
      from regexp_matches(querytree(asked), '''((?:[^'']|'''')*)''', 'g') m
    ) w
    left join library.words k on k.word = w.word;
end
$$;

-- Those of the words that an index is to be asked for, with their tracks. One whose list takes longer to read (a hundredth
-- of a microsecond a track) than the tracks to look at that it saves (4 each) is left out: "the" beside a rare word.
create function library.lookup_words(words text[], tracks integer[], total double precision,
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
      -- Not down to where double precision ends: a query can have a hundred words that no track has.
      fitting := greatest(fitting * least((having_it + 1) / (total + 1), 1), 0.000000001);
    end if;
  end loop;
  lookup := array_to_string(quoted, ' & ')::tsquery;
end
$$;

create function library.parse_query(query text) returns library.parsed_query
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
  spelt := string_to_array(library.match_text("left"(query, 512)), ' ');
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
