drop function library.search_at_most(library.parsed_query, integer, integer, integer, bigint, uuid);
