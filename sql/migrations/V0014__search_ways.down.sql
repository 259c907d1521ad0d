drop function library.search_whole(library.parsed_query, boolean, integer, integer, integer, bigint, uuid);
drop function library.search_slices(library.parsed_query, tsquery, bigint, uuid, bigint, integer);
drop function library.search_gather(library.parsed_query, integer, bigint, uuid, bigint, integer);
drop function library.search_walk(library.parsed_query, integer, bigint, uuid, bigint, integer);
