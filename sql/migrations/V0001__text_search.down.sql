drop function library.search_query(regconfig, text);
drop function library.track_search_vector(text, text, text, text);
drop function library.fold_text(text);
drop text search configuration library.music_stems;
drop text search configuration library.music;
drop text search dictionary library.english_stems;
