drop function library.fuzzy_tracks(text, integer);
