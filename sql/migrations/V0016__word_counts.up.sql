-- Counts what stands in word_changes, at most max_changes of them; how many it were. Nobody waits for it: where another
-- session is folding, it does nothing. With the owner's rights, because the application has none on the counts.
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
  with taken as (
    delete from library.word_changes
    where ctid = any(array(select c.ctid from library.word_changes c limit max_changes for update skip locked))
    returning change, popularity, search_vector
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

-- Counts every track anew: after the triggers were off, or to mend. About a minute for a million tracks; others read and
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
