-- The words of the library with the number of tracks that have each: how common a word is decides how it is looked for,
-- and misspelt and half-typed words are found here, in a table that grows far slower than the tracks do.
-- migrator: ignore prefer-bigint-over-smallint because weights, popularity and levels are bounded by 100
-- migrator: ignore prefer-bigint-over-int because tracks are counted, and 2^31 of them do not fit the instance
-- migrator: ignore require-concurrent-index-creation because the tables are made in this step and are empty here
create function library.word_skips(word text) returns integer[]
  language sql immutable parallel safe
  -- The word and what is left of it without one of its letters. Two words that are one slip apart (a letter wrong, left
  -- out, one too many, or two exchanged) have one of these in common.
  return array(
    select pg_catalog.hashtext(pg_catalog."left"(word, place - 1) || pg_catalog.substr(word, place + 1))
    from pg_catalog.generate_series(1, pg_catalog.length(word)) place where pg_catalog.length(word) between 3 and 24
    union select pg_catalog.hashtext(word));

create table library.words (
  -- As search_vector has it. Byte order: what begins with given letters stands together.
  word text collate "C" not null,
  tracks integer not null,
  named_tracks integer not null,
  -- Changes a hundred times less often than the counts. No index may look at these: each count would write all of them.
  level smallint generated always as (case when named_tracks > 0
    then pg_catalog.floor(pg_catalog.ln(named_tracks::double precision) / 0.6931471805599453)::smallint end) stored,

  constraint pk_words primary key (word)
-- Room for all of a page's words at once: most updates of a count stay in their page and write no index.
) with (fillfactor = 45);

create index idx_words_skips on library.words using gin (library.word_skips(word)) where level is not null;
create index idx_words_trgm on library.words using gin (word extensions.gin_trgm_ops) where level is not null;
create index idx_words_known on library.words (word) where level >= 5;
create index idx_words_common on library.words (word) where level >= 9;

create table library.popularity_counts (
  popularity smallint not null,
  tracks integer not null,

  constraint pk_popularity_counts primary key (popularity)
) with (fillfactor = 50);

-- Written with each change of a track and emptied by fold_word_changes: writers append here and never wait for another.
create table library.word_changes (
  change smallint not null,
  popularity smallint not null,
  search_vector tsvector not null,

  constraint ck_word_changes_change check (change in (-1, 1))
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- What statements of many rows change is kept apart, so that the changes of a single row never stand behind it.
create table library.loaded_word_changes (like library.word_changes)
  with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

comment on table library.words is 'Words and stems of search_vector, counted soon after a track changes';
comment on column library.words.tracks is 'Tracks that have it anywhere, as word or stem';
comment on column library.words.named_tracks is 'Tracks that have it in title or artist, as written';
comment on column library.words.level is 'Logarithm of named_tracks to base 2; null for none';
comment on table library.popularity_counts is 'Tracks of each popularity, counted as the words are';
comment on table library.word_changes is 'Changes that words and popularity_counts do not count yet';
comment on table library.loaded_word_changes is 'As word_changes, written by statements of a thousand rows and more';

-- Kept by triggers of the owner; the application reads.
revoke insert, update, delete
  on library.words, library.popularity_counts, library.word_changes, library.loaded_word_changes
  from music_library_readwrite;
