drop function library.search_tracks(text, integer);
