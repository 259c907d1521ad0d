drop function library.search_tracks(text, integer, text);
-- Full-text search over title, artist, album and genre. Any text is a valid query: "a phrase", or, -not are understood,
-- the rest are words that a track must have, as written or as an English stem. Order: rank from high to low, then id.
-- A query that only excludes ("-live") or holds no word finds nothing: no index could answer it.
-- max_results: 1 to 1000; what lies outside is taken as the nearest of them.
create function library.search_tracks(query text, max_results integer default 20)
  returns table (
    id uuid, created_at timestamp with time zone, updated_at timestamp with time zone, status varchar,
    artist varchar, title varchar, album varchar, genre varchar, year integer, duration numeric,
    channels integer, sample_rate integer, bitrate integer, format varchar,
    audio_path text, thumbnail_path text, rank real
  )
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  -- A plan that does not know the words is many times slower for rare ones.
  set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  -- Every track with a word has its stem too, so the stems alone decide what matches.
  stems constant tsquery := library.search_query('library.music_stems', search_tracks.query);
  words constant tsquery := library.search_query('library.music', search_tracks.query);
  phrase constant tsquery := phraseto_tsquery('library.music',
    translate(library.fold_text("left"(search_tracks.query, 512)), '-', ' '));
begin
  -- querytree is what an index can search for: '' nothing, 'T' everything.
  if coalesce(querytree(stems), '') in ('', 'T') then
    return;
  end if;
  return query
    select t.id, t.created_at, t.updated_at, t.status, t.artist, t.title, t.album, t.genre, t.year, t.duration,
      t.channels, t.sample_rate, t.bitrate, t.format, t.audio_path, t.thumbnail_path,
      -- Weights are D, C, B, A; 1 prefers short texts. Words as written come before stems, the words in a row first.
      (ts_rank('{0, 0.2, 0.4, 1}', t.search_vector, words, 1)
        + ts_rank('{0.1, 0, 0, 0}', t.search_vector, stems, 1)
        + case when numnode(phrase) > 1 and t.search_vector @@ phrase then 1 else 0 end)::real as rank
    from library.audio_tracks t
    where t.search_vector @@ stems
    order by rank desc, t.id
    limit least(greatest(coalesce(search_tracks.max_results, 20), 1), 1000);
end
$$;

comment on function library.search_tracks(text, integer) is 'Full-text search; any text is a valid query';
