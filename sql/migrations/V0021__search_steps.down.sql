drop function library.search_gather(library.parsed_query, integer, bigint, uuid, bigint, integer);
drop function library.search_walk(library.parsed_query, integer, bigint, uuid, bigint, integer);
