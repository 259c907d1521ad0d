-- A load counts each word once, at its end, and nobody else for it.

-- Most updates of a count stay in their page now, and write no index: there is room for all of a page's words at once.
alter table library.words set (fillfactor = 45);

-- What statements of many rows change is kept apart, so that the changes of a single row never stand behind it.
create table library.loaded_word_changes (like library.word_changes)
  with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
comment on table library.loaded_word_changes is 'As word_changes, written by statements of a thousand rows and more';

-- Kept by triggers of the owner; the application reads.
revoke insert, update, delete on library.loaded_word_changes from music_library_readwrite;

-- As before, and then, up to max_changes in all, what statements of many rows have left. No row needs a lock: who folds or
-- rebuilds is alone.
create or replace function library.fold_word_changes(max_changes integer default 5000) returns integer
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  folded integer;
begin
  if not pg_try_advisory_xact_lock('library.words'::regclass::oid::integer, 0) then
    return 0;
  end if;
  with single as (
    delete from library.word_changes
    where ctid = any(array(select c.ctid from library.word_changes c limit max_changes))
    returning change, popularity, search_vector
  ), loaded as (
    delete from library.loaded_word_changes
    where ctid = any(array(
      select c.ctid from library.loaded_word_changes c limit max_changes - (select count(*) from single)))
    returning change, popularity, search_vector
  ), taken as (
    select * from single union all select * from loaded
  ), counted as (
    insert into library.popularity_counts as known (popularity, tracks)
    select t.popularity, sum(t.change) from taken t group by t.popularity
    on conflict on constraint pk_popularity_counts do update set tracks = known.tracks + excluded.tracks
  ), spelt as (
    insert into library.words as known (word, tracks, named_tracks)
    select w.lexeme, sum(t.change), coalesce(sum(t.change) filter (where 'A' = any(w.weights)), 0)
    from taken t, unnest(t.search_vector) w
    group by w.lexeme
    having sum(t.change) <> 0 or sum(t.change) filter (where 'A' = any(w.weights)) <> 0
    on conflict on constraint pk_words do update
      set tracks = known.tracks + excluded.tracks, named_tracks = known.named_tracks + excluded.named_tracks
  )
  select count(*) into folded from taken;
  return folded;
end
$$;

create or replace function library.rebuild_words() returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock('library.words'::regclass::oid::integer, 0);
  delete from library.words;
  delete from library.popularity_counts;
  with cleared as (
    delete from library.word_changes
  ), unloaded as (
    delete from library.loaded_word_changes
  ), counted as (
    insert into library.popularity_counts (popularity, tracks)
    select t.popularity, count(*) from library.audio_tracks t group by t.popularity
  )
  insert into library.words (word, tracks, named_tracks)
  select w.lexeme, count(*), count(*) filter (where 'A' = any(w.weights))
  from library.audio_tracks t, unnest(t.search_vector) w
  group by w.lexeme;
end
$$;

-- At most so many changes, so that a statement of one row does not count what one of thousands has left.
drop function library.fold_after_statement();
create function library.fold_after_statement(max_changes integer default 500) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  -- In other levels of isolation a count that another session has just changed would be an error of the caller's.
  if current_setting('transaction_isolation') = 'read committed' then
    perform library.fold_word_changes(max_changes);
  end if;
end
$$;

-- Counts soon: every 64th statement what has gathered, one that brings a word the library did not have at once, so that it
-- can be misspelt from then on, and one of thousands of rows as many changes as it made. A load (library.load is on)
-- counts at its end, each word once.
create or replace function library.note_word_changes() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  noted integer;
  is_known boolean := true;
begin
  if tg_op = 'INSERT' then
    noted := (select count(*) from (select from new_tracks limit 1000) t);
    if noted < 1000 then
      insert into library.word_changes select 1, t.popularity, t.search_vector from new_tracks t;
    else
      insert into library.loaded_word_changes select 1, t.popularity, t.search_vector from new_tracks t;
      get diagnostics noted = row_count;
    end if;
    if noted between 1 and 8 then
      is_known := not exists (
        select from new_tracks t, unnest(tsvector_to_array(t.search_vector)) w (word)
        where not exists (select from library.words k where k.word = w.word));
    elsif random() < noted / 1000.0 then
      perform library.merge_new_entries();
    end if;
  else
    insert into library.word_changes select -1, t.popularity, t.search_vector from old_tracks t;
    get diagnostics noted = row_count;
  end if;
  if not is_known
    or current_setting('library.load', true) is distinct from 'on' and random() < greatest(1 / 64.0, noted / 5000.0)
  then
    perform library.fold_after_statement(greatest(500, 2 * noted));
  end if;
  return null;
end
$$;

revoke execute on function library.fold_after_statement(integer) from music_library_readonly;
