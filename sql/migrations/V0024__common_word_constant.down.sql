create or replace function library.common_pairs(search_vector tsvector) returns integer[]
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  -- What is left without all that is left without the common words: a third of the time of a join.
  common constant text[] := tsvector_to_array(ts_delete(search_vector, tsvector_to_array(
    ts_delete(search_vector, coalesce((select c.words from library.common_words c), '{}')))));
  named constant text[] := tsvector_to_array(ts_filter(search_vector, '{a}'));
  pairs integer[] := '{}';
  word text;
  other text;
  next_place integer := 2;
begin
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

create or replace function library.choose_common_words(at_least integer default 5000) returns integer
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
  end if;
  return cardinality(chosen);
end
$$;

drop function library.is_common_word(text);
drop function library.write_common_words(text[]);
