drop function library.similar_words(text, integer);
drop function library.word_slips(text);
drop function library.distinct_words(text);
