drop function library.search_page(library.parsed_query, integer, integer, bigint, uuid);
drop function library.search_places(library.parsed_query, integer, bigint, uuid, integer);
drop function library.search_reach(integer, double precision, double precision);
drop function library.lookup_cost(tsquery, integer[], boolean, double precision);
drop function library.expected_tracks(tsquery, integer[], double precision);
drop function library.place_below(bigint, double precision);
