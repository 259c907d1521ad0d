-- migrator: no-transaction
create index concurrently idx_audio_tracks_names on library.audio_tracks
  using gin (pg_catalog.ts_filter(search_vector, '{a}')) with (fastupdate = off);
