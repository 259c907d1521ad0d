drop function library.parse_query(text);
drop function library.lookup_words(text[], integer[], double precision);
drop function library.query_words(tsquery);
drop type library.parsed_query;
