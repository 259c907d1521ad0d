// A schema that has one of everything, and the ways in which people change one by hand.

/** Made by a migration; runs as `migration_owner`, in schema `app`. Needs role `reader` and extension pg_trgm's files. */
export const watchedSchema = `
create schema app;
create type app.mood as enum ('calm', 'loud');
create domain app.percent as int constraint ck_percent check (value between 0 and 100);
create type app.point as (x int, y int);
create type app.span as range (subtype = int4);
create sequence app.counter;
create text search configuration app.words (copy = pg_catalog.simple);
create table app.genre (id int constraint pk_genre primary key, name text not null);
create table app.song (
  id bigint generated always as identity constraint pk_song primary key,
  title varchar(100) not null default 'untitled',
  genre int constraint fk_genre references app.genre,
  plays int not null,
  mood app.mood,
  length int generated always as (plays * 2) stored,
  constraint ck_plays check (plays >= 0)
);
create index idx_title on app.song (title);
create index idx_quiet on app.song (plays) where plays = 0;
create statistics app.song_statistics on title, genre from app.song;
create view app.loud as select id, title from app.song where mood = 'loud';
create materialized view app.totals as select genre, count(*) n from app.song group by genre;
create function app.twice(n int) returns int language sql immutable as 'select n * 2';
create function app.written() returns int language sql immutable as 'select 1';
comment on function app.written() is 'Written by app.tidy';
create function app.guard() returns trigger language plpgsql as 'begin return new; end';
create procedure app.tidy() language sql as 'delete from app.song where plays < 0';
create trigger guard before insert on app.song for each row execute function app.guard();
create table app.note (id int, owner_name text);
alter table app.note enable row level security;
create policy mine on app.note for select using (owner_name = current_user);
create rule quiet_note as on delete to app.note do instead nothing;
create table app.event (at date not null, what text) partition by range (at);
create table app.event_2026 partition of app.event for values from ('2026-01-01') to ('2027-01-01');
alter default privileges in schema app grant select on tables to reader;
grant select (id, title) on app.song to reader;
comment on table app.song is 'What is played';
`;

/** A change by hand, as the superuser, and how the report names it. */
export interface ManualChange {
  what: string;
  sql: string;
  found: string[];
}

const change = (what: string, sql: string, ...found: string[]): ManualChange => ({ what, sql, found });

