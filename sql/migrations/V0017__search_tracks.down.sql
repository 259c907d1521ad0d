drop function library.search_tracks(text, integer, text);
drop function library.read_search_cursor(text, library.parsed_query);
drop function library.search_cursor(integer, bigint, uuid, library.parsed_query);
