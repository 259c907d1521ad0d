-- migrator: no-transaction
-- Words of title and artist alone: idx_audio_tracks_search does not know where in a track a word stands.
create index concurrently idx_audio_tracks_names on library.audio_tracks
  using gin (pg_catalog.ts_filter(search_vector, '{a}')) with (fastupdate = off);
