-- migrator: no-transaction
drop index concurrently library.idx_audio_tracks_placed_names;
