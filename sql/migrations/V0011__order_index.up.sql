-- migrator: no-transaction
-- Walked from its end where a query fits so many tracks that the first ones are near.
create index concurrently idx_audio_tracks_order on library.audio_tracks
  (library.search_order(popularity, id));
