drop function library.query_pairs(text[], text);
drop function library.choose_common_words(integer);
drop index library.idx_audio_tracks_pairs;
drop function library.common_pairs(tsvector);
drop function library.is_common_word(text);
drop function library.write_common_words(text[]);
drop function library.pair_key(text, text, text);
drop table library.common_words;
