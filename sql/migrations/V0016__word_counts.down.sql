drop function library.rebuild_words();
drop function library.fold_word_changes(integer);
