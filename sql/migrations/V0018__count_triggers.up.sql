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

revoke execute on function library.fold_after_statement() from music_library_readonly;