export const manualChanges: ManualChange[] = [
  change("a schema's rights", "grant usage on schema app to reader", "schema app: grants +reader=USAGE"),
  change("a schema's owner's comment", "comment on schema app is 'x'", "schema app: comment added"),
  change("a new table", "create table app.extra (id int)", "table app.extra: added"),
  change("a dropped table", "drop table app.note", "table app.note: removed"),
  change(
    "a table's owner",
    "alter table app.genre owner to reader",
    "table app.genre: owner migration_owner → reader; grants",
  ),
  change("a table's rights", "grant insert on app.song to reader", "table app.song: grants +reader=INSERT"),
  change("a right given to all", "grant select on app.song to public", "table app.song: grants +PUBLIC=SELECT"),
  change("a column's rights", "grant update (title) on app.song to reader", "column app.song.title: grants"),
  change("a table's comment", "comment on table app.song is 'x'", "table app.song: comment changed"),
  change("a storage parameter", "alter table app.song set (fillfactor = 70)", "table app.song: options +fillfactor=70"),
  change("an unlogged table", "alter table app.note set unlogged", "table app.note: persistence none → unlogged"),
  change(
    "a replica identity",
    "alter table app.song replica identity full",
    "table app.song: replica identity none → full",
  ),
  change("a new column", "alter table app.song add extra int", "column app.song.extra: added"),
  change("a dropped column", "alter table app.note drop id", "column app.note.id: removed"),
  change("a column's type", "alter table app.note alter id type bigint", "column app.note.id: type integer → bigint"),
  change(
    "columns in another order",
    "alter table app.genre drop name; alter table app.genre add name text not null; alter table app.genre drop id cascade; " +
      "alter table app.genre add id int constraint pk_genre primary key",
    "table app.genre: columns in another order",
    "constraint app.song.fk_genre: removed",
  ),
  change("a default", "alter table app.song alter title set default 'x'", "column app.song.title: default changed"),
  change(
    "a column that may be null",
    "alter table app.song alter plays drop not null",
    "column app.song.plays: not null true → none",
  ),
  change(
    "an identity",
    "alter table app.song alter id set generated by default",
    "column app.song.id: identity always → by default",
  ),
  change("a generated column", "alter table app.song alter length drop expression", "column app.song.length: "),
  change(
    "a collation",
    'alter table app.genre alter name type text collate "C"',
    "column app.genre.name: collation none → ",
  ),
  change(
    "a statistics target",
    "alter table app.song alter plays set statistics 500",
    "column app.song.plays: statistics target none → 500",
  ),
  change(
    "a way of storage",
    "alter table app.song alter title set storage external",
    "column app.song.title: storage none → external",
  ),
  change("a column's comment", "comment on column app.song.title is 'x'", "column app.song.title: comment added"),
  change(
    "a new check",
    "alter table app.song add constraint ck_new check (plays < 9) not valid",
    "constraint app.song.ck_new: added",
  ),
  change("a dropped check", "alter table app.song drop constraint ck_plays", "constraint app.song.ck_plays: removed"),
  change(
    "a check that is not validated",
    "alter table app.song drop constraint ck_plays; alter table app.song add constraint ck_plays check (plays >= 0) not valid",
    "constraint app.song.ck_plays: valid true → false; definition changed",
  ),
  change(
    "a foreign key that is not enforced",
    "alter table app.genre disable trigger all",
    "constraint app.song.fk_genre: enforced none → false",
  ),
  change("a new index", "create index extra on app.song (mood)", "index app.extra: added"),
  change("a dropped index", "drop index app.idx_title", "index app.idx_title: removed"),
  change(
    "an index on something else",
    "drop index app.idx_quiet; create index idx_quiet on app.song (plays) where plays = 1",
    "index app.idx_quiet: definition changed",
  ),
  change(
    "an invalid index",
    "update pg_index set indisvalid = false where indexrelid = 'app.idx_title'::regclass",
    "index app.idx_title: valid true → false",
  ),
  change(
    "what an interrupted build left",
    "create index broken on app.song (mood); update pg_index set indisvalid = false where indexrelid = 'app.broken'::regclass",
    "index app.broken: added, not valid",
  ),
  change(
    "a view",
    "create or replace view app.loud as select id, title from app.song where plays > 5",
    "view app.loud: definition changed",
  ),
  change("a materialized view", "drop materialized view app.totals", "materialized view app.totals: removed"),
  change(
    "a sequence",
    "alter sequence app.counter increment 5",
    "sequence app.counter: sequence bigint start 1 increment 1",
  ),
  change(
    "a function's body",
    "create or replace function app.twice(n int) returns int language sql immutable as 'select n * 3'",
    "function app.twice(integer): body changed",
  ),
  change(
    "a function's volatility",
    "alter function app.twice volatile",
    "function app.twice(integer): volatility immutable → volatile",
  ),
  change(
    "a function's rights of its owner",
    "alter function app.guard() security definer",
    "function app.guard(): security definer none → true",
  ),
  change(
    "a function's settings",
    "alter function app.guard() set search_path = public",
    "function app.guard(): settings added",
  ),
  change(
    "a function's rights",
    "revoke execute on function app.twice from public",
    "function app.twice(integer): grants -PUBLIC=EXECUTE",
  ),
  change(
    "a function of the same name",
    "create function app.twice(n text) returns text language sql as 'select n'",
    "function app.twice(text): added",
  ),
  change("a procedure", "drop procedure app.tidy", "procedure app.tidy(): removed"),
  change(
    "a disabled trigger",
    "alter table app.song disable trigger guard",
    "trigger app.song.guard: enabled yes → no",
  ),
  change("a dropped trigger", "drop trigger guard on app.song", "trigger app.song.guard: removed"),
  change(
    "row level security",
    "alter table app.note disable row level security",
    "table app.note: row level security true → none",
  ),
  change("a policy", "alter policy mine on app.note using (true)", "policy app.note.mine: using changed"),
  change("a policy's roles", "alter policy mine on app.note to reader", "policy app.note.mine: roles -PUBLIC +reader"),
  change("a rule", "drop rule quiet_note on app.note", "rule app.note.quiet_note: removed"),
  change("an enum's label", "alter type app.mood add value 'wild'", "enum app.mood: labels +wild"),
  change(
    "a domain's check",
    "alter domain app.percent drop constraint ck_percent",
    "constraint app.percent.ck_percent: removed",
  ),
  change("a composite type", "alter type app.point add attribute z int", "column app.point.z: added"),
  change("extended statistics", "drop statistics app.song_statistics", "statistics app.song_statistics: removed"),
  change("a partition", "alter table app.event detach partition app.event_2026", "table app.event_2026: "),
  change(
    "a text search configuration",
    "alter text search configuration app.words drop mapping for word",
    "text search configuration app.words: mappings -word: simple",
  ),
  change(
    "default privileges",
    "alter default privileges for role migration_owner in schema app grant insert on tables to reader",
    "default privileges of migration_owner on tables in app: grants -reader=SELECT +reader=INSERT,SELECT",
  ),
  change("a new extension", "create extension pg_trgm schema app", "extension pg_trgm: added"),
  change("a publication", "create publication outside for table app.song", "publication outside: added"),
  change("a cast", "create cast (text as app.mood) with inout", "cast text as app.mood: added"),
  change("a foreign-data wrapper", "create foreign data wrapper elsewhere", "foreign-data wrapper elsewhere: added"),
  change(
    "a foreign server and who may use it",
    "create foreign data wrapper elsewhere; create server far foreign data wrapper elsewhere options (host 'x'); " +
      "create user mapping for reader server far options (password 'canary')",
    "foreign server far: added",
    "user mapping for reader on far: added",
  ),
  change(
    "a subscription",
    "create subscription s connection 'host=127.0.0.1 password=canary' publication p with (connect = false, slot_name = none)",
    "subscription s: added",
  ),
];
