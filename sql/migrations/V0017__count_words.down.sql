drop function library.forget_words();
drop function library.note_renamed_track();
drop function library.fold_after_statement();
drop function library.note_word_changes();
