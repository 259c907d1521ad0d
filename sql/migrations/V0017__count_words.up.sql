-- Each change of a track appends one row a track; every 64th statement counts what has gathered, and one that brings a
-- word the library did not have counts at once, so that it can be misspelt from then on.
create function library.note_word_changes() returns trigger
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
  if random() * 64 < noted or not is_known then
    perform library.fold_after_statement();
  end if;
  return null;
end
$$;

-- In other levels of isolation a count that another session has just changed would be an error of the caller's.
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
