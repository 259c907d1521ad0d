drop function library.suggest(text, integer);
