-- The audio formats that the library takes and serves, with what a browser is told. Rows come from sql/seeds/.
-- audio_tracks.format does not refer to it: a track says what its file is, also where nobody serves that format yet,
-- and loading tracks does not depend on seeds.
create table library.audio_formats (
  format varchar(20) not null,
  mime_type varchar(127) not null,
  extension varchar(10) not null,

  constraint pk_audio_formats primary key (format),
  constraint uq_audio_formats_extension unique (extension),
  constraint ck_audio_formats_format check (format ~ '^[A-Z0-9]+$'),
  constraint ck_audio_formats_mime_type check (mime_type ~ '^audio/[a-z0-9.+-]+$'),
  constraint ck_audio_formats_extension check (extension ~ '^[a-z0-9]+$')
);

comment on table library.audio_formats is 'Audio formats that the library takes and serves';
comment on column library.audio_formats.extension is 'Of object names, without the dot';

-- Which formats are taken is decided with a migration or a seed, not by the application.
revoke insert, update, delete on library.audio_formats from music_library_readwrite;
