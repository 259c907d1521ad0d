-- migrator: no-transaction
-- Tracks whose whole title is the query, in the order of search.
create index concurrently idx_audio_tracks_title_key on library.audio_tracks
  (library.match_key(title), library.search_order(popularity, id));
