-- Counts what single rows have left in word_changes and then what statements of many rows have left, up to max_changes in
-- all; how many it were. Nobody waits for it: where another session is folding, it does nothing, and as who folds or
-- rebuilds is alone, no row needs a lock. With the owner's rights, because the application has none on the counts.
create function library.fold_word_changes(max_changes integer default 5000) returns integer
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

-- Counts every track anew: after the triggers were off, or to mend. Four minutes for ten million tracks; others read and
-- write meanwhile, for one statement sees the tracks and the changes of the same moment.
create function library.rebuild_words() returns void
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

comment on function library.fold_word_changes(integer) is 'Counts recent changes; triggers call it';
comment on function library.rebuild_words() is 'Counts every track anew; for the owner';

revoke execute on function library.fold_word_changes(integer) from music_library_readonly;
revoke execute on function library.rebuild_words() from music_library_readwrite, music_library_readonly;

-- Counts soon: every 64th statement what has gathered, one that brings a word the library did not have at once, so that it
-- can be misspelt from then on, and one of thousands of rows as many changes as it made. A load (library.load is on)
-- counts at its end, each word once.
create function library.note_word_changes() returns trigger
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

create function library.note_renamed_track() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  insert into library.word_changes values
    (-1, old.popularity, old.search_vector), (1, new.popularity, new.search_vector);
  if random() * 32 < 1 or exists (
    select from unnest(tsvector_to_array(new.search_vector)) w (word)
    where not exists (select from library.words k where k.word = w.word)
  ) then
    perform library.fold_after_statement();
  end if;
  return null;
end
$$;

create function library.forget_words() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform library.rebuild_words();
  return null;
end
$$;

-- An update fires only where search is concerned: transition tables would be filled for a change of status too.
create trigger trg_audio_tracks_words_added after insert on library.audio_tracks
  referencing new table as new_tracks for each statement execute function library.note_word_changes();
create trigger trg_audio_tracks_words_removed after delete on library.audio_tracks
  referencing old table as old_tracks for each statement execute function library.note_word_changes();
create trigger trg_audio_tracks_words_renamed after update on library.audio_tracks
  for each row when (old.search_vector is distinct from new.search_vector or old.popularity <> new.popularity)
  execute function library.note_renamed_track();
create trigger trg_audio_tracks_words_emptied after truncate on library.audio_tracks
  for each statement execute function library.forget_words();

revoke execute on function library.fold_after_statement(integer) from music_library_readonly;
