-- The order in which search gives tracks, and the indexes along which it finds them.
-- migrator: ignore require-concurrent-index-creation because the table is made four steps before and is empty here

-- The place of a track among those that fit a query equally well, from high to low: popularity, then a fixed shuffle of
-- the ids. The shuffle spreads tracks of one popularity evenly over 2^40 numbers, so that where the first thousand of
-- them end can be computed.
create function library.search_order(popularity smallint, id uuid) returns bigint
  language sql immutable parallel safe
  return (popularity::bigint << 40) | (pg_catalog.uuid_hash_extended(id, 0) & 1099511627775);

-- A text as its words, in order, with one space between: texts that differ in case, accents and signs are the same.
create function library.parsed_text(input text) returns text
  language sql immutable parallel safe
  return pg_catalog.array_to_string(array(
    select w.lexeme
    from pg_catalog.unnest(pg_catalog.to_tsvector('library.music'::pg_catalog.regconfig, pg_catalog.translate(
      library.fold_text(input), '-', ' '))) w, pg_catalog.unnest(w.positions) place
    order by place), ' ');

-- The same, without the parser where the text is plain already: most are, and a call of the other takes 10 us.
create function library.match_text(input text) returns text
  language sql immutable parallel safe
  return case when input ~ '[^A-Za-z0-9 ]|  |^ | $' then library.parsed_text(input)
    else pg_catalog.lower(input collate "C") end;

-- Equal for texts that match_text makes equal, and in one of 4 billion cases for others.
create function library.match_key(input text) returns integer
  language sql immutable parallel safe
  return pg_catalog.hashtext(library.match_text(input));

-- Both as one number: tracks whose title and artist together are the query.
create function library.key_pair(title_key integer, artist_key integer) returns bigint
  language sql immutable parallel safe
  return (title_key::bigint << 32) | (artist_key::bigint & 4294967295);

-- Walked from its end where a query fits so many tracks that the first ones are near.
create index idx_audio_tracks_order on library.audio_tracks
  (library.search_order(popularity, id));

-- Tracks whose whole title is the query, in the order of search.
create index idx_audio_tracks_title_key on library.audio_tracks
  (library.match_key(title), library.search_order(popularity, id));

-- Tracks whose whole artist is the query, in the order of search.
create index idx_audio_tracks_artist_key on library.audio_tracks
  (library.match_key(artist), library.search_order(popularity, id));

-- Tracks whose title and artist are two given ones: an artist alone can have thousands.
create index idx_audio_tracks_both_keys on library.audio_tracks
  (library.key_pair(library.match_key(title), library.match_key(artist)));
