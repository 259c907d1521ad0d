drop function library.search_page(library.parsed_query, integer, integer, bigint, uuid);
drop function library.search_few(library.parsed_query, integer, integer, bigint, uuid);
