drop function library.query_words(tsquery);
drop function library.exact_place(text, text, bigint, library.parsed_query);
drop function library.is_exact(text, text, library.parsed_query);
drop function library.is_artist(text, text, library.parsed_query);
drop function library.parse_query(text);
drop function library.lookup_words(text[], integer[], double precision);
drop type library.parsed_query;
