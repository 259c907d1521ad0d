drop function library.search_exact(library.parsed_query, bigint, uuid, integer);
drop function library.search_whole(library.parsed_query, integer, bigint, uuid, integer);
