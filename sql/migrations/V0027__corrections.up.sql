-- Words of titles and artists that may be meant by the given one (lower case, no accents), the likeliest first, itself
-- included where it is one. A word one slip away is taken for common where it is much more frequent: likelihood is the
-- logarithm of the tracks that have it, less 4.6 (one in a hundred) for a slip. Only where there is none, words that have
-- three tenths of their trigrams in common with it.
drop function library.similar_words(text, integer);
drop function library.word_slips(text);
create function library.similar_words(word text, max_words integer default 3)
  returns table (similar_word text, likelihood double precision)
  language plpgsql stable rows 3
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_indexscan = off
  set enable_seqscan = off
as $$
begin
  return query
    select w.word, ln(w.named_tracks) - case when w.word = similar_words.word then 0
      else 4.6 + 3 * (1 - extensions.similarity(w.word, similar_words.word)) end as likely
    from library.words w
    where w.level is not null and library.word_skips(w.word) operator(pg_catalog.&&) library.word_skips(similar_words.word)
    order by likely desc, w.word
    limit similar_words.max_words;
  if found then
    return;
  end if;
  return query
    select w.word, ln(w.named_tracks) - 12 * (1 - extensions.similarity(w.word, similar_words.word)) as likely
    from library.words w
    where w.level is not null and w.word operator(extensions.%) similar_words.word
    order by likely desc, w.word
    limit similar_words.max_words;
end
$$;

comment on function library.similar_words(text, integer) is 'Words of titles and artists like the given one';
