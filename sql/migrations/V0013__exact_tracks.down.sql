drop function library.search_exact(library.parsed_query, bigint, uuid, integer);
drop function library.exact_place(text, text, bigint, library.parsed_query);
drop function library.is_exact(text, text, library.parsed_query);
drop function library.is_artist(text, text, library.parsed_query);
