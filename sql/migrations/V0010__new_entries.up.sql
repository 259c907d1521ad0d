-- Entries of the GIN indexes gather in lists and are merged many rows at once: a tenth of the log and of the time that
-- writing them row by row takes. A search reads the lists too, so that they must stay short.

-- Merges the lists; triggers and loads call it. Nobody waits for it: a list that another session is at is left to it. With
-- the owner's rights, because the application has none on indexes.
create function library.merge_new_entries() returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  list regclass;
begin
  for list in
    select i.indexrelid
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
    where i.indrelid = 'library.audio_tracks'::regclass and i.indisvalid and a.amname = 'gin'
    order by c.relpages desc
  loop
    if pg_try_advisory_xact_lock(list::oid::integer, 1) then
      perform gin_clean_pending_list(list);
    end if;
  end loop;
end
$$;

create function library.merge_after_change() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform library.merge_new_entries();
  return null;
end
$$;

-- Every 64th statement, whatever it writes, and every 512th row that one of many rows changes; note_word_changes sees to
-- those that add many.
create trigger trg_audio_tracks_entries_merged after insert or update on library.audio_tracks
  for each statement when (pg_catalog.random() < 1 / 64.0) execute function library.merge_after_change();
create trigger trg_audio_tracks_changed_merged after update on library.audio_tracks
  for each row when (pg_catalog.random() < 1 / 512.0) execute function library.merge_after_change();

revoke execute on function library.merge_new_entries() from music_library_readonly;
