drop trigger trg_audio_tracks_changed_merged on library.audio_tracks;
drop trigger trg_audio_tracks_entries_merged on library.audio_tracks;
alter index library.idx_audio_tracks_search set (fastupdate = off);
alter index library.idx_audio_tracks_placed_names set (fastupdate = off);
alter index library.idx_audio_tracks_pairs set (fastupdate = off);
-- Lists that are left would be read by each search until the next vacuum.
select library.merge_new_entries();
drop function library.merge_after_change();
drop function library.merge_new_entries();
