-- migrator: no-transaction
-- idx_audio_tracks_placed_names knows the same words.
drop index concurrently library.idx_audio_tracks_names;
