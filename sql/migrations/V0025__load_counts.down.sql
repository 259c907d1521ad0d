create or replace function library.note_word_changes() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  noted integer;
  is_known boolean := true;
begin
  if tg_op = 'INSERT' then
    insert into library.word_changes select 1, t.popularity, t.search_vector from new_tracks t;
    get diagnostics noted = row_count;
    if noted between 1 and 8 then
      is_known := not exists (
        select from new_tracks t, unnest(tsvector_to_array(t.search_vector)) w (word)
        where not exists (select from library.words k where k.word = w.word));
    end if;
  else
    insert into library.word_changes select -1, t.popularity, t.search_vector from old_tracks t;
    get diagnostics noted = row_count;
  end if;
  if random() < greatest(1 / 64.0, noted / 5000.0) or not is_known then
    perform library.fold_after_statement();
  end if;
  return null;
end
$$;

drop function library.fold_after_statement(integer);
create function library.fold_after_statement() returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('transaction_isolation') = 'read committed' then
    perform library.fold_word_changes();
  end if;
end
$$;

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

insert into library.word_changes select * from library.loaded_word_changes;
drop table library.loaded_word_changes;
alter table library.words set (fillfactor = 80);

revoke execute on function library.fold_after_statement() from music_library_readonly;
