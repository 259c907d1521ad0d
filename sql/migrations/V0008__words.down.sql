drop table library.loaded_word_changes;
drop table library.word_changes;
drop table library.popularity_counts;
drop table library.words;
drop function library.word_skips(text);
