-- One row a track: what its tags say, how it sounds, where it lies.
-- migrator: ignore prefer-bigint-over-int because years, channels, rates and bitrates are bounded by checks far below its limit
-- migrator: ignore prefer-bigint-over-smallint because popularity is bounded by 100
create table library.audio_tracks (
  -- gen_random_uuid is PostgreSQL's own: it needs no extension and no search_path.
  id uuid not null default pg_catalog.gen_random_uuid(),
  created_at timestamp with time zone not null default pg_catalog.now(),
  updated_at timestamp with time zone not null default pg_catalog.now(),
  status varchar(20) not null default 'PENDING',
  artist varchar(255),
  title varchar(255) not null,
  album varchar(255),
  genre varchar(255),
  year integer,
  duration numeric(10, 3),
  channels integer,
  sample_rate integer,
  bitrate integer,
  format varchar(20),
  audio_path text not null,
  thumbnail_path text,
  search_vector tsvector generated always as (library.track_search_vector(title, artist, album, genre)) stored,
  popularity smallint not null default 0,

  constraint pk_audio_tracks primary key (id),
  constraint ck_audio_tracks_status check (status in ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED')),
  constraint ck_audio_tracks_title check (pg_catalog.btrim(title) <> ''),
  constraint ck_audio_tracks_year check (year between 1000 and 2100),
  constraint ck_audio_tracks_duration check (duration > 0),
  constraint ck_audio_tracks_channels check (channels between 1 and 64),
  constraint ck_audio_tracks_sample_rate check (sample_rate between 1000 and 49152000),
  constraint ck_audio_tracks_bitrate check (bitrate > 0),
  constraint ck_audio_tracks_popularity check (popularity between 0 and 100),
  -- gs://bucket/object, not a folder. 1253 bytes: "gs://", a bucket of at most 222, "/", an object of at most 1024,
  -- which also keeps a path within what a btree entry can hold.
  constraint ck_audio_tracks_audio_path check (
    audio_path ~ '^gs://[a-z0-9][a-z0-9._-]+[a-z0-9]/([^\r\n]*[^/\r\n])$'
    and pg_catalog.octet_length(audio_path) <= 1253
  ),
  constraint ck_audio_tracks_thumbnail_path check (
    thumbnail_path ~ '^gs://[a-z0-9][a-z0-9._-]+[a-z0-9]/([^\r\n]*[^/\r\n])$'
    and pg_catalog.octet_length(thumbnail_path) <= 1253
  )
);

comment on table library.audio_tracks is 'The music library: one denormalised row a track';
comment on column library.audio_tracks.status is 'PENDING -> PROCESSING -> COMPLETED or FAILED; FAILED -> PENDING';
comment on column library.audio_tracks.year is 'Year of the recording, 1000 to 2100; null when not known';
comment on column library.audio_tracks.duration is 'Seconds, to the millisecond';
comment on column library.audio_tracks.sample_rate is 'Hertz; the upper limit is DSD1024';
comment on column library.audio_tracks.bitrate is 'Bits per second';
comment on column library.audio_tracks.format is 'A format of library.audio_formats where the library knows it';
comment on column library.audio_tracks.audio_path is 'gs://bucket/object of the audio';
comment on column library.audio_tracks.thumbnail_path is 'gs://bucket/object of the cover art';
comment on column library.audio_tracks.search_vector is 'Words: title, artist A; album B; genre C; stems D';
comment on column library.audio_tracks.popularity is
  '0 (nobody plays it, or not known) to 100; set in batches: each change writes every index';

create function library.touch_updated_at() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create trigger trg_audio_tracks_updated_at
  before update on library.audio_tracks
  for each row execute function library.touch_updated_at();
