drop trigger trg_audio_tracks_changed_merged on library.audio_tracks;
drop trigger trg_audio_tracks_entries_merged on library.audio_tracks;
drop function library.merge_after_change();
drop function library.merge_new_entries();
