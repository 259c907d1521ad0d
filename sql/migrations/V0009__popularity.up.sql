-- What search puts first among tracks that fit equally well.
-- migrator: ignore prefer-bigint-over-smallint because the check below bounds it by 100
alter table library.audio_tracks add column popularity smallint not null default 0;
-- Not valid: every row there is has the default, and looking at each would hold the table's lock.
alter table library.audio_tracks
  add constraint ck_audio_tracks_popularity check (popularity between 0 and 100) not valid;

comment on column library.audio_tracks.popularity is
  '0 (nobody plays it, or not known) to 100; set in batches: each change writes every index';
