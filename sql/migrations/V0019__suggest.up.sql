-- Completes the last word of a text that somebody is typing: words of titles and artists that begin with it, the most
-- frequent first, then by the word; tracks is how many have it there. After words that at most 500 tracks have, only what
-- stands beside them, and tracks is how many have all. Any text is a valid prefix; its first 512 characters are read, in
-- lower case and without accents, and so are the suggestions. max_results: 1 to 100, or the nearest of them.
create function library.suggest(prefix text, max_results integer default 10)
  returns table (suggestion text, tracks integer)
  language plpgsql stable rows 10
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
as $$
declare
  wanted constant integer := least(greatest(coalesce(suggest.max_results, 10), 1), 100);
  spelt constant text[] := string_to_array(library.parsed_text("left"(prefix, 512)), ' ');
  last constant text collate "C" := spelt[cardinality(spelt)];
  -- Above whatever begins with it.
  beyond constant text collate "C" := last || chr(1114111);
  before constant text := coalesce(nullif(array_to_string(spelt[:cardinality(spelt) - 1], ' '), '') || ' ', '');
  beside constant tsquery := case when before <> '' then plainto_tsquery('library.music', before) end;
  found_words text[];
  found_tracks integer[];
begin
  if numnode(beside) > 0 and (select min(w.named_tracks) from library.query_words(beside) w) <= 500 then
    return query
      select before || w.lexeme, count(*)::integer as having_all
      from library.audio_tracks t, unnest(ts_filter(t.search_vector, '{a}')) w
      where library.placed_names(t.search_vector, t.popularity, t.id) @@ beside
        and w.lexeme collate "C" between last and beyond and w.lexeme <> all(spelt[:cardinality(spelt) - 1])
      group by w.lexeme
      order by having_all desc, w.lexeme collate "C"
      limit wanted;
    return;
  end if;
  -- The most frequent words alone where they are enough: short prefixes have many, and the rare ones are most of them.
  select array_agg(w.word), array_agg(w.named_tracks) into found_words, found_tracks
  from (select k.word, k.named_tracks from library.words k where k.level >= 9 and k.word between last and beyond
    order by k.named_tracks desc, k.word limit wanted) w;
  if coalesce(cardinality(found_words), 0) < wanted then
    select array_agg(w.word), array_agg(w.named_tracks) into found_words, found_tracks
    from (select k.word, k.named_tracks from library.words k where k.level >= 5 and k.word between last and beyond
      order by k.named_tracks desc, k.word limit wanted) w;
  end if;
  if coalesce(cardinality(found_words), 0) < wanted then
    select array_agg(w.word), array_agg(w.named_tracks) into found_words, found_tracks
    from (select k.word, k.named_tracks from library.words k where k.named_tracks > 0 and k.word between last and beyond
      order by k.named_tracks desc, k.word limit wanted) w;
  end if;
  return query select before || w.word, w.tracks from unnest(found_words, found_tracks) w (word, tracks);
end
$$;

comment on function library.suggest(text, integer) is 'Completes the last word of what is being typed';
