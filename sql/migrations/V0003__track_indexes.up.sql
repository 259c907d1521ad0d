-- One index a common query; sql/checks/ has the queries and the index that each must use.
-- migrator: ignore require-concurrent-index-creation because the table is made one step before and is empty here

-- Entries of the GIN indexes gather in lists (fastupdate, as by default), which library.merge_new_entries keeps short.
create index idx_audio_tracks_search on library.audio_tracks using gin (search_vector);
create index idx_audio_tracks_artist_trgm on library.audio_tracks
  using gin (artist extensions.gin_trgm_ops);
create index idx_audio_tracks_title_trgm on library.audio_tracks
  using gin (title extensions.gin_trgm_ops);

-- The work list: nearly every track is COMPLETED in the long run, so this index stays small.
create index idx_audio_tracks_open_status on library.audio_tracks (status, created_at, id)
  where status <> 'COMPLETED';

create index idx_audio_tracks_artist_album on library.audio_tracks (artist, album);
create index idx_audio_tracks_album_artist on library.audio_tracks (album, artist);
create index idx_audio_tracks_year_created on library.audio_tracks (year, created_at desc, id desc);
create index idx_audio_tracks_created on library.audio_tracks (created_at desc, id desc);
