drop function library.search_page(library.parsed_query, integer, integer, bigint, uuid);
drop function library.search_places(library.parsed_query, integer, bigint, uuid, integer);
