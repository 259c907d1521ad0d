-- Where common words meet. Each of their posting lists is long, and two that seldom stand together would be read from end
-- to end; here every two of them have a list of their own.
-- migrator: ignore require-concurrent-index-creation because the table is made in an earlier step and is empty here
create table library.common_words (
  -- One row, in an array: each query looks at all of them.
  words text[] not null,
  -- File of idx_audio_tracks_pairs when the words were chosen: while it is the same, the index does not know them.
  chosen_over oid not null
);

create unique index uq_common_words_one on library.common_words ((true));

comment on table library.common_words is 'Words of which idx_audio_tracks_pairs holds every two; choose_common_words()';

-- Kept by the owner; the application reads.
revoke insert, update, delete on library.common_words from music_library_readwrite;

-- The number by which two words are found together; kind: '' for anywhere in a track, 'a' for title and artist.
create function library.pair_key(kind text, word text, other text) returns integer
  language sql immutable parallel safe
  return pg_catalog.hashtext(kind || word || ' ' || other);

-- The common words as a constant: read from their table they cost each row more than all else that common_pairs does.
-- An object, because whether it has a key is found in a few steps.
create function library.write_common_words(words text[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  execute format(
    'create or replace function library.is_common_word(word text) returns boolean language sql immutable parallel safe '
    'return pg_catalog.jsonb_exists(%L::pg_catalog.jsonb, word)',
    (select coalesce(jsonb_object_agg(w, 1), '{}') from unnest(words) w));
end
$$;

select library.write_common_words('{}');
comment on function library.is_common_word(text) is 'Written by library.choose_common_words';

-- The pairs of common words in a track. Immutable only as long as is_common_word is the same: choose_common_words alone
-- changes it, and nothing reads the index between that and its next build.
create function library.common_pairs(search_vector tsvector) returns integer[]
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  common text[] := '{}';
  named constant text[] := tsvector_to_array(ts_filter(search_vector, '{a}'));
  pairs integer[] := '{}';
  word text;
  other text;
  next_place integer := 2;
begin
  foreach word in array tsvector_to_array(search_vector) loop
    if library.is_common_word(word) then
      common := common || word;
    end if;
  end loop;
  foreach word in array common loop
    foreach other in array common[next_place:] loop
      pairs := pairs || library.pair_key('', word, other);
      if word = any(named) and other = any(named) then
        pairs := pairs || library.pair_key('a', word, other);
      end if;
    end loop;
    next_place := next_place + 1;
  end loop;
  return pairs;
end
$$;

create index idx_audio_tracks_pairs on library.audio_tracks
  using gin (library.common_pairs(search_vector));

-- Takes words that one track in a thousand has, 5,000 at least, for the common ones; how many it were. Where that changes
-- anything, search does without the pairs until `reindex index concurrently library.idx_audio_tracks_pairs`. Not while a
-- transaction writes that is not read committed: it would go on seeing the words of before.
create function library.choose_common_words(at_least integer default 5000) returns integer
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  chosen constant text[] := array(
    select w.word from library.words w
    where w.tracks >= greatest(at_least, (select sum(c.tracks) from library.popularity_counts c) / 1000)
    order by w.tracks desc, w.word limit 500);
begin
  if not exists (select from library.common_words c where c.words = chosen) then
    -- A build that is under way would end with the words of before.
    if to_regclass('library.idx_audio_tracks_pairs') is not null then
      lock table library.audio_tracks in share update exclusive mode;
    end if;
    delete from library.common_words;
    insert into library.common_words
    values (chosen, coalesce(pg_relation_filenode(to_regclass('library.idx_audio_tracks_pairs')), 0));
    perform library.write_common_words(chosen);
  end if;
  return cardinality(chosen);
end
$$;

-- What to ask idx_audio_tracks_pairs for where all words are common; null where it cannot help.
create function library.query_pairs(words text[], kind text) returns integer[]
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
declare
  -- In the order of a tsvector, as common_pairs has them. Eight narrow it down far enough.
  asked constant text[] := (tsvector_to_array(array_to_tsvector(words)))[1:8];
begin
  if cardinality(asked) >= 2 and (
    select c.words @> asked and c.chosen_over <> pg_relation_filenode(to_regclass('library.idx_audio_tracks_pairs'))
    from library.common_words c)
  then
    return array(
      select library.pair_key(kind, asked[i], asked[j])
      from generate_series(1, cardinality(asked) - 1) i, generate_series(i + 1, cardinality(asked)) j);
  end if;
  return null;
end
$$;

revoke execute on function library.choose_common_words(integer), library.write_common_words(text[])
  from music_library_readwrite, music_library_readonly;
