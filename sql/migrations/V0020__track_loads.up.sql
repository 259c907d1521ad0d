-- Where `npm run load` stands with a file, written in the transaction that writes the rows: a killed run goes on exactly
-- there.
create table library.track_loads (
  -- SHA-256 of the file's size and beginning.
  file_digest text not null,
  into_empty boolean not null,
  records bigint not null default 0,
  rejected bigint not null default 0,
  -- What a load into an empty library has taken away and puts back at its end.
  index_definitions text[] not null default '{}',
  started_at timestamp with time zone not null default pg_catalog.now(),
  finished_at timestamp with time zone,

  constraint pk_track_loads primary key (file_digest)
);

comment on table library.track_loads is 'Progress of npm run load, a row a file';
comment on column library.track_loads.records is 'Records of the file that are done, rejected ones included';
