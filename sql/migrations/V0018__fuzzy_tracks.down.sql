drop function library.fuzzy_tracks(text, integer);
drop function library.similar_words(text, integer);
drop function library.distinct_words(text);
