-- migrator: no-transaction
-- Tracks whose whole artist is the query, in the order of search.
create index concurrently idx_audio_tracks_artist_key on library.audio_tracks
  (library.match_key(artist), library.search_order(popularity, id));
