-- migrator: no-transaction
-- Takes the place of idx_audio_tracks_names, which knows the words alone.
create index concurrently idx_audio_tracks_placed_names on library.audio_tracks
  using gin (library.placed_names(search_vector, popularity, id)) with (fastupdate = off);
