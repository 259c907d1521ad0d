-- How words are read, in rows and in queries. Nothing is dropped: there are no stop words, so "The The" is two words.

-- English stems without a stop word list: "running" and "run" meet, "the" stays.
create text search dictionary library.english_stems (template = pg_catalog.snowball, language = english);

-- The words as written, without case and accents.
create text search configuration library.music (copy = pg_catalog.simple);
alter text search configuration library.music
  alter mapping for word, hword, hword_part, numword, numhword, hword_numpart
  with extensions.unaccent, pg_catalog.simple;

-- The same words as stems.
create text search configuration library.music_stems (copy = library.music);
alter text search configuration library.music_stems
  alter mapping for asciiword, asciihword, hword_asciipart
  with library.english_stems;
alter text search configuration library.music_stems
  alter mapping for word, hword, hword_part
  with extensions.unaccent, library.english_stems;

comment on text search configuration library.music is 'Words as written, without case and accents';
comment on text search configuration library.music_stems is 'English stems of the words of library.music';

-- PostgreSQL's parser takes "AC/DC" for a file, "will.i.am" for a host and "<3" for a tag. Those signs become spaces,
-- "&" becomes the word that it stands for, apostrophes go ("Don't" is found as dont). A hyphen stays: in a query it can
-- be a negation.
create function library.fold_text(input text) returns text
  language sql immutable parallel safe
  -- Most text is plain and needs none of it: half of the time that a row takes.
  return case when input operator(pg_catalog.~) '[^A-Za-z0-9 ]' then pg_catalog.translate(
    pg_catalog.replace(pg_catalog.normalize(input, 'nfkc'), '&', ' and '),
    '_./\:@<>+''’‘`ʼ',
    '         '
  ) else input end;

-- Weights: title and artist A, album B, genre C, the stems of all of them D.
create function library.track_search_vector(title text, artist text, album text, genre text) returns tsvector
  language sql immutable parallel safe
  return pg_catalog.setweight(pg_catalog.to_tsvector('library.music'::pg_catalog.regconfig, pg_catalog.translate(
      library.fold_text(coalesce(title, '') || ' ' || coalesce(artist, '')), '-', ' ')), 'A')
    || pg_catalog.setweight(pg_catalog.to_tsvector('library.music'::pg_catalog.regconfig, pg_catalog.translate(
      library.fold_text(coalesce(album, '')), '-', ' ')), 'B')
    || pg_catalog.setweight(pg_catalog.to_tsvector('library.music'::pg_catalog.regconfig, pg_catalog.translate(
      library.fold_text(coalesce(genre, '')), '-', ' ')), 'C')
    || pg_catalog.setweight(pg_catalog.to_tsvector('library.music_stems'::pg_catalog.regconfig, pg_catalog.translate(
      library.fold_text(coalesce(title, '') || ' ' || coalesce(artist, '') || ' ' || coalesce(album, '') || ' '
      || coalesce(genre, '')), '-', ' ')), 'D');

-- What a person typed as a tsquery of the given configuration: words are joined by and; "a phrase", or, -not. Never
-- fails. 512 characters are read: no title, artist and album together are searched with more. A hyphen inside a word
-- ("Blink-182") or between spaces ("Artist - Title") is a space; only one before a word is a negation.
create function library.search_query(configuration regconfig, query text) returns tsquery
  language sql immutable parallel safe
  return pg_catalog.websearch_to_tsquery(configuration, library.fold_text(pg_catalog.regexp_replace(
    pg_catalog.normalize(pg_catalog."left"(query, 512), 'nfkc'), '(?<=\S)-|-(?=[-\s]|$)', ' ', 'g')));
